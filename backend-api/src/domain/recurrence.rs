//! How a task comes back: the rule its user gave, and the series it has become.

use chrono::{DateTime, Utc};
use recurrence::{Anchor, Exceptions, Missed, Rule, SeriesError, WallTime};
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
    pub fn plan(&self, due: &Moment, ordinal: i32, exceptions: Exceptions) -> recurrence::Series {
        recurrence::Series {
            rule: self.rule.clone(),
            zone: due.zone,
            dtstart: due.local,
            count_base: ordinal,
            anchor: self.anchor,
            missed: self.missed,
            exceptions,
        }
    }
}

/// The field that an error is about, if it is one of the exceptions.
fn exceptions_at(error: &SeriesError) -> Option<Pointer> {
    let field = match error {
        SeriesError::ExceptionOfOtherKind { field, .. } | SeriesError::ExceptionTooLate { field, .. } => {
            field
        }
        SeriesError::StartExcluded { .. } => "exdates",
        _ => return None,
    };
    Some(Pointer::root().child(field))
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
            .map_err(|error| match exceptions_at(&error) {
                Some(at) => at.invalid(error),
                None => self.rule_at.invalid(error),
            })
    }
}

/// The occurrences that follow the newest one of a series, completed on time or, if that is over, now; if it was closed, when
/// it was. Costs a search of the calendar for each.
pub fn to_come(
    series: &Series,
    newest: &Task,
    count: usize,
    now: DateTime<Utc>,
) -> Result<Vec<recurrence::Occurrence>, Invalid> {
    let plan = &series.plan;
    let slot = newest
        .occurrence
        .map_or(plan.dtstart, |occurrence| occurrence.slot);
    let from = recurrence::Occurrence {
        slot,
        ordinal: series.last_ordinal,
    };
    let on_time = plan.on_time(&from).max(now);
    let completed_at = newest.completed_at.or(newest.closed_at).unwrap_or(on_time);
    let mut occurrences = plan
        .preview_from(from, count.saturating_add(1), completed_at)
        .map_err(|error| Pointer::root().child("recurrence").child("rrule").invalid(error))?;
    if !occurrences.is_empty() {
        occurrences.remove(0);
    }
    Ok(occurrences)
}

/// A plan whose rule and due time go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPlan(recurrence::Series);

impl CheckedPlan {
    /// Refuses a plan whose rule and due time do not go together. Costs a search of the calendar.
    pub fn new(plan: recurrence::Series) -> Result<Self, Invalid> {
        match plan.check() {
            Ok(()) => Ok(Self(plan)),
            Err(error) => {
                let rule_at = || Pointer::root().child("recurrence").child("rrule");
                Err(exceptions_at(&error).unwrap_or_else(rule_at).invalid(error))
            }
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

    /// The exceptions that still mean something when the rule starts anew there: those later than it, of its kind.
    #[must_use]
    pub fn exceptions_after(&self, start: WallTime) -> Exceptions {
        let later = |slots: &[WallTime]| -> Vec<WallTime> {
            let is_later =
                |slot: &&WallTime| slot.is_all_day() == start.is_all_day() && slot.start() > start.start();
            slots.iter().filter(is_later).copied().collect()
        };
        let known = &self.plan.exceptions;
        // A part of lists that are exceptions is exceptions.
        Exceptions::new(later(known.excluded()), later(known.added())).unwrap_or_default()
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
    /// The same rule from another due time on, with what is left of its COUNT; like [`Self::of`] if the due time stays.
    #[must_use]
    pub fn moved(before: &Task, after: &Details, series: Option<&Series>) -> Self {
        let known = before.occurrence.zip(series.filter(|series| series.alive));
        let wanted = after.recurrence.as_ref().zip(after.due.as_ref());
        let (Some((occurrence, series)), Some((recurrence, due))) = (known, wanted) else {
            return Self::of(before, after, series);
        };
        if before.details.due == after.due {
            return Self::of(before, after, Some(series));
        }
        let passed = occurrence.ordinal - series.plan.count_base;
        let rest = Recurrence {
            rule: recurrence.rule.after(u16::try_from(passed).unwrap_or(0)),
            ..recurrence.clone()
        };
        let exceptions = series.exceptions_after(due.local);
        Self::Revise(rest.plan(due, occurrence.ordinal, exceptions))
    }

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
            Some(occurrence) => {
                let exceptions = series
                    .map(|series| series.exceptions_after(due.local))
                    .unwrap_or_default();
                Self::Revise(wanted.plan(due, occurrence.ordinal, exceptions))
            }
            None => Self::Begin(wanted.plan(due, 1, Exceptions::default())),
        }
    }
}
