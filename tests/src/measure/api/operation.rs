//! What a connection asks for.

use anyhow::{Context as _, bail, ensure};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::Plan;
use super::rows::{self, User};
use crate::world::World;

/// Items of a page; the query of the list says so, too.
const PAGE: usize = 50;

/// Tasks of one connection that are read or changed.
const TASKS: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    /// Of the user who has most.
    ListOfFirst,
    Get,
    Sync,
    Create,
    KeyedCreate,
    Patch,
    Complete,
}

impl Operation {
    pub(super) const ALL: [Self; 8] = [
        Self::List,
        Self::ListOfFirst,
        Self::Get,
        Self::Sync,
        Self::Create,
        Self::KeyedCreate,
        Self::Patch,
        Self::Complete,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::ListOfFirst => "list, first user",
            Self::Get => "get",
            Self::Sync => "sync page",
            Self::Create => "create",
            Self::KeyedCreate => "keyed create",
            Self::Patch => "patch",
            Self::Complete => "complete",
        }
    }

    pub(super) fn writes(self) -> bool {
        matches!(
            self,
            Self::Create | Self::KeyedCreate | Self::Patch | Self::Complete
        )
    }

    /// Of one task each.
    fn needs_tasks(self) -> bool {
        matches!(self, Self::Get | Self::Patch | Self::Complete)
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Worker {
    operation: Operation,
    client: Client,
    api: Url,
    list: String,
    /// So that no title is the one before.
    title: String,
    users: Vec<Known>,
    /// Each with its user.
    tasks: Vec<(HeaderValue, Uuid)>,
}

#[derive(Debug)]
struct Known {
    token: HeaderValue,
    /// The position that a page's worth of changes follows.
    since: i64,
}

/// As many as there are connections, each with users of its own.
pub(super) async fn workers(
    world: &World,
    pool: &PgPool,
    plan: &Plan,
    operation: Operation,
) -> anyhow::Result<Vec<Worker>> {
    let users = rows::users(pool, PAGE).await?;
    let (first, others) = users.split_first().context("there are no users")?;
    let connections = plan.connections as usize;
    ensure!(
        others.len() >= connections,
        "there are fewer users than connections"
    );
    let mut workers = Vec::new();
    for number in 0..connections {
        let own: Vec<&User> = match operation {
            Operation::ListOfFirst => vec![first],
            _ => others.iter().skip(number).step_by(connections).collect(),
        };
        workers.push(Worker::new(world, pool, plan, operation, &own).await?);
    }
    Ok(workers)
}

impl Worker {
    async fn new(
        world: &World,
        pool: &PgPool,
        plan: &Plan,
        operation: Operation,
        users: &[&User],
    ) -> anyhow::Result<Self> {
        let known = |user: &str| -> anyhow::Result<HeaderValue> {
            let token = world.issuer.token(user)?;
            Ok(format!("Bearer {token}").parse()?)
        };
        let mut tasks = Vec::new();
        if operation.needs_tasks() {
            let names: Vec<String> = users.iter().map(|user| user.name.clone()).collect();
            for task in rows::open_tasks(pool, &names, TASKS).await? {
                tasks.push((known(&task.user)?, task.id));
            }
        }
        let users = users.iter().map(|user| {
            let (token, since) = (known(&user.name)?, user.page_before);
            anyhow::Ok(Known { token, since })
        });
        Ok(Self {
            operation,
            // A pool of its own, which holds the one connection.
            client: Client::builder().http1_only().tcp_nodelay(true).build()?,
            api: world.environment.api_url.clone(),
            list: format!("/v1/tasks?{}", plan.list),
            title: format!("Water the plants of {}", Uuid::new_v4()),
            users: users.collect::<anyhow::Result<_>>()?,
            tasks,
        })
    }

    /// The next one; none when every task was completed.
    pub(super) fn request(&self, number: usize) -> anyhow::Result<Option<Request>> {
        let user = self.users.get(number % self.users.len());
        let user = user.context("there are users")?;
        let task = match self.operation {
            Operation::Complete => self.tasks.get(number),
            _ => self.tasks.get(number % self.tasks.len().max(1)),
        };
        let (token, method, path, body) = match (self.operation, task) {
            (Operation::List | Operation::ListOfFirst, _) => {
                (&user.token, Method::GET, self.list.clone(), None)
            }
            (Operation::Sync, _) => {
                let path = format!("/v1/sync?limit={PAGE}&since={}", user.since);
                (&user.token, Method::GET, path, None)
            }
            (Operation::Create | Operation::KeyedCreate, _) => (
                &user.token,
                Method::POST,
                "/v1/tasks".to_owned(),
                Some(new_task()),
            ),
            (Operation::Get, Some((token, id))) => (token, Method::GET, format!("/v1/tasks/{id}"), None),
            (Operation::Patch, Some((token, id))) => {
                let body = json!({"title": format!("{}, {number}", self.title)});
                (token, Method::PATCH, format!("/v1/tasks/{id}"), Some(body))
            }
            (Operation::Complete, Some((token, id))) => {
                let path = format!("/v1/tasks/{id}/complete");
                (token, Method::POST, path, Some(json!({})))
            }
            (Operation::Get | Operation::Patch | Operation::Complete, None) => return Ok(None),
        };
        let mut request = self
            .client
            .request(method, self.api.join(&path)?)
            .header(AUTHORIZATION, token.clone());
        if let Some(body) = body {
            request = request.json(&body);
        }
        if self.operation == Operation::KeyedCreate {
            request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        }
        Ok(Some(request.build()?))
    }

    /// Sends it and reads the answer; the first page is looked at, too.
    pub(super) async fn answer(&self, request: Request, number: usize) -> anyhow::Result<()> {
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = self
            .client
            .execute(request)
            .await
            .with_context(|| asked.clone())?;
        let status = response.status();
        let body = response.bytes().await.with_context(|| asked.clone())?;
        if !status.is_success() {
            bail!("{asked} answered {status}: {}", String::from_utf8_lossy(&body));
        }
        let is_page = matches!(
            self.operation,
            Operation::List | Operation::ListOfFirst | Operation::Sync
        );
        if is_page && number == 0 {
            let page: Value = serde_json::from_slice(&body)?;
            let items = page.pointer("/items").and_then(Value::as_array).map(Vec::len);
            ensure!(
                items == Some(PAGE),
                "{asked} answered a page of {items:?} instead of {PAGE}"
            );
        }
        Ok(())
    }
}

fn new_task() -> Value {
    json!({
        "title": "Water the plants",
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"},
    })
}
