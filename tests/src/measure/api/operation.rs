//! What a connection asks for.

use anyhow::{Context as _, bail, ensure};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::rows::{self, User};
use super::titles::Titles;
use super::{Operations, Plan, find};
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
    Search,
    SearchOfFirst,
    Filter,
    FilterOfFirst,
    Stats,
    StatsOfFirst,
}

/// Whether there was anything in what a search or a filtered list answered; something, too, where that is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    Something,
    Nothing,
}

impl Operation {
    const API: [Self; 8] = [
        Self::List,
        Self::ListOfFirst,
        Self::Get,
        Self::Sync,
        Self::Create,
        Self::KeyedCreate,
        Self::Patch,
        Self::Complete,
    ];
    const FIND: [Self; 6] = [
        Self::Search,
        Self::SearchOfFirst,
        Self::Filter,
        Self::FilterOfFirst,
        Self::Stats,
        Self::StatsOfFirst,
    ];
    const WRITES: [Self; 2] = [Self::Create, Self::Patch];

    pub(super) fn of(operations: Operations) -> &'static [Self] {
        match operations {
            Operations::Api => &Self::API,
            Operations::Find => &Self::FIND,
            Operations::Writes => &Self::WRITES,
        }
    }

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
            Self::Search => "search",
            Self::SearchOfFirst => "search, first user",
            Self::Filter => "filter",
            Self::FilterOfFirst => "filter, first user",
            Self::Stats => "stats",
            Self::StatsOfFirst => "stats, first user",
        }
    }

    /// All connections as the first user.
    fn is_of_first(self) -> bool {
        matches!(
            self,
            Self::ListOfFirst | Self::SearchOfFirst | Self::FilterOfFirst | Self::StatsOfFirst
        )
    }

    /// May answer an empty list.
    pub(super) fn finds(self) -> bool {
        matches!(
            self,
            Self::Search | Self::SearchOfFirst | Self::Filter | Self::FilterOfFirst
        )
    }

    /// Of those that read the same whatever was read before: all that is asked for in turn.
    fn pages(self, api: &Url, plan: &Plan) -> anyhow::Result<Vec<Url>> {
        match self {
            Self::List | Self::ListOfFirst => Ok(vec![api.join(&format!("/v1/tasks?{}", plan.list))?]),
            Self::Search | Self::SearchOfFirst => find::searches(api, PAGE),
            Self::Filter | Self::FilterOfFirst => find::filters(api, PAGE),
            Self::Stats | Self::StatsOfFirst => Ok(vec![api.join("/v1/stats")?]),
            _ => Ok(Vec::new()),
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
    pages: Vec<Url>,
    /// Each connection begins elsewhere.
    first_page: usize,
    titles: Titles,
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
        let own: Vec<&User> = if operation.is_of_first() {
            vec![first]
        } else {
            others.iter().skip(number).step_by(connections).collect()
        };
        let mut worker = Worker::new(world, pool, plan, operation, &own).await?;
        worker.first_page = number * worker.pages.len() / connections;
        workers.push(worker);
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
            pages: operation.pages(&world.environment.api_url, plan)?,
            first_page: 0,
            titles: Titles::of(plan.operations),
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
        if let Some(page) = self
            .pages
            .get((self.first_page + number) % self.pages.len().max(1))
        {
            let request = self.client.get(page.clone());
            return Ok(Some(request.header(AUTHORIZATION, user.token.clone()).build()?));
        }
        let (token, method, path, body) = match (self.operation, task) {
            (Operation::Sync, _) => {
                let path = format!("/v1/sync?limit={PAGE}&since={}", user.since);
                (&user.token, Method::GET, path, None)
            }
            (Operation::Create | Operation::KeyedCreate, _) => (
                &user.token,
                Method::POST,
                "/v1/tasks".to_owned(),
                Some(self.titles.created(number)),
            ),
            (Operation::Get, Some((token, id))) => (token, Method::GET, format!("/v1/tasks/{id}"), None),
            (Operation::Patch, Some((token, id))) => {
                let body = json!({"title": self.titles.edited(number, self.tasks.len())});
                (token, Method::PATCH, format!("/v1/tasks/{id}"), Some(body))
            }
            (Operation::Complete, Some((token, id))) => {
                let path = format!("/v1/tasks/{id}/complete");
                (token, Method::POST, path, Some(json!({})))
            }
            // The others are pages.
            _ => return Ok(None),
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
    pub(super) async fn answer(&self, request: Request, number: usize) -> anyhow::Result<Answered> {
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
        // Reading all of it would cost the machine more than the comparison.
        let is_empty = self.operation.finds() && body.starts_with(br#"{"items":[]"#);
        Ok(if is_empty {
            Answered::Nothing
        } else {
            Answered::Something
        })
    }
}
