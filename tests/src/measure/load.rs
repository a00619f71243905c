//! The load: creations, edits and completions at an even rate, whatever the answers take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::percentiles::Summary;
use crate::journal::Seen;
use crate::socket::{Socket, kind_of, shows_task};
use crate::world::{Person, World};

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many changes; one in five completes an occurrence of a daily task.
    pub changes: usize,
    pub rate: f64,
    /// By how many users, each with an open socket.
    pub users: usize,
}

/// The durations of all changes, in milliseconds.
#[derive(Debug, Default)]
pub struct Measured {
    answer: Vec<f64>,
    /// With the moment of each commit.
    commit_to_socket: Vec<(DateTime<Utc>, f64)>,
    request_to_socket: Vec<f64>,
    complete_to_next: Vec<f64>,
    complete_request_to_next: Vec<f64>,
    /// Changes a second that were sent.
    pub rate: f64,
}

#[derive(Debug)]
struct Sample {
    answer: f64,
    commit_to_socket: (DateTime<Utc>, f64),
    request_to_socket: f64,
    next: Option<(f64, f64)>,
}

#[derive(Debug)]
struct User {
    person: Person,
    socket: Socket,
}

#[derive(Debug)]
enum Action {
    Create,
    Edit { id: String },
    Complete { id: String },
}

/// Prepares people and tasks, then sends the load and waits for everything that follows from it.
pub async fn run(world: &World, load: Load) -> anyhow::Result<Measured> {
    Prepared::new(world, load).await?.send().await
}

/// People with open sockets, and everything that their changes need.
#[derive(Debug)]
pub struct Prepared {
    load: Load,
    changes: VecDeque<(std::sync::Arc<User>, Action)>,
}

impl Prepared {
    pub async fn new(world: &World, load: Load) -> anyhow::Result<Self> {
        let users = arrive(world, load.users).await?;
        let changes = prepare(users, load.changes).await?;
        Ok(Self { load, changes })
    }

    /// Sends the load and waits for everything that follows from it.
    pub async fn send(self) -> anyhow::Result<Measured> {
        send(self.load, self.changes).await
    }
}

async fn send(load: Load, mut changes: VecDeque<(std::sync::Arc<User>, Action)>) -> anyhow::Result<Measured> {
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / load.rate));
    let mut running = JoinSet::new();
    let began = Instant::now();
    while let Some((user, change)) = changes.pop_front() {
        tick.tick().await;
        running.spawn(async move { measure(&user, change).await });
    }
    let sent_in = began.elapsed();
    let mut measured = Measured {
        rate: load.changes as f64 / sent_in.as_secs_f64(),
        ..Measured::default()
    };
    while let Some(sample) = running.join_next().await {
        measured.add(sample??);
    }
    Ok(measured)
}

type Users = Vec<std::sync::Arc<User>>;

async fn arrive(world: &World, count: usize) -> anyhow::Result<Users> {
    let mut users = Users::with_capacity(count);
    for _ in 0..count.max(1) {
        let person = world.person("load")?;
        let socket = person.socket().await?;
        users.push(std::sync::Arc::new(User { person, socket }));
    }
    Ok(users)
}

/// Of five changes two are creations, two edits and one a completion; what they need is created before the load.
async fn prepare(users: Users, count: usize) -> anyhow::Result<VecDeque<(std::sync::Arc<User>, Action)>> {
    let mut changes = VecDeque::with_capacity(count);
    for (number, user) in (0..count).zip(users.iter().cycle()) {
        let change = match number % 5 {
            0 => Action::Complete {
                id: create(&user.person, daily()).await?,
            },
            1 | 3 => Action::Edit {
                id: create(&user.person, plain(number)).await?,
            },
            _ => Action::Create,
        };
        changes.push_back((user.clone(), change));
    }
    Ok(changes)
}

fn plain(number: usize) -> Value {
    json!({"title": format!("Task {number}")})
}

pub(super) fn daily() -> Value {
    let tomorrow = Utc::now()
        .checked_add_days(Days::new(1))
        .unwrap_or_default()
        .format("%Y-%m-%dT09:00:00");
    json!({
        "title": "Every day",
        "due": {"datetime": tomorrow.to_string(), "timezone": "Europe/Berlin"},
        "recurrence": {"rrule": "FREQ=DAILY", "anchor": "schedule", "missed": "skip"},
    })
}

async fn create(person: &Person, task: Value) -> anyhow::Result<String> {
    let answer = person.tasks.post("/v1/tasks", task).await?.item;
    Ok(answer.expect(StatusCode::CREATED)?.text("/id")?.to_owned())
}

async fn measure(user: &User, change: Action) -> anyhow::Result<Sample> {
    let tasks = &user.person.tasks;
    let (kind, answer) = match &change {
        Action::Create => (
            "task.created",
            tasks.post("/v1/tasks", json!({"title": "New"})).await?,
        ),
        Action::Edit { id } => (
            "task.updated",
            tasks
                .patch(&format!("/v1/tasks/{id}"), json!({"title": "Edited"}))
                .await?,
        ),
        Action::Complete { id } => (
            "task.completed",
            tasks.post(&format!("/v1/tasks/{id}/complete"), json!({})).await?,
        ),
    };
    if !answer.item.status.is_success() {
        bail!(
            "{} answered {}: {}",
            answer.item.request,
            answer.item.status,
            answer.item.body
        );
    }
    let (id, sent) = (answer.item.text("/id")?, answer.item.sent);
    let updated_at: DateTime<Utc> = answer.item.text("/updated_at")?.parse()?;
    let pushed = user
        .socket
        .event(PATIENCE, kind, |message| shows_task(message, id))
        .await?;
    let next = match change {
        Action::Complete { .. } => Some(next_of(user, answer.item.text("/series_id")?).await?),
        Action::Create | Action::Edit { .. } => None,
    };
    Ok(Sample {
        answer: milliseconds(answer.at.saturating_duration_since(sent)),
        commit_to_socket: (updated_at, since(updated_at, &pushed)),
        request_to_socket: milliseconds(pushed.at.saturating_duration_since(sent)),
        next: next.map(|next| {
            (
                since(updated_at, &next),
                milliseconds(next.at.saturating_duration_since(sent)),
            )
        }),
    })
}

async fn next_of(user: &User, series_id: &str) -> anyhow::Result<Seen<Value>> {
    let is_next = |message: &Value| {
        kind_of(message) == Some("task.created")
            && message.pointer("/event/task/series_id").and_then(Value::as_str) == Some(series_id)
            && message.pointer("/event/task/ordinal").and_then(Value::as_i64) == Some(2)
    };
    let next = user
        .socket
        .messages
        .find(PATIENCE, "the next occurrence", is_next)
        .await;
    next.with_context(|| format!("series {series_id}"))
}

impl Measured {
    fn add(&mut self, sample: Sample) {
        self.answer.push(sample.answer);
        self.commit_to_socket.push(sample.commit_to_socket);
        self.request_to_socket.push(sample.request_to_socket);
        if let Some((from_commit, from_request)) = sample.next {
            self.complete_to_next.push(from_commit);
            self.complete_request_to_next.push(from_request);
        }
    }

    /// When each change was committed, and from then to its socket message, in milliseconds.
    pub fn commit_to_socket(&self) -> &[(DateTime<Utc>, f64)] {
        &self.commit_to_socket
    }

    pub fn report(self, memory: Vec<super::Memory>) -> super::Report {
        super::Report {
            changes: self.answer.len(),
            rate: self.rate,
            answer: Summary::of(self.answer),
            commit_to_socket: Summary::of(self.commit_to_socket.into_iter().map(|(_, ms)| ms).collect()),
            request_to_socket: Summary::of(self.request_to_socket),
            complete_to_next: Summary::of(self.complete_to_next),
            complete_request_to_next: Summary::of(self.complete_request_to_next),
            memory,
        }
    }
}

fn since(moment: DateTime<Utc>, seen: &Seen<Value>) -> f64 {
    let micros = (seen.clock - moment).num_microseconds().unwrap_or(i64::MAX);
    micros as f64 / 1000.0
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
