//! How many tasks a second the stack creates when nobody waits between them.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use super::Stack;
use super::turn::people;
use super::work::Work;
use crate::measure::load::{accepted, took};
use crate::measure::percentiles::Summary;
use crate::world::Person;

/// Requests at once.
const WORKERS: usize = 32;

#[derive(Debug, Clone, Serialize)]
pub struct Ceiling {
    /// Creations a second that were answered.
    pub rate: f64,
    /// Requests that were not answered 2xx.
    pub refused: usize,
    pub answer: Summary,
    /// Until the last consumer had gone through what was left then, in seconds.
    pub behind_s: f64,
    /// Until then, too.
    pub work: Work,
}

pub(super) async fn run(stack: &Stack<'_>, lasts: Duration, users: usize) -> anyhow::Result<Ceiling> {
    let people = people(stack, users)?;
    stack.settled().await?;
    let before = stack.meter.read().await?;
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        workers.spawn(create(people.clone(), worker, began + lasts));
    }
    let (mut durations, mut refused) = (Vec::new(), 0);
    while let Some(worker) = workers.join_next().await {
        let created = worker?;
        durations.extend(created.durations);
        refused += created.refused;
    }
    let took = began.elapsed();
    stack.settled().await?;
    let behind = began.elapsed().saturating_sub(took);
    let work = stack.meter.read().await?.since(&before, durations.len());
    Ok(Ceiling {
        rate: durations.len() as f64 / took.as_secs_f64(),
        refused,
        answer: Summary::of(durations),
        behind_s: behind.as_secs_f64(),
        work,
    })
}

/// What one worker did.
#[derive(Debug, Default)]
struct Created {
    /// From request to answer, in milliseconds.
    durations: Vec<f64>,
    refused: usize,
}

/// Each worker begins with another person.
async fn create(people: Vec<Person>, worker: usize, until: Instant) -> Created {
    let mut created = Created::default();
    for person in people.iter().cycle().skip(worker) {
        if Instant::now() >= until {
            break;
        }
        let answer = person.tasks.post("/v1/tasks", json!({"title": "New"})).await;
        match answer.and_then(accepted) {
            Ok(answer) => created.durations.push(took(&answer)),
            Err(_) => created.refused += 1,
        }
    }
    created
}
