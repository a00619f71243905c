//! Postgres, brokers and the registry: killed, and started again as they were.

mod tree;

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rustix::process::Pid;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::process::{Child, Command};
use tokio::sync::Mutex as AsyncMutex;

use super::setup::ServerSetup;
use crate::wait_until;

/// How long a server may take until it answers; a JVM among many others on two cores takes its time.
const READY: Duration = Duration::from_secs(180);
const GONE: Duration = Duration::from_secs(30);
const ASK: Duration = Duration::from_secs(5);
/// Where the registry begins to answer when it is ready.
const SUBJECTS: &str = "/apis/ccompat/v7/subjects";

/// What runs, by which it is known whether it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgres,
    Broker,
    Registry,
}

/// One server; clones are the same.
#[derive(Debug, Clone)]
pub struct Server(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    setup: ServerSetup,
    pid: Mutex<Option<Pid>>,
    /// What we started ourselves; held while it is killed or started.
    child: AsyncMutex<Option<Child>>,
}

impl Server {
    pub fn of(setup: &ServerSetup) -> anyhow::Result<Self> {
        let kind = match setup.name.as_str() {
            "postgres" => Kind::Postgres,
            "registry" => Kind::Registry,
            name if name.starts_with("kafka") => Kind::Broker,
            name => bail!("{name} is no server that we know"),
        };
        let pid = Pid::from_raw(setup.pid).with_context(|| format!("{} is no process", setup.pid))?;
        Ok(Self(Arc::new(Inner {
            kind,
            setup: setup.clone(),
            pid: Mutex::new(Some(pid)),
            child: AsyncMutex::new(None),
        })))
    }

    pub fn name(&self) -> &str {
        &self.0.setup.name
    }

    /// Of the process that runs; none after a kill.
    pub fn pid(&self) -> Option<Pid> {
        *self.0.pid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SIGKILL to it and all that it has started; waits until nothing of it is left.
    pub async fn kill(&self) -> anyhow::Result<()> {
        let mut child = self.0.child.lock().await;
        let Some(pid) = self.pid() else {
            return Ok(());
        };
        let what = format!("the end of {}", self.name());
        let family = wait_until(GONE, &what, || async move { tree::kill(pid) }).await?;
        wait_until(GONE, &what, || async { Ok(tree::gone(&family)) }).await?;
        if let Some(mut child) = child.take() {
            child.wait().await?;
        }
        self.set_pid(None);
        Ok(())
    }

    /// Starts it as it was, unless it runs; waits until it answers.
    pub async fn start(&self) -> anyhow::Result<()> {
        let mut child = self.0.child.lock().await;
        if self.pid().is_none() {
            self.remove_lock_file()?;
            let started = self.spawn()?;
            let pid = started
                .id()
                .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
            self.set_pid(pid);
            *child = Some(started);
        }
        let what = format!("an answer of {}", self.name());
        tokio::select! {
            answered = wait_until(READY, &what, || self.answers()) => answered,
            ended = ended(child.as_mut()) => {
                bail!("{} ended while it started: {ended}; its log is {}", self.name(), self.0.setup.log.display())
            }
        }
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        let setup = &self.0.setup;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&setup.log)
            .with_context(|| format!("cannot write {}", setup.log.display()))?;
        let mut command = Command::new(&setup.program);
        command
            .args(&setup.args)
            .env_clear()
            .envs(&setup.env)
            .current_dir(setup.log.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some((uid, gid)) = setup.account {
            command.uid(uid).gid(gid).current_dir("/");
        }
        command
            .spawn()
            .with_context(|| format!("cannot start {}", setup.program.display()))
    }

    /// PostgreSQL's lock names a process that is dead, which the kernel may still know as long as its parent has not
    /// asked for it, or may have given to another one: PostgreSQL would give way to it.
    fn remove_lock_file(&self) -> anyhow::Result<()> {
        if self.0.kind != Kind::Postgres {
            return Ok(());
        }
        let mut args = self.0.setup.args.iter().skip_while(|arg| *arg != "-D");
        let data = args.nth(1).context("PostgreSQL is started without -D")?;
        match std::fs::remove_file(Path::new(data).join("postmaster.pid")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).context("cannot remove PostgreSQL's lock")
            }
            _ => Ok(()),
        }
    }

    async fn answers(&self) -> anyhow::Result<Result<(), String>> {
        let port = self.0.setup.port;
        match self.0.kind {
            Kind::Postgres => postgres_answers(port).await,
            Kind::Broker => tokio::task::spawn_blocking(move || broker_answers(port)).await?,
            Kind::Registry => registry_answers(port).await,
        }
    }

    fn set_pid(&self, pid: Option<Pid>) {
        *self.0.pid.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }
}

/// How a process that we started ended; never, where we did not.
async fn ended(child: Option<&mut Child>) -> String {
    match child {
        Some(child) => match child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        },
        None => std::future::pending().await,
    }
}

async fn postgres_answers(port: u16) -> anyhow::Result<Result<(), String>> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .database("postgres")
        .disable_statement_logging();
    match tokio::time::timeout(ASK, PgConnection::connect_with(&options)).await? {
        Ok(connection) => Ok(Ok(connection.close().await?)),
        // Who asks for a password lets people in.
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code.starts_with("28")) => {
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Whether the cluster, asked here, counts this broker among those that serve.
fn broker_answers(port: u16) -> anyhow::Result<Result<(), String>> {
    let asker: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", format!("127.0.0.1:{port}"))
        .set("log_level", "0")
        .create()?;
    let metadata = asker.fetch_metadata(None, ASK)?;
    let serves = metadata
        .brokers()
        .iter()
        .any(|broker| broker.port() == i32::from(port));
    Ok(serves
        .then_some(())
        .ok_or_else(|| "the cluster has not taken it back yet".to_owned()))
}

async fn registry_answers(port: u16) -> anyhow::Result<Result<(), String>> {
    let url = format!("http://127.0.0.1:{port}{SUBJECTS}");
    let answer = reqwest::Client::new().get(url).timeout(ASK).send().await?;
    Ok(match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("it answers {status}")),
    })
}

#[cfg(test)]
mod tests;
