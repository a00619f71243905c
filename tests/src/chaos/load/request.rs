//! What somebody does next, given what they know of their tasks.

use std::fmt;
use std::time::{Duration, Instant};

use chrono::{Days, SecondsFormat, TimeDelta, Utc};
use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared_events::ids::SeriesId;

use super::caller::Outcome;

/// Tasks that one person remembers.
const MAX_KNOWN: usize = 40;
/// How long a successor that is not there yet is left alone.
const COMING: Duration = Duration::from_millis(400);
const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"];
const PRIORITIES: [&str; 4] = ["low", "normal", "high", "critical"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Create,
    Edit,
    Complete,
    Reopen,
    Skip,
    Delete,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Complete => "complete",
            Self::Reopen => "reopen",
            Self::Skip => "skip",
            Self::Delete => "delete",
        })
    }
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) task: Option<String>,
    pub(super) title: Option<String>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

/// What somebody knows of one task.
#[derive(Debug, Clone)]
struct Known {
    id: String,
    is_open: bool,
    series: Option<(SeriesId, i32)>,
    /// An occurrence that somebody else creates: not before this moment is it worth asking for.
    coming: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Chooser {
    person: usize,
    count: usize,
    tasks: Vec<Known>,
}

impl Chooser {
    pub(super) fn new(person: usize) -> Self {
        Self {
            person,
            count: 0,
            tasks: Vec::new(),
        }
    }

    pub(super) fn choose(&mut self, rng: &mut StdRng) -> Request {
        self.count += 1;
        let dice = rng.random_range(0..100);
        let (kind, is_open) = match dice {
            0..30 => return self.create(rng),
            30..54 => (Kind::Edit, true),
            54..82 => (Kind::Complete, true),
            82..88 => (Kind::Reopen, false),
            88..94 => (Kind::Skip, true),
            _ => (Kind::Delete, true),
        };
        let now = Instant::now();
        let candidates: Vec<&Known> = self
            .tasks
            .iter()
            .filter(|task| task.is_open == is_open && task.coming.is_none_or(|at| at <= now))
            .collect();
        // Completing and skipping what recurs is what makes the other services work.
        let recurring: Vec<&&Known> = candidates.iter().filter(|task| task.series.is_some()).collect();
        let prefers = matches!(kind, Kind::Complete | Kind::Skip) && rng.random_range(0..100) < 70;
        let chosen = if prefers && !recurring.is_empty() {
            recurring
                .get(rng.random_range(0..recurring.len()))
                .map(|task| **task)
        } else if candidates.is_empty() {
            None
        } else {
            candidates.get(rng.random_range(0..candidates.len())).copied()
        };
        match chosen.map(|task| task.id.clone()) {
            Some(task) => self.on(kind, task, rng),
            None => self.create(rng),
        }
    }

    fn title(&self, what: &str) -> String {
        format!("{what} {} of person {}", self.count, self.person)
    }

    fn create(&self, rng: &mut StdRng) -> Request {
        let title = self.title("Task");
        let mut body = json!({"title": title, "priority": word(&PRIORITIES, rng)});
        if let Some(fields) = body.as_object_mut() {
            match rng.random_range(0..10) {
                0..2 => {}
                2..4 => {
                    if let Some(parent) = self.recurring(rng) {
                        fields.insert("parent_id".to_owned(), json!(parent));
                    }
                }
                4..7 => {
                    let at = Utc::now() + TimeDelta::milliseconds(rng.random_range(1_500..10_000));
                    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
                    fields.insert("reminders".to_owned(), json!([{"at": at}]));
                }
                _ => {
                    fields.insert("due".to_owned(), due(rng));
                    fields.insert(
                        "recurrence".to_owned(),
                        json!({"rrule": "FREQ=DAILY", "anchor": "schedule", "missed": "skip"}),
                    );
                    if rng.random_range(0..2) == 0 {
                        fields.insert("reminders".to_owned(), json!([{"before": "PT1H"}]));
                    }
                }
            }
        }
        Request {
            kind: Kind::Create,
            task: None,
            title: Some(title),
            method: Method::POST,
            path: "/v1/tasks".to_owned(),
            body: Some(body),
        }
    }

    /// An open occurrence to put a sub-task below, which comes back with it.
    fn recurring(&self, rng: &mut StdRng) -> Option<&str> {
        let is_there = |task: &&Known| task.is_open && task.series.is_some() && task.coming.is_none();
        let tasks: Vec<&Known> = self.tasks.iter().filter(is_there).collect();
        if tasks.is_empty() {
            return None;
        }
        let chosen = tasks.get(rng.random_range(0..tasks.len()));
        chosen.map(|task| task.id.as_str())
    }

    fn on(&self, kind: Kind, task: String, rng: &mut StdRng) -> Request {
        let path = format!("/v1/tasks/{task}");
        let (method, path, body) = match kind {
            Kind::Edit => {
                let title = self.title("Edit");
                let body = json!({"title": title, "priority": word(&PRIORITIES, rng), "description": "x".repeat(rng.random_range(0..200))});
                (Method::PATCH, path, Some(body))
            }
            Kind::Delete => (Method::DELETE, path, None),
            verb => (Method::POST, format!("{path}/{verb}"), None),
        };
        Request {
            kind,
            task: Some(task),
            title: (kind == Kind::Edit).then(|| self.title("Edit")),
            method,
            path,
            body,
        }
    }

    /// Takes note of how it ended.
    pub(super) fn learn(&mut self, request: &Request, outcome: &Outcome) {
        let Some(id) = &request.task else {
            if let Outcome::Made { answer, .. } = outcome {
                self.keep(known(&answer.task, &answer.body));
            }
            return;
        };
        match outcome {
            Outcome::Made { answer, .. } => {
                if matches!(request.kind, Kind::Complete | Kind::Skip | Kind::Delete) {
                    self.expect_successor(id);
                }
                if request.kind == Kind::Delete {
                    self.tasks.retain(|task| task.id != *id);
                } else if let Some(task) = self.tasks.iter_mut().find(|task| task.id == *id) {
                    *task = known(&answer.task, &answer.body);
                }
            }
            // Most likely a successor that is still to come, or never will after a deletion.
            Outcome::Refused(404) => match self.tasks.iter_mut().find(|task| task.id == *id) {
                Some(task) if task.coming.is_some() => task.coming = Some(Instant::now() + COMING),
                _ => self.tasks.retain(|task| task.id != *id),
            },
            Outcome::Refused(_) => {
                if let Some(task) = self.tasks.iter_mut().find(|task| task.id == *id) {
                    task.is_open = !task.is_open;
                }
            }
            // It stays in mind: the next change of it tells.
            Outcome::Unknown => {}
        }
    }

    fn expect_successor(&mut self, id: &str) {
        let Some((series, ordinal)) = self
            .tasks
            .iter()
            .find(|task| task.id == id)
            .and_then(|t| t.series)
        else {
            return;
        };
        let successor = series.occurrence(ordinal + 1).to_string();
        if self.tasks.iter().all(|task| task.id != successor) {
            self.keep(Known {
                id: successor,
                is_open: true,
                series: Some((series, ordinal + 1)),
                coming: Some(Instant::now() + COMING),
            });
        }
    }

    fn keep(&mut self, task: Known) {
        self.tasks.push(task);
        if self.tasks.len() > MAX_KNOWN {
            self.tasks.remove(0);
        }
    }
}

fn known(id: &str, body: &Value) -> Known {
    let series = body
        .get("series_id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let ordinal = body.get("ordinal").and_then(Value::as_i64);
    Known {
        id: id.to_owned(),
        is_open: body.get("status").and_then(Value::as_str) == Some("open"),
        series: series.zip(ordinal.and_then(|ordinal| i32::try_from(ordinal).ok())),
        coming: None,
    }
}

/// Far enough ahead that no slot of a chain is ever missed.
fn due(rng: &mut StdRng) -> Value {
    let day = Utc::now()
        .date_naive()
        .checked_add_days(Days::new(rng.random_range(3..30)))
        .unwrap_or_default();
    let hour = rng.random_range(4..22);
    json!({"datetime": format!("{day}T{hour:02}:30:00"), "timezone": word(&ZONES, rng)})
}

fn word<'a>(words: &[&'a str], rng: &mut StdRng) -> &'a str {
    words
        .get(rng.random_range(0..words.len()))
        .copied()
        .unwrap_or_default()
}
