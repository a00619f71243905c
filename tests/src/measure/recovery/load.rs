//! Creations at an even rate, whatever the answers take, at all instances of backend-api in turn: the next one where
//! nobody listens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{StatusCode, Url};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{Answer, Api};
use crate::world::Person;

/// Goes on until stopped or dropped.
#[derive(Debug)]
pub(super) struct Load {
    answers: Answers,
    stop: watch::Sender<bool>,
    /// Ends with the number of creations that were not acknowledged.
    sending: JoinSet<usize>,
}

/// The creations that were acknowledged; clones are the same.
#[derive(Debug, Clone, Default)]
struct Answers(Arc<Mutex<Vec<Created>>>);

#[derive(Debug)]
struct Created {
    task: String,
    sent: DateTime<Utc>,
    answered: DateTime<Utc>,
}

impl Load {
    pub(super) fn start(people: &[Person], instances: &[Url], rate: u32) -> Self {
        let http = reqwest::Client::new();
        let callers = people.iter().map(|person| {
            let caller =
                |instance: &Url| Api::new(http.clone(), instance.clone(), Some(person.token.clone()));
            instances.iter().map(caller).collect()
        });
        let answers = Answers::default();
        let stop = watch::Sender::new(false);
        let mut sending = JoinSet::new();
        let period = Duration::from_secs(1) / rate;
        sending.spawn(send(callers.collect(), period, answers.clone(), stop.subscribe()));
        Self {
            answers,
            stop,
            sending,
        }
    }

    /// How many creations were acknowledged.
    pub(super) fn count(&self) -> usize {
        self.answers.lock().len()
    }

    /// The tasks that were acknowledged.
    pub(super) fn tasks(&self) -> Vec<String> {
        let created = self.answers.lock();
        created.iter().map(|created| created.task.clone()).collect()
    }

    /// When a creation that was sent after this moment was first acknowledged.
    pub(super) fn first_answer_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.answers.first_after(moment)
    }

    /// Sends nothing more; how many creations were not acknowledged in all.
    pub(super) async fn stop(&mut self) -> anyhow::Result<usize> {
        self.stop.send_replace(true);
        let mut refused = 0;
        while let Some(ended) = self.sending.join_next().await {
            refused += ended?;
        }
        Ok(refused)
    }
}

impl Answers {
    fn first_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let created = self.lock();
        let later = created.iter().filter(|created| created.sent > moment);
        later.map(|created| created.answered).min()
    }

    /// Whether it is an acknowledgement.
    fn note(&self, sent: DateTime<Utc>, answer: &Answer) -> bool {
        let answered = Utc::now();
        let task = answer.text("/id").map(str::to_owned);
        let (StatusCode::CREATED, Ok(task)) = (answer.status, task) else {
            return false;
        };
        self.lock().push(Created { task, sent, answered });
        true
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Created>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `callers` of each person, one for each instance.
async fn send(
    mut callers: Vec<Vec<Api>>,
    period: Duration,
    answers: Answers,
    stop: watch::Receiver<bool>,
) -> usize {
    let mut tick = tokio::time::interval(period);
    let mut running = JoinSet::new();
    let mut refused = 0;
    for turn in (0..callers.len()).cycle() {
        tick.tick().await;
        if *stop.borrow() {
            break;
        }
        if let Some(instances) = callers.get_mut(turn) {
            running.spawn(create(instances.clone(), answers.clone()));
            instances.rotate_left(1);
        }
        while let Some(ended) = running.try_join_next() {
            refused += usize::from(!ended.unwrap_or_default());
        }
    }
    while let Some(ended) = running.join_next().await {
        refused += usize::from(!ended.unwrap_or_default());
    }
    refused
}

/// Whether one of the instances acknowledged it.
async fn create(instances: Vec<Api>, answers: Answers) -> bool {
    let sent = Utc::now();
    for instance in instances {
        match instance.post("/v1/tasks", json!({"title": "New"})).await {
            Err(error) if is_nobody_there(&error) => {}
            Err(_) => return false,
            Ok(answer) => return answers.note(sent, &answer.item),
        }
    }
    false
}

fn is_nobody_there(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<reqwest::Error>();
    error.is_some_and(reqwest::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_what_was_sent_earlier_is_not_the_first() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let answers = Answers::default();
        for (sent, answered) in [(1, 9), (6, 12), (7, 11)] {
            let (task, sent, answered) = (String::new(), at(sent), at(answered));
            answers.lock().push(Created { task, sent, answered });
        }
        assert_eq!(answers.first_after(at(5)), Some(at(11)));
        assert_eq!(answers.first_after(at(7)), None);
    }
}
