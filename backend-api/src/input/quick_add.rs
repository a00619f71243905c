//! A line of text, as requests give it, and the task that it is read as.

use chrono::{DateTime, Utc};
use quick_add::{Context, Language, Reading, Reminder, UnknownLanguage};
use recurrence::{Anchor, WallTime, Zone};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service_kit::http::read;
use shared_events::ids::{ProjectId, TagId};
use utoipa::ToSchema;

use super::task::NewTask;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::project::ProjectName;
use crate::domain::reminder::START;
use crate::domain::settings::Choices;
use crate::domain::tag::TagName;
use crate::domain::text::{QuickText, Title};
use crate::error::Error;

/// A line to be read as a task.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(
    json!({
        "text": "pay rent every last weekday at 9 p1 #home remind 1h before",
        "timezone": "Europe/Berlin",
        "create_missing": true,
    }),
    json!({"text": "Mama übermorgen um 9 Uhr anrufen", "language": "de", "timezone": "Europe/Berlin", "dry_run": true}),
))]
pub struct QuickAddRequest {
    /// What is to be done and when, on one line: see docs/QUICK_ADD.md.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    text: QuickText,
    /// The language of the text: `en` or `de`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "en", pattern = "^(en|de)$")]
    language: Option<LanguageCode>,
    /// IANA zone of the times in the text; that of the settings if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, format = "zone")]
    timezone: Option<Zone>,
    /// True reads the text and creates nothing.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
    /// True creates the tags and the project that the text names and that do not exist, along with the task.
    #[serde(default)]
    #[schema(default = false)]
    pub create_missing: bool,
}

/// A language that can be read.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct LanguageCode(Language);

impl TryFrom<String> for LanguageCode {
    type Error = UnknownLanguage;

    fn try_from(code: String) -> Result<Self, UnknownLanguage> {
        code.parse().map(Self)
    }
}

/// A text that was read.
#[derive(Debug, Clone)]
pub struct Understood {
    pub reading: Reading,
    pub tags: Vec<TagName>,
    pub project: Option<ProjectName>,
    zone: Zone,
}

impl QuickAddRequest {
    /// What the text says, to a user who chose this, now.
    pub fn understood(&self, choices: &Choices, now: DateTime<Utc>) -> Result<Understood, Invalid> {
        let zone = self.timezone.or(choices.zone);
        let context = Context {
            now,
            zone: zone.unwrap_or(Zone::UTC),
            first_day_of_week: choices.first_day_of_week.weekday(),
            language: self
                .language
                .map(|LanguageCode(language)| language)
                .unwrap_or_default(),
        };
        let reading = quick_add::read(self.text.as_str(), &context);
        if zone.is_none() && names_a_time(&reading) {
            let at = Pointer::root().child("timezone");
            return Err(at.invalid(
                "is required for a text that names a time, since the settings (`/v1/me`) name none",
            ));
        }
        let tags = reading.tags.iter().map(|name| {
            let tag = name.parse::<TagName>();
            tag.map_err(|error| at_text().invalid(format!("names the tag {name:?}, which {error}")))
        });
        let project = reading.project.as_ref().map(|name| {
            let project = name.parse::<ProjectName>();
            project.map_err(|error| at_text().invalid(format!("names the project {name:?}, which {error}")))
        });
        Ok(Understood {
            tags: tags.collect::<Result<_, _>>()?,
            project: project.transpose()?,
            reading,
            zone: context.zone,
        })
    }
}

impl Understood {
    /// The body with which `POST /v1/tasks` creates the task; none if no word is left for its title.
    #[must_use]
    pub fn body(&self, tags: &[TagId], project: Option<ProjectId>) -> Option<Value> {
        let reading = &self.reading;
        if reading.title.is_empty() {
            return None;
        }
        let mut body = Map::new();
        let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
        say("title", json!(reading.title));
        if let Some(priority) = reading.priority {
            say("priority", json!(priority.as_str()));
        }
        if !tags.is_empty() {
            say("tags", json!(tags));
        }
        if let Some(project) = project {
            say("project_id", json!(project));
        }
        if let Some(start) = reading.start {
            say("start", moment(start, self.zone));
        }
        if let Some(due) = reading.due {
            say("due", moment(due, self.zone));
        }
        if let Some(recurrence) = &reading.recurrence {
            let anchor = match recurrence.anchor {
                Anchor::Schedule => "schedule",
                Anchor::Completion => "completion",
            };
            say(
                "recurrence",
                json!({"rrule": recurrence.rule.to_string(), "anchor": anchor}),
            );
        }
        if !reading.reminders.is_empty() {
            let reminders: Vec<Value> = reading
                .reminders
                .iter()
                .map(|one| reminder(one, self.zone))
                .collect();
            say("reminders", Value::Array(reminders));
        }
        if let Some(estimate) = reading.estimate {
            say("estimate", json!(estimate));
        }
        Some(Value::Object(body))
    }

    /// The task itself, checked as that of any other request.
    pub fn new_task(&self, body: Option<&Value>) -> Result<NewTask, Error> {
        let Some(body) = body else {
            return Err(at_text()
                .invalid("leaves no word for the title; add what is to be done")
                .into());
        };
        if let Err(error) = Title::parse(&self.reading.title) {
            return Err(at_text().invalid(format!("leaves a title that {error}")).into());
        }
        Ok(read(body)?)
    }
}

/// Where a request can be wrong by itself, and not by the task that its text is read as.
const OF_REQUEST: [&str; 2] = ["/text", "/timezone"];

/// What is wrong with the task is wrong with the text.
pub fn of_text(error: Error) -> Error {
    let is_of_request = |invalid: &Invalid| OF_REQUEST.contains(&invalid.pointer.as_str());
    match error {
        Error::Invalid(invalid) if !is_of_request(&invalid) => Error::Invalid(Invalid {
            detail: format!(
                "is read as a task of which {} {}",
                invalid.pointer, invalid.detail
            ),
            pointer: at_text().invalid("").pointer,
            ..invalid
        }),
        other => other,
    }
}

/// Where the text stands.
#[must_use]
pub fn at_text() -> Pointer {
    Pointer::root().child("text")
}

fn names_a_time(reading: &Reading) -> bool {
    reading.due.is_some() || reading.start.is_some() || !reading.reminders.is_empty()
}

fn moment(wall: WallTime, zone: Zone) -> Value {
    match wall {
        WallTime::AllDay(date) => json!({"date": date.to_string(), "timezone": zone.name()}),
        WallTime::Timed(_) => json!({"datetime": wall.to_string(), "timezone": zone.name()}),
    }
}

fn reminder(reminder: &Reminder, zone: Zone) -> Value {
    match reminder {
        Reminder::Before {
            counts_from_start: true,
            ..
        } => {
            json!({"before": reminder.to_string(), "relative_to": START})
        }
        Reminder::Before { .. } => json!({"before": reminder.to_string()}),
        Reminder::At(at) => {
            json!({"at": zone.resolve(*at).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)})
        }
    }
}
