//! Somebody who asks for what is another's.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::Doors;
use crate::chaos::observations::Probe;
use crate::chaos::recorder::Recorder;

const ANSWER: Duration = Duration::from_secs(5);
/// Tasks that strangers may ask for.
const MAX_TASKS: usize = 400;

/// What was made lately, and by whom; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Board(Arc<Mutex<VecDeque<Posted>>>);

#[derive(Debug, Clone)]
struct Posted {
    owner: String,
    task: String,
    title: Option<String>,
}

impl Board {
    pub(super) fn post(&self, owner: &str, task: &str, title: Option<&str>) {
        let mut posted = self.posted();
        posted.push_back(Posted {
            owner: owner.to_owned(),
            task: task.to_owned(),
            title: title.map(str::to_owned),
        });
        if posted.len() > MAX_TASKS {
            posted.pop_front();
        }
    }

    /// A task of somebody else.
    fn of_another(&self, user: &str, rng: &mut StdRng) -> Option<Posted> {
        let posted = self.posted();
        let others: Vec<&Posted> = posted.iter().filter(|posted| posted.owner != user).collect();
        let number = rng.random_range(0..others.len().max(1));
        others.get(number).map(|posted| (*posted).clone())
    }

    /// Ids and titles of this owner's tasks.
    fn secrets(&self, owner: &str) -> BTreeSet<String> {
        let posted = self.posted();
        let of_owner = posted.iter().filter(|posted| posted.owner == owner);
        let words = of_owner.flat_map(|posted| [Some(posted.task.clone()), posted.title.clone()]);
        words.flatten().chain([owner.to_owned()]).collect()
    }

    fn posted(&self) -> MutexGuard<'_, VecDeque<Posted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) user: String,
    pub(super) token: String,
    pub(super) doors: Doors,
    pub(super) board: Board,
    pub(super) recorder: Recorder,
    pub(super) http: reqwest::Client,
}

impl Stranger {
    /// One request for what is another's. No answer, or one that says that the service cannot answer now, says nothing.
    pub(super) async fn ask(&self, rng: &mut StdRng) -> anyhow::Result<()> {
        let Some(posted) = self.board.of_another(&self.user, rng) else {
            return Ok(());
        };
        let task = format!("/v1/tasks/{}", posted.task);
        let (bases, method, path, body) = match rng.random_range(0..7) {
            0 => (&self.doors.api, Method::GET, task, None),
            1 => {
                let body = json!({"title": "Not mine to change"});
                (&self.doors.api, Method::PATCH, task, Some(body))
            }
            2 => (&self.doors.api, Method::DELETE, task, None),
            3 => (&self.doors.api, Method::POST, format!("{task}/complete"), None),
            4 => (
                &self.doors.api,
                Method::GET,
                "/v1/sync?limit=200".to_owned(),
                None,
            ),
            5 => {
                let path = format!("/v1/audit?task_id={}", posted.task);
                (&self.doors.audit, Method::GET, path, None)
            }
            _ => {
                let path = "/v1/notifications?limit=200&since=0".to_owned();
                (&self.doors.notifications, Method::GET, path, None)
            }
        };
        let Some(base) = bases.get(rng.random_range(0..bases.len().max(1))) else {
            return Ok(());
        };
        let Some((status, answer)) = self.send(base, &method, &path, body).await? else {
            return Ok(());
        };
        self.recorder.probe(Probe {
            at: self.recorder.now(),
            user: self.user.clone(),
            leaked: leaked(&answer, &self.board.secrets(&posted.owner), &posted.task),
            owner: posted.owner,
            request: format!("{method} {path}"),
            status,
        });
        Ok(())
    }

    async fn send(
        &self,
        base: &Url,
        method: &Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Option<(u16, Value)>> {
        let url = base.join(path)?;
        let mut request = self.http.request(method.clone(), url).timeout(ANSWER);
        request = request.bearer_auth(&self.token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let Ok(response) = request.send().await else {
            return Ok(None);
        };
        let status = response.status();
        let Ok(bytes) = response.bytes().await else {
            return Ok(None);
        };
        if status.is_server_error() || status.as_u16() == 429 {
            return Ok(None);
        }
        Ok(Some((
            status.as_u16(),
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )))
    }
}

/// Secrets that an answer contains; that which was asked for by name counts only when more comes with it.
fn leaked(answer: &Value, secrets: &BTreeSet<String>, asked_for: &str) -> Vec<String> {
    let mut words = BTreeSet::new();
    collect(answer, &mut words);
    let found = words
        .intersection(secrets)
        .filter(|word| word.as_str() != asked_for);
    found.cloned().collect()
}

fn collect(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(word) => {
            words.insert(word.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_of_the_owner_are_leaked() {
        let secrets = ["Task 5 of person 3", "018f", "018e", "person-03"];
        let secrets = secrets.map(str::to_owned).into();
        let mine = json!({"items": [{"title": "Task 5 of person 31"}], "detail": "018f"});
        assert!(leaked(&mine, &secrets, "018f").is_empty());
        let theirs = json!({"items": [{"title": "Task 5 of person 3", "parent_id": "018e"}]});
        assert_eq!(leaked(&theirs, &secrets, "018f"), ["018e", "Task 5 of person 3"]);
    }
}
