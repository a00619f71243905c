//! A load without sockets, which costs the machine little beside the stack itself: creations, edits and completions
//! that are only answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::load::{Load, accepted, daily, took};
use super::percentiles::Summary;
use crate::world::{Person, World};

/// Requests in flight at once: where the stack answers more slowly than asked for, the rate sinks.
const IN_FLIGHT: usize = 64;
/// Changes of one life: two creations, two edits and a completion, as in [`super::load`].
const LIFE: usize = 5;

#[derive(Debug, Serialize)]
pub struct Answers {
    /// Changes that were answered 2xx.
    pub changes: usize,
    /// Changes a second, from the first request to the last answer.
    pub rate: f64,
    /// Sending a request to its answer.
    pub answer: Summary,
}

/// Sends the load, for as long as it would take at its rate: where the stack is slower, less is sent. `announce` is
/// called when it begins and when all of it was answered.
pub async fn run(world: &World, load: Load, announce: impl Fn(&str)) -> anyhow::Result<Answers> {
    let people: Vec<Person> = (0..load.users.max(1))
        .map(|_| world.person("load"))
        .collect::<anyhow::Result<_>>()?;
    let lives = load.changes.div_ceil(LIFE);
    let mut tick = tokio::time::interval(Duration::from_secs_f64(LIFE as f64 / load.rate));
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut running = JoinSet::new();
    announce("begins");
    let began = Instant::now();
    for (_, person) in (0..lives).zip(people.iter().cycle()) {
        tick.tick().await;
        let place = Arc::clone(&room).acquire_owned().await?;
        if began.elapsed().as_secs_f64() > load.changes as f64 / load.rate {
            break;
        }
        let person = person.clone();
        running.spawn(async move {
            let lived = live(&person).await;
            drop(place);
            lived
        });
    }
    let mut durations = Vec::new();
    while let Some(lived) = running.join_next().await {
        durations.extend(lived??);
    }
    let took = began.elapsed();
    announce("ends");
    Ok(Answers {
        changes: durations.len(),
        rate: durations.len() as f64 / took.as_secs_f64(),
        answer: Summary::of(durations),
    })
}

async fn live(person: &Person) -> anyhow::Result<[f64; LIFE]> {
    let tasks = &person.tasks;
    let plain = accepted(tasks.post("/v1/tasks", json!({"title": "New"})).await?)?;
    let path = format!("/v1/tasks/{}", plain.item.text("/id")?);
    let first = accepted(tasks.patch(&path, json!({"title": "Edited"})).await?)?;
    let second = accepted(tasks.patch(&path, json!({"priority": "high"})).await?)?;
    let daily = accepted(tasks.post("/v1/tasks", daily()).await?)?;
    let path = format!("/v1/tasks/{}/complete", daily.item.text("/id")?);
    let completed = accepted(tasks.post(&path, json!({})).await?)?;
    Ok([&plain, &first, &second, &daily, &completed].map(took))
}
