//! One turn of the load: creations, edits and completions of people with open sockets, and what follows from them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use shared_events::topic::Topic;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::database::Commits;
use super::follower::{Follower, between};
use super::listeners::{Heard, Listeners};
use super::work::Work;
use super::{Stack, progress};
use crate::measure::load::{Action, Load, actions, took};
use crate::wait::wait_until;
use crate::world::Person;

/// Requests in flight at once: where the stack answers more slowly than asked for, the rate sinks.
const IN_FLIGHT: usize = 128;

/// Until everything that follows has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

/// The durations of a turn, in milliseconds, and what a change cost.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) answer: Vec<f64>,
    pub(super) commit_to_consumer: Vec<f64>,
    pub(super) commit_to_socket: Vec<f64>,
    pub(super) complete_to_next: Vec<f64>,
    /// Changes a second that were sent.
    pub(super) rate: f64,
    /// Changes that were not answered 2xx, which no duration tells of.
    pub(super) refused: usize,
    pub(super) work: Work,
}

/// What became of the changes that were sent.
#[derive(Debug, Default)]
struct Sent {
    answered: Vec<Answered>,
    refused: usize,
    /// Changes a second.
    rate: f64,
}

/// A change that was answered.
#[derive(Debug)]
struct Answered {
    took: f64,
    kind: &'static str,
    task: String,
    updated_at: DateTime<Utc>,
    /// The series whose occurrence was completed.
    series: Option<String>,
}

pub(super) async fn run(stack: &Stack<'_>, load: Load) -> anyhow::Result<Turn> {
    let people = people(stack, load.users)?;
    let borrowed: Vec<&Person> = people.iter().collect();
    let actions = actions(&borrowed, load.changes).await?;
    let listeners = Listeners::open(stack.world, &borrowed).await?;
    stack.settled().await?;
    let follower = Follower::start(&stack.world.environment.kafka, Topic::TaskEvents.name()).await?;

    let before = stack.meter.read().await?;
    let sent = send(&people, actions, load.rate).await?;
    let answered = &sent.answered;
    let completions = answered.iter().filter(|change| change.series.is_some()).count();
    let expected = answered.len() + completions;
    let all_arrived = async || {
        let (heard, read) = (listeners.count(), follower.count());
        Ok(if heard < expected || read < expected {
            Err(format!(
                "of {expected} changes {read} came to the consumer and {heard} to sockets"
            ))
        } else {
            Ok(())
        })
    };
    wait_until(PATIENCE, "that every change arrives", all_arrived).await?;
    stack.settled().await?;
    let work = stack.meter.read().await?.since(&before, answered.len());

    let heard = listeners.heard()?;
    let first = answered.iter().map(|change| change.updated_at).min();
    let commits = Commits::since(stack.pool, first.unwrap_or_default()).await?;
    let arrivals = follower.stop();
    let commit_to_consumer: Vec<f64> = arrivals
        .iter()
        .filter_map(|arrival| Some(between(commits.of(&arrival.key, arrival.made)?, arrival.arrived)))
        .collect();
    ensure!(
        commit_to_consumer.len() >= answered.len(),
        "of {} changes that arrived the commit of {} is known",
        arrivals.len(),
        commit_to_consumer.len()
    );
    Ok(Turn {
        answer: answered.iter().map(|change| change.took).collect(),
        commit_to_consumer,
        commit_to_socket: answered
            .iter()
            .map(|change| change.until_socket(&heard, &commits))
            .collect::<anyhow::Result<_>>()?,
        complete_to_next: answered
            .iter()
            .filter_map(|change| change.until_next(&heard, &commits).transpose())
            .collect::<anyhow::Result<_>>()?,
        rate: sent.rate,
        refused: sent.refused,
        work,
    })
}

/// People unknown to the stack so far.
pub(super) fn people(stack: &Stack<'_>, count: usize) -> anyhow::Result<Vec<Person>> {
    (0..count.max(1)).map(|_| stack.world.person("load")).collect()
}

/// Sends at an even rate, whatever the answers take.
async fn send(people: &[Person], actions: Vec<Action>, rate: f64) -> anyhow::Result<Sent> {
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut running = JoinSet::new();
    let count = actions.len();
    let began = Instant::now();
    for (action, person) in actions.into_iter().zip(people.iter().cycle()) {
        tick.tick().await;
        let place = Arc::clone(&room).acquire_owned().await?;
        let person = person.clone();
        running.spawn(async move {
            let answered = answered(&action, &person).await;
            drop(place);
            answered
        });
    }
    let mut sent = Sent {
        rate: count as f64 / began.elapsed().as_secs_f64(),
        ..Sent::default()
    };
    while let Some(change) = running.join_next().await {
        match change? {
            Ok(answered) => sent.answered.push(answered),
            Err(error) => {
                sent.refused += 1;
                progress(&format!("refused: {error}"));
            }
        }
    }
    ensure!(!sent.answered.is_empty(), "every change was refused");
    Ok(sent)
}

async fn answered(action: &Action, person: &Person) -> anyhow::Result<Answered> {
    let answer = action.send(person).await?;
    let took = took(&answer);
    let answer = answer.item;
    let series = match action {
        Action::Complete { .. } => Some(answer.text("/series_id")?.to_owned()),
        Action::Create | Action::Edit { .. } => None,
    };
    Ok(Answered {
        took,
        kind: action.kind(),
        task: answer.text("/id")?.to_owned(),
        updated_at: answer.text("/updated_at")?.parse()?,
        series,
    })
}

impl Answered {
    fn until_socket(&self, heard: &Heard, commits: &Commits) -> anyhow::Result<f64> {
        let arrived = heard.change(&self.task, self.kind);
        let arrived = arrived.with_context(|| format!("no socket heard {} of {}", self.kind, self.task))?;
        Ok(between(self.committed(commits)?, arrived))
    }

    fn until_next(&self, heard: &Heard, commits: &Commits) -> anyhow::Result<Option<f64>> {
        let Some(series) = &self.series else {
            return Ok(None);
        };
        let arrived = heard.next(series);
        let arrived =
            arrived.with_context(|| format!("no socket heard of what follows in series {series}"))?;
        Ok(Some(between(self.committed(commits)?, arrived)))
    }

    fn committed(&self, commits: &Commits) -> anyhow::Result<DateTime<Utc>> {
        let committed = commits.of(&self.task, self.updated_at);
        committed.with_context(|| format!("when {} was committed is not known", self.task))
    }
}
