//! Fault 30: a cold copy of Postgres takes its place, after the world has seen what the copy does not know.
//!
//! Its positions are given out again for other changes. Clients must be told to fetch, and consumers must take what
//! comes for new. Other restores differ for Postgres alone, and are done to a relay in `shared-events`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use tokio::process::Command;

use super::fleet::Replica;
use super::servers::Server;
use super::setup::{ServerSetup, Setup};
use crate::api::{Answer, Api};
use crate::socket::Socket;
use crate::{World, wait_until};

/// Nothing that is waited for takes longer, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);
const POSTGRES: &str = "postgres";

/// Postgres' process and its data.
struct Database {
    server: Server,
    data: PathBuf,
}

/// Somebody with a task list.
struct Owner {
    token: String,
    tasks: Api,
    notifications: Api,
    audit: Api,
    gateway: Url,
}

/// A position that a client holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    epoch: i64,
    position: i64,
}

/// Starts the services, does it, and fails at what is not as it must be; `say` is told how it goes.
pub async fn run(world: &World, setup: &Setup, say: impl Fn(&str)) -> anyhow::Result<()> {
    let database = Database::of(setup)?;
    let mut fleet = Vec::new();
    for service in &setup.services {
        fleet.push(Replica::start(service, 0, &setup.logs)?);
    }
    for replica in &fleet {
        replica.ready().await?;
    }
    let owner = Owner::of(world, setup)?;
    let kept = owner.create("kept").await?;
    owner.until_audited(&kept, 1).await?;
    say("a change is in the audit log; copying Postgres");
    database.server.kill().await?;
    let copy = database.copy().await?;
    database.server.start().await?;

    let lost = owner.create("lost").await?;
    owner.until_audited(&lost, 1).await?;
    owner.remind(&kept, Utc::now() + TimeDelta::hours(1)).await?;
    let seen = owner.place().await?;
    say(&format!(
        "Postgres went on, in epoch {}; putting the copy in its place",
        seen.epoch
    ));
    database.server.kill().await?;
    database.replace_by(&copy)?;
    database.server.start().await?;

    let reborn = owner.create("reborn").await?;
    let now = owner.place().await?;
    ensure!(
        now.epoch > seen.epoch && now.position <= seen.position,
        "{now:?} was given out after {seen:?}"
    );
    owner.expect_to_fetch(seen, [&kept, &reborn]).await?;
    say(&format!(
        "a new change is at {} in epoch {}; clients fetch",
        now.position, now.epoch
    ));
    owner.remind(&kept, Utc::now() + TimeDelta::seconds(3)).await?;
    owner.until_reminded(&kept).await?;
    // The copy's audit log does not know of it; the topic does.
    owner.until_audited(&lost, 1).await?;
    owner.until_audited(&reborn, 1).await?;
    // Created, and reminded of in both lives.
    owner.until_audited(&kept, 3).await?;
    say("the consumers have taken what came for new, and nothing twice");
    for replica in fleet {
        replica.kill().await?;
    }
    Ok(())
}

impl Database {
    fn of(setup: &Setup) -> anyhow::Result<Self> {
        let server = setup.servers.iter().find(|server| server.name == POSTGRES);
        let server = server.context("the setup has no postgres")?;
        Ok(Self {
            server: Server::of(server)?,
            data: data(server)?,
        })
    }

    async fn copy(&self) -> anyhow::Result<PathBuf> {
        let copy = self.data.with_extension("copy");
        let mut cp = Command::new("cp");
        let status = cp.arg("-a").arg(&self.data).arg(&copy).status().await?;
        ensure!(status.success(), "cp ended with {status}");
        Ok(copy)
    }

    fn replace_by(&self, copy: &Path) -> anyhow::Result<()> {
        std::fs::rename(&self.data, self.data.with_extension("lost"))?;
        std::fs::rename(copy, &self.data)?;
        Ok(())
    }
}

fn data(server: &ServerSetup) -> anyhow::Result<PathBuf> {
    let mut arguments = server.args.iter().skip_while(|argument| *argument != "-D");
    let data = arguments.nth(1).context("postgres is started without -D")?;
    Ok(PathBuf::from(data))
}

impl Owner {
    fn of(world: &World, setup: &Setup) -> anyhow::Result<Self> {
        let token = world.person("restored")?.token;
        let http = reqwest::Client::new();
        let first = |name: &str, scheme: &str| {
            let addresses = setup.addresses(name, scheme)?;
            addresses
                .into_iter()
                .next()
                .with_context(|| format!("{name} has no address"))
        };
        let api = |name: &str| anyhow::Ok(Api::new(http.clone(), first(name, "http")?, Some(token.clone())));
        Ok(Self {
            tasks: api("backend-api")?,
            notifications: api("notification-svc")?,
            audit: api("audit-svc")?,
            gateway: first("ws-gateway", "ws")?,
            token,
        })
    }

    /// Makes a task, again and again until it is accepted, and says its id.
    async fn create(&self, title: &str) -> anyhow::Result<String> {
        let body = json!({"title": title});
        let created = self
            .until_accepted(Method::POST, "/v1/tasks", body, title)
            .await?;
        Ok(created.text("/id")?.to_owned())
    }

    async fn remind(&self, task: &str, at: DateTime<Utc>) -> anyhow::Result<()> {
        let body = json!({"reminders": [{"at": at.to_rfc3339_opts(SecondsFormat::Secs, true)}]});
        let path = format!("/v1/tasks/{task}");
        let key = format!("remind-{}", at.timestamp());
        self.until_accepted(Method::PATCH, &path, body, &key)
            .await
            .map(drop)
    }

    async fn until_accepted(
        &self,
        method: Method,
        path: &str,
        body: Value,
        key: &str,
    ) -> anyhow::Result<Answer> {
        let headers = [("idempotency-key", key)];
        wait_until(PATIENCE, &format!("{method} {path} accepted"), || async {
            let answer = self
                .tasks
                .call(method.clone(), path, Some(body.clone()), &headers);
            let answer = answer.await?.item;
            Ok(match answer.status {
                StatusCode::OK | StatusCode::CREATED => Ok(answer),
                status => Err(format!("{status}: {}", answer.body)),
            })
        })
        .await
    }

    async fn place(&self) -> anyhow::Result<Place> {
        let page = self.tasks.get("/v1/sync").await?.item;
        page.expect(StatusCode::OK)?;
        Ok(Place {
            epoch: page.number("/epoch")?,
            position: page.number("/position")?,
        })
    }

    /// What the place of the life before is worth: a full sync with these tasks and no other, and no recovery.
    async fn expect_to_fetch(&self, seen: Place, tasks: [&String; 2]) -> anyhow::Result<()> {
        let Place { epoch, position } = seen;
        let path = format!("/v1/sync?since={epoch}.{position}");
        let page = self.tasks.get(&path).await?.item;
        page.expect(StatusCode::OK)?;
        let ids: Vec<&str> = page
            .items()?
            .iter()
            .filter_map(|item| item.get("id")?.as_str())
            .collect();
        ensure!(
            page.body.pointer("/full_resync") == Some(&json!(true))
                && ids.len() == tasks.len()
                && tasks.iter().all(|task| ids.contains(&task.as_str())),
            "{path} answered {}",
            page.body
        );
        let since = json!({"epoch": epoch, "tasks": position, "notifications": 0});
        // The gateway hears of the new epoch with the first update of it.
        wait_until(PATIENCE, "a socket that is told to fetch", || async {
            let socket = Socket::open(&self.gateway, &self.token, Some(since.clone())).await?;
            let recovered = socket.connected.pointer("/recovered/tasks");
            Ok(if recovered == Some(&json!(false)) {
                Ok(())
            } else {
                Err(format!("the gateway answered {}", socket.connected))
            })
        })
        .await
    }

    /// Waits until the audit log has exactly so many entries of a task.
    async fn until_audited(&self, task: &str, entries: usize) -> anyhow::Result<()> {
        let path = format!("/v1/audit?task_id={task}");
        wait_until(
            PATIENCE,
            &format!("{entries} audit entries of {task}"),
            || async {
                let page = self.audit.get(&path).await?.item;
                let found: Vec<&Value> = page.items()?.iter().filter(|entry| is_change(entry)).collect();
                Ok(if found.len() == entries {
                    Ok(())
                } else {
                    Err(format!("{found:?}"))
                })
            },
        )
        .await
    }

    async fn until_reminded(&self, task: &str) -> anyhow::Result<()> {
        wait_until(PATIENCE, &format!("the reminder of {task}"), || async {
            let page = self.notifications.get("/v1/notifications").await?.item;
            let is_ours = |item: &Value| item.get("task_id").and_then(Value::as_str) == Some(task);
            let told = page.items()?.iter().filter(|item| is_ours(item)).count();
            Ok(match told {
                1 => Ok(()),
                _ => Err(format!("{told} notifications: {}", page.body)),
            })
        })
        .await
    }
}

/// A change of the task, not of its reminders, which the log keeps too.
fn is_change(entry: &Value) -> bool {
    let kind = entry.get("kind").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.starts_with("task."))
}
