//! How a task comes back: the rule its user gave, and the series it has become.

use chrono::{DateTime, Utc};
use recurrence::{Anchor, Missed, Rule, Simple, Unit};
use shared_events::ids::{Position, SeriesId, Version};

use super::input::{Invalid, Object, Pointer, Rule as BodyRule};
use super::moment::Moment;
use super::task::{Details, Task};

/// What a user says about coming back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// What repeats.
    pub rule: Rule,
    /// What the next slot is counted from.
    pub anchor: Anchor,
    /// What happens to slots that passed meanwhile.
    pub missed: Missed,
}

/// A series of tasks that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Identity.
    pub id: SeriesId,
    /// Everything that decides when the next occurrence is.
    pub plan: recurrence::Series,
    /// Rises with every change of the plan; a command computed from an older one has no effect.
    pub revision: i64,
    /// False once it ended.
    pub alive: bool,
    /// The highest ordinal that exists.
    pub last_ordinal: i32,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Recurrence {
    /// Reads the field `recurrence`: RFC 5545 text, or the simple form; it needs a due time to start from.
    pub fn read(task: &Object<'_>, due: Option<&Moment>) -> Result<Option<Self>, Invalid> {
        let Some(value) = task.get("recurrence") else {
            return Ok(None);
        };
        let recurrence = Self::parse(value, task.at("recurrence"))?;
        if due.is_none() {
            return Err(task
                .at("due")
                .breaks(BodyRule::MissingField, "is required for a task that recurs"));
        }
        Ok(Some(recurrence))
    }

    /// Reads `{"rrule": …}` or `{"every": …, "unit": …}`, each with `anchor` and `missed`.
    pub fn parse(value: &serde_json::Value, at: Pointer) -> Result<Self, Invalid> {
        Self::of(&Object::read(value, at, &Self::FIELDS)?)
    }

    const FIELDS: [&str; 5] = ["rrule", "every", "unit", "anchor", "missed"];

    fn of(body: &Object<'_>) -> Result<Self, Invalid> {
        let simple = body.get("every").is_some() || body.get("unit").is_some();
        let rule = match (body.parse::<Rule>("rrule")?, simple) {
            (Some(rule), false) => rule,
            (None, true) => simple_rule(body)?,
            (Some(_), true) => {
                return Err(body
                    .here()
                    .invalid("has both `rrule` and `every`/`unit`: give one form"));
            }
            (None, false) => return Err(body.at("rrule").breaks(BodyRule::MissingField, "is required")),
        };
        let anchor = body.parse("anchor")?.unwrap_or_default();
        let missed = body.parse("missed")?.unwrap_or_default();
        Ok(Self { rule, anchor, missed })
    }

    /// The plan that starts with the occurrence of this ordinal and due time.
    #[must_use]
    pub fn plan(&self, due: &Moment, ordinal: i32) -> recurrence::Series {
        recurrence::Series {
            rule: self.rule.clone(),
            zone: due.zone,
            dtstart: due.local,
            count_base: ordinal,
            anchor: self.anchor,
            missed: self.missed,
        }
    }
}

/// What a preview is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The series as it would be.
    pub plan: recurrence::Series,
    /// How many occurrences.
    pub count: usize,
    /// When the first one is completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// Where the rule stands in the request.
    rule_at: Pointer,
}

impl Preview {
    /// How many occurrences there are unless the request says.
    const COUNT: u64 = 10;

    /// Reads a recurrence with `start`, `timezone`, `count` and `completed_at` beside it.
    pub fn parse(value: &serde_json::Value) -> Result<Self, Invalid> {
        let known = [
            &Recurrence::FIELDS[..],
            &["start", "timezone", "count", "completed_at"],
        ]
        .concat();
        let body = Object::read(value, Pointer::root(), &known)?;
        let recurrence = Recurrence::of(&body)?;
        let start = Moment {
            local: body.required("start")?,
            zone: body.required("timezone")?,
        };
        let most = u64::try_from(recurrence::MAX_PREVIEW).unwrap_or(u64::MAX);
        let count = body.integer("count", 1..=most)?.unwrap_or(Self::COUNT);
        let completed_at = body.parse::<Instant>("completed_at")?;
        let is_text = body.get("rrule").is_some();
        Ok(Self {
            plan: recurrence.plan(&start, 1),
            count: usize::try_from(count).unwrap_or(usize::MAX),
            completed_at: completed_at.map(|Instant(at)| at),
            rule_at: body.at(if is_text { "rrule" } else { "every" }),
        })
    }

    /// The occurrences, as completing each would create the next. Costs a search of the calendar for each.
    pub fn occurrences(&self, now: DateTime<Utc>) -> Result<Vec<recurrence::Occurrence>, Invalid> {
        let plan = &self.plan;
        let on_time = plan.on_time(&plan.first());
        let completed_at = self.completed_at.unwrap_or(on_time.max(now));
        plan.check()
            .and_then(|()| plan.preview(self.count, completed_at))
            .map_err(|error| self.rule_at.invalid(error))
    }
}

/// A point in time as RFC 3339 has it.
struct Instant(DateTime<Utc>);

impl std::str::FromStr for Instant {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .map(|at| Self(at.to_utc()))
            .map_err(|_| "must be a point in time with its offset, like 2026-12-01T08:00:00Z")
    }
}

/// Refuses a plan whose rule and due time do not go together.
pub fn check(plan: &recurrence::Series) -> Result<(), Invalid> {
    plan.check()
        .map_err(|error| Pointer::root().child("recurrence").child("rrule").invalid(error))
}

fn simple_rule(body: &Object<'_>) -> Result<Rule, Invalid> {
    let every = body.integer("every", 1..=u64::from(u16::MAX))?.unwrap_or(1);
    let unit = match body.required_text("unit")? {
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        _ => return Err(body.at("unit").invalid("must be one of day, week, month, year")),
    };
    let every = u16::try_from(every).map_err(|error| body.at("every").invalid(error))?;
    Simple { every, unit }
        .rule()
        .map_err(|error| body.at("every").invalid(error))
}

impl Series {
    /// A series that has just come to be, with the given plan.
    #[must_use]
    pub fn begin(plan: recurrence::Series, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            id: SeriesId::new(),
            last_ordinal: plan.count_base,
            plan,
            revision: 1,
            alive: true,
            version: Version(1),
            position,
            created_at: now,
            updated_at: now,
        }
    }

    /// The series with another plan: commands computed from the old one lose their effect.
    #[must_use]
    pub fn revised(&self, plan: recurrence::Series, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            plan,
            revision: self.revision + 1,
            alive: true,
            ..self.changed(position, now)
        }
    }

    /// The series at its end: no occurrence follows.
    #[must_use]
    pub fn ended(&self, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            alive: false,
            ..self.changed(position, now)
        }
    }

    fn changed(&self, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            version: self.version.next(),
            position,
            updated_at: now,
            ..self.clone()
        }
    }

    /// What its tasks say about coming back: nothing once it ended.
    #[must_use]
    pub fn recurrence(&self) -> Option<Recurrence> {
        self.alive.then(|| Recurrence {
            rule: self.plan.rule.clone(),
            anchor: self.plan.anchor,
            missed: self.plan.missed,
        })
    }
}

/// What an edit means for the series of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesStep {
    /// The rule stays as it is.
    Keep,
    /// The task becomes the first occurrence of a new series.
    Begin(recurrence::Series),
    /// The series goes on from this occurrence by another rule.
    Revise(recurrence::Series),
    /// The rule stays, and with it where it starts and what it has counted; what it is anchored to changes, or what
    /// becomes of missed slots.
    Adjust(recurrence::Series),
    /// The series ends.
    End,
}

impl SeriesStep {
    /// Compares what a task says about coming back with what it is to say.
    #[must_use]
    pub fn of(before: &Task, after: &Details, series: Option<&Series>) -> Self {
        if before.details.recurrence == after.recurrence {
            return Self::Keep;
        }
        let Some((wanted, due)) = after.recurrence.as_ref().zip(after.due.as_ref()) else {
            return Self::End;
        };
        let unchanged = series.filter(|series| series.alive && series.plan.rule == wanted.rule);
        if let Some(series) = unchanged {
            return Self::Adjust(recurrence::Series {
                anchor: wanted.anchor,
                missed: wanted.missed,
                ..series.plan.clone()
            });
        }
        match before.occurrence {
            Some(occurrence) => Self::Revise(wanted.plan(due, occurrence.ordinal)),
            None => Self::Begin(wanted.plan(due, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parse(value: &Value) -> Result<Recurrence, Invalid> {
        Recurrence::parse(value, Pointer::root().child("recurrence"))
    }

    #[test]
    fn both_forms_of_a_rule_are_read() {
        let text = parse(&json!({"rrule": "FREQ=DAILY;INTERVAL=2"})).expect("a rule");
        let simple = parse(&json!({"every": 2, "unit": "day"})).expect("a rule");
        assert_eq!(text, simple);
        assert_eq!((text.anchor, text.missed), (Anchor::Schedule, Missed::Skip));
    }

    fn previewed(changes: &Value) -> Result<Preview, Invalid> {
        let mut body =
            json!({"rrule": "FREQ=DAILY", "start": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"});
        for (name, value) in changes.as_object().expect("an object") {
            body[name] = value.clone();
        }
        Preview::parse(&body)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect(text)
    }

    #[test]
    fn a_preview_is_completed_when_it_says_or_in_time_or_now_when_it_is_late() {
        let second = |preview: &Preview, now: &str| {
            let occurrences = preview.occurrences(at(now)).expect("occurrences");
            occurrences[1].slot.to_string()
        };
        let unsaid = previewed(&json!({})).expect("a preview");
        assert_eq!(unsaid.count, 10);
        assert_eq!(second(&unsaid, "2026-11-01T00:00:00Z"), "2026-12-02T09:00:00");
        assert_eq!(second(&unsaid, "2026-12-05T07:00:00Z"), "2026-12-05T09:00:00");
        let said = previewed(&json!({"completed_at": "2026-12-03T12:00:00+01:00"})).expect("a preview");
        assert_eq!(second(&said, "2026-12-05T07:00:00Z"), "2026-12-04T09:00:00");
    }

    #[test]
    fn each_mistake_in_a_preview_is_pointed_at() {
        for (changes, pointer) in [
            (json!({"rrule": null}), "/rrule"),
            (json!({"rrule": "FREQ=SOMETIMES"}), "/rrule"),
            (json!({"every": 1, "unit": "month"}), ""),
            (json!({"rrule": null, "every": 1}), "/unit"),
            (json!({"rrule": null, "every": 0, "unit": "day"}), "/every"),
            (json!({"start": null}), "/start"),
            (json!({"start": "tomorrow"}), "/start"),
            (json!({"start": "2026-12-01T09:00:00Z"}), "/start"),
            (json!({"timezone": null}), "/timezone"),
            (json!({"timezone": "Mars/Olympus"}), "/timezone"),
            (json!({"count": 0}), "/count"),
            (json!({"count": 367}), "/count"),
            (json!({"anchor": "never"}), "/anchor"),
            (json!({"missed": "maybe"}), "/missed"),
            (json!({"completed_at": "2026-12-01T09:00:00"}), "/completed_at"),
            (json!({"recurrence": {}}), "/recurrence"),
        ] {
            assert_eq!(
                previewed(&changes).expect_err("refused").pointer,
                pointer,
                "{changes}"
            );
        }
        for (changes, pointer) in [
            (
                json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20200101"}),
                "/rrule",
            ),
            (
                json!({"start": "2026-12-01", "rrule": "FREQ=DAILY;BYHOUR=9"}),
                "/rrule",
            ),
            (json!({"rrule": null, "every": 60_000, "unit": "year"}), "/every"),
        ] {
            let refused =
                previewed(&changes).and_then(|preview| preview.occurrences(at("2026-11-01T00:00:00Z")));
            assert_eq!(refused.expect_err("refused").pointer, pointer, "{changes}");
        }
    }

    #[test]
    fn each_mistake_is_pointed_at() {
        for (body, pointer) in [
            (json!({"rrule": "FREQ=SOMETIMES"}), "/recurrence/rrule"),
            (
                json!({"rrule": "FREQ=DAILY", "anchor": "never"}),
                "/recurrence/anchor",
            ),
            (json!({"rrule": "FREQ=DAILY", "missed": 1}), "/recurrence/missed"),
            (
                json!({"rrule": "FREQ=DAILY", "every": 1, "unit": "day"}),
                "/recurrence",
            ),
            (json!({"every": 0, "unit": "day"}), "/recurrence/every"),
            (json!({"every": 1, "unit": "hour"}), "/recurrence/unit"),
            (json!({"every": 1}), "/recurrence/unit"),
            (json!({}), "/recurrence/rrule"),
            (json!({"rule": "FREQ=DAILY"}), "/recurrence/rule"),
            (json!("FREQ=DAILY"), "/recurrence"),
        ] {
            assert_eq!(parse(&body).expect_err("refused").pointer, pointer, "{body}");
        }
    }
}
