//! A series: a rule at home in a zone, and the occurrence that follows another.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, NaiveDateTime, Utc};
use serde::Deserialize;

use crate::rule::{End, Rule, Until};
use crate::slots;
use crate::wall::WallTime;
use crate::zone::Zone;

/// The most occurrences that one preview returns.
pub const MAX_PREVIEW: usize = 366;
/// How far a preview goes: a rule that matches every 28 years has no 366 occurrences worth
/// a search of ten thousand years.
const PREVIEW_YEARS: i32 = 400;

/// Everything that decides when a task comes back.
///
/// The task that the series begins with (at this revision) is its first occurrence whether or not its due
/// date matches the rule; the rule decides all that follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    /// What repeats.
    pub rule: Rule,
    /// Where wall times are resolved.
    pub zone: Zone,
    /// The wall time at which the first occurrence of this revision is due.
    pub dtstart: WallTime,
    /// The ordinal of that occurrence, at which `COUNT` counts one.
    pub count_base: i32,
    /// What the next slot is counted from.
    pub anchor: Anchor,
    /// What happens to slots that passed while the task was open.
    pub missed: Missed,
}

/// One occurrence of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// The wall time that the rule gives it, which stays when a person moves its due date.
    pub slot: WallTime,
    /// Its number in the series, from 1.
    pub ordinal: i32,
}

/// What the next slot is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// The calendar: the rule runs on from its first occurrence.
    #[default]
    Schedule,
    /// The day of completion: the rule starts anew there, at the same time of day.
    Completion,
}

/// What happens to slots that passed while the task was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// They are left out: the next occurrence is still ahead at completion.
    #[default]
    Skip,
    /// Each comes in its turn, though it is already over.
    Keep,
}

/// A word that is neither of the two allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {expected}")]
pub struct UnknownWord {
    /// What the word was for.
    pub field: &'static str,
    /// The words allowed.
    pub expected: &'static str,
}

/// A series whose parts do not go together.
#[expect(missing_docs, reason = "the messages say it")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("the rule names a time of day but the task is due all day: drop BYHOUR, BYMINUTE and BYSECOND")]
    TimeOfDayOnAllDay,
    #[error("UNTIL={until} lies before the first due date {dtstart}: move UNTIL or the due date")]
    UntilBeforeStart { until: String, dtstart: WallTime },
    #[error(
        "the rule matches no date in the century after {dtstart}: change INTERVAL or one of the BY… parts"
    )]
    NeverMatches { dtstart: WallTime },
    #[error("the occurrence at {slot} and the series from {dtstart} must both be all day or both timed")]
    MixedKinds { slot: WallTime, dtstart: WallTime },
    #[error("the occurrence has the number {ordinal}: it must be at least 1 and leave room for a next one")]
    OrdinalOutOfRange { ordinal: i32 },
}

impl Series {
    /// Says whether the parts go together; the edge that accepts a rule from a person asks this once.
    pub fn check(&self) -> Result<(), SeriesError> {
        self.check_time_of_day()?;
        if let End::Until(until) = self.rule.end
            && !self.reaches(self.dtstart, until)
        {
            return Err(SeriesError::UntilBeforeStart {
                until: until.to_string(),
                dtstart: self.dtstart,
            });
        }
        let start = self.dtstart.start();
        match slots::after(&self.rule, start, start).next() {
            Some(_) => Ok(()),
            None => Err(SeriesError::NeverMatches {
                dtstart: self.dtstart,
            }),
        }
    }

    /// The occurrence that follows `occurrence`, which was completed (or skipped) at `completed_at`.
    ///
    /// It is always later than `occurrence` and its number is one higher. `None` means that the series is
    /// exhausted: by `COUNT`, which counts occurrences and not slots left out, by `UNTIL`, or because the rule
    /// matches nothing in the next hundred years or before the year 10,000.
    pub fn successor(
        &self,
        occurrence: &Occurrence,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<Occurrence>, SeriesError> {
        let ordinal = self.next_ordinal(occurrence)?;
        if self.is_counted_out(ordinal) {
            return Ok(None);
        }
        let next = match self.anchor {
            Anchor::Schedule => self.next_on_schedule(occurrence.slot, completed_at),
            Anchor::Completion => self.next_after_completion(occurrence.slot, completed_at),
        };
        let slot = next.map(|at| self.dtstart.same_kind_at(at));
        Ok(slot
            .filter(|slot| self.is_before_end(*slot))
            .map(|slot| Occurrence { slot, ordinal }))
    }

    /// The first `n` occurrences (at most [`MAX_PREVIEW`], and within 400 years), of which the first is completed at
    /// `completed_at` and each later one on time, or at once if it is late already.
    pub fn preview(&self, n: usize, completed_at: DateTime<Utc>) -> Result<Vec<Occurrence>, SeriesError> {
        let mut occurrences = Vec::new();
        let mut next = Some(self.first());
        let mut completed_at = completed_at;
        let first_year = self.dtstart.date().year().max(completed_at.year());
        let last_year = first_year.saturating_add(PREVIEW_YEARS);
        while let Some(occurrence) = next
            && occurrences.len() < n.min(MAX_PREVIEW)
            && occurrence.slot.date().year() <= last_year
        {
            occurrences.push(occurrence);
            next = self.successor(&occurrence, completed_at)?;
            if let Some(next) = &next {
                completed_at = completed_at.max(self.on_time(next));
            }
        }
        Ok(occurrences)
    }

    /// When somebody who is on time completes an occurrence: when its time, or its day, begins.
    pub fn on_time(&self, occurrence: &Occurrence) -> DateTime<Utc> {
        self.zone.resolve(occurrence.slot.start())
    }

    /// The occurrence that the series begins with.
    pub fn first(&self) -> Occurrence {
        Occurrence {
            slot: self.dtstart,
            ordinal: self.count_base,
        }
    }

    fn next_on_schedule(&self, slot: WallTime, completed_at: DateTime<Utc>) -> Option<NaiveDateTime> {
        let after = match self.missed {
            Missed::Keep => slot.start(),
            // Slots two days back are over in every zone; the last few are judged by their instant.
            Missed::Skip => slot.start().max(days_before(self.zone.to_local(completed_at), 2)),
        };
        slots::after(&self.rule, self.dtstart.start(), after)
            .find(|at| self.missed == Missed::Keep || self.is_ahead(*at, completed_at))
    }

    fn next_after_completion(&self, slot: WallTime, completed_at: DateTime<Utc>) -> Option<NaiveDateTime> {
        let day = self.zone.to_local(completed_at).date();
        let restart = day.and_time(self.dtstart.start().time());
        slots::after(&self.rule, restart, restart.max(slot.start())).next()
    }

    fn is_ahead(&self, at: NaiveDateTime, completed_at: DateTime<Utc>) -> bool {
        self.zone.due_at(self.dtstart.same_kind_at(at)) > completed_at
    }

    fn next_ordinal(&self, occurrence: &Occurrence) -> Result<i32, SeriesError> {
        self.check_time_of_day()?;
        let Occurrence { slot, ordinal } = *occurrence;
        if slot.is_all_day() != self.dtstart.is_all_day() {
            return Err(SeriesError::MixedKinds {
                slot,
                dtstart: self.dtstart,
            });
        }
        let next = if ordinal >= 1 {
            ordinal.checked_add(1)
        } else {
            None
        };
        next.ok_or(SeriesError::OrdinalOutOfRange { ordinal })
    }

    fn check_time_of_day(&self) -> Result<(), SeriesError> {
        if self.dtstart.is_all_day() && self.rule.names_time_of_day() {
            return Err(SeriesError::TimeOfDayOnAllDay);
        }
        Ok(())
    }

    fn is_counted_out(&self, ordinal: i32) -> bool {
        let number = i64::from(ordinal) - i64::from(self.count_base) + 1;
        self.rule.count().is_some_and(|count| number > i64::from(count))
    }

    fn is_before_end(&self, slot: WallTime) -> bool {
        match self.rule.end {
            End::Until(until) => self.reaches(slot, until),
            End::Never | End::Count(_) => true,
        }
    }

    /// True if `slot` is not later than `until`; a date includes its whole day.
    fn reaches(&self, slot: WallTime, until: Until) -> bool {
        match (slot, until) {
            (_, Until::Date(date)) => slot.date() <= date,
            (WallTime::Timed(at), Until::Local(until)) => at <= until,
            (WallTime::AllDay(date), Until::Local(until)) => date <= until.date(),
            (WallTime::Timed(at), Until::Utc(until)) => self.zone.resolve(at) <= until.and_utc(),
            (WallTime::AllDay(date), Until::Utc(until)) => date <= self.zone.to_local(until.and_utc()).date(),
        }
    }
}

impl Anchor {
    /// The word for it, as in JSON and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Completion => "completion",
        }
    }
}

impl Missed {
    /// The word for it, as in JSON and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Keep => "keep",
        }
    }
}

impl FromStr for Anchor {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "schedule" => Ok(Self::Schedule),
            "completion" => Ok(Self::Completion),
            _ => Err(UnknownWord {
                field: "anchor",
                expected: "schedule or completion",
            }),
        }
    }
}

impl FromStr for Missed {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "skip" => Ok(Self::Skip),
            "keep" => Ok(Self::Keep),
            _ => Err(UnknownWord {
                field: "missed",
                expected: "skip or keep",
            }),
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn days_before(at: NaiveDateTime, days: u64) -> NaiveDateTime {
    at.checked_sub_days(Days::new(days)).unwrap_or(at)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
