//! How a task comes back: the rule its user gave, and the series it has become.

use chrono::{DateTime, Utc};
use recurrence::{Anchor, Exceptions, Missed, Rule};
use shared_events::ids::{Position, SeriesId, Version};

use super::invalid::{Invalid, Pointer};
use super::moment::Moment;
use super::task::{Details, Task};

/// What a user says about coming back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    pub rule: Rule,
    pub anchor: Anchor,
    pub missed: Missed,
}

/// A series of tasks that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub id: SeriesId,
    /// Everything that decides when the next occurrence is.
    pub plan: recurrence::Series,
    /// Rises with every change of the plan; a command computed from an older one has no effect.
    pub revision: i64,
    pub alive: bool,
    /// The highest ordinal that exists.
    pub last_ordinal: i32,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recurrence {
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
            exceptions: Exceptions::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The series as it would be.
    pub plan: recurrence::Series,
    pub count: usize,
    pub completed_at: Option<DateTime<Utc>>,
    /// Where the rule stands in the request.
    pub rule_at: Pointer,
}

impl Preview {
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

/// A plan whose rule and due time go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPlan(recurrence::Series);

impl CheckedPlan {
    /// Refuses a plan whose rule and due time do not go together. Costs a search of the calendar.
    pub fn new(plan: recurrence::Series) -> Result<Self, Invalid> {
        match plan.check() {
            Ok(()) => Ok(Self(plan)),
            Err(error) => Err(Pointer::root().child("recurrence").child("rrule").invalid(error)),
        }
    }

    /// True when it is this plan that was checked.
    #[must_use]
    pub fn is(&self, plan: &recurrence::Series) -> bool {
        self.0 == *plan
    }
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesStep {
    Keep,
    /// The task becomes the first occurrence of a new series.
    Begin(recurrence::Series),
    /// The series goes on from this occurrence by another rule.
    Revise(recurrence::Series),
    /// The rule stays, and with it where it starts and what it has counted; what it is anchored to changes, or what
    /// becomes of missed slots.
    Adjust(recurrence::Series),
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
