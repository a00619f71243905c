//! The load: creations, edits and completions at an even rate, whatever the answers take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, Utc};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::percentiles::Summary;
use crate::api::Answer;
use crate::journal::Seen;
use crate::socket::{Socket, kind_of, shows_task};
use crate::world::{Person, World};

const PATIENCE: Duration = Duration::from_secs(20);

/// Tasks that are created at once before the load.
const PREPARING: usize = 8;

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
pub(super) enum Action {
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

async fn prepare(users: Users, count: usize) -> anyhow::Result<VecDeque<(std::sync::Arc<User>, Action)>> {
    let people: Vec<&Person> = users.iter().map(|user| &user.person).collect();
    let actions = actions(&people, count).await?;
    Ok(users.iter().cloned().cycle().zip(actions).collect())
}

/// One action of each person in turn: of five two are creations, two edits and one a completion. What they need is
/// created before the load.
pub(super) async fn actions(people: &[&Person], count: usize) -> anyhow::Result<Vec<Action>> {
    let people = (0..count).zip(people.iter().copied().cycle());
    stream::iter(people)
        .map(|(number, person)| action(number, person))
        .buffered(PREPARING)
        .try_collect()
        .await
}

async fn action(number: usize, person: &Person) -> anyhow::Result<Action> {
    Ok(match number % 5 {
        0 => Action::Complete {
            id: create(person, daily()).await?,
        },
        1 | 3 => Action::Edit {
            id: create(person, plain(number)).await?,
        },
        _ => Action::Create,
    })
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

impl Action {
    /// The kind of the event that follows from it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Create => "task.created",
            Self::Edit { .. } => "task.updated",
            Self::Complete { .. } => "task.completed",
        }
    }

    pub(super) async fn send(&self, person: &Person) -> anyhow::Result<Seen<Answer>> {
        let tasks = &person.tasks;
        let answer = match self {
            Self::Create => tasks.post("/v1/tasks", json!({"title": "New"})).await?,
            Self::Edit { id } => {
                let path = format!("/v1/tasks/{id}");
                tasks.patch(&path, json!({"title": "Edited"})).await?
            }
            Self::Complete { id } => {
                let path = format!("/v1/tasks/{id}/complete");
                tasks.post(&path, json!({})).await?
            }
        };
        accepted(answer)
    }
}

/// Fails unless the answer is 2xx.
pub(super) fn accepted(answer: Seen<Answer>) -> anyhow::Result<Seen<Answer>> {
    if !answer.item.status.is_success() {
        let Answer {
            request,
            status,
            body,
            ..
        } = &answer.item;
        bail!("{request} answered {status}: {body}");
    }
    Ok(answer)
}

/// From sending a request to its answer, in milliseconds.
pub(super) fn took(answer: &Seen<Answer>) -> f64 {
    milliseconds(answer.at.saturating_duration_since(answer.item.sent))
}

async fn measure(user: &User, change: Action) -> anyhow::Result<Sample> {
    let answer = change.send(&user.person).await?;
    let (id, sent) = (answer.item.text("/id")?, answer.item.sent);
    let updated_at: DateTime<Utc> = answer.item.text("/updated_at")?.parse()?;
    let pushed = user
        .socket
        .event(PATIENCE, change.kind(), |message| shows_task(message, id))
        .await?;
    let next = match change {
        Action::Complete { .. } => Some(next_of(user, answer.item.text("/series_id")?).await?),
        Action::Create | Action::Edit { .. } => None,
    };
    Ok(Sample {
        answer: took(&answer),
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
    let is_next = |message: &Value| next_in(message) == Some(series_id);
    let next = user
        .socket
        .messages
        .find(PATIENCE, "the next occurrence", is_next)
        .await;
    next.with_context(|| format!("series {series_id}"))
}

/// The series whose second occurrence a message shows.
pub(super) fn next_in(message: &Value) -> Option<&str> {
    let is_next = kind_of(message) == Some("task.created")
        && message.pointer("/event/task/ordinal").and_then(Value::as_i64) == Some(2);
    let series = message.pointer("/event/task/series_id").and_then(Value::as_str);
    series.filter(|_| is_next)
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
