//! A series: a rule at home in a zone, and the occurrence that follows another.

mod search;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;

use crate::exceptions::Exceptions;
use crate::rule::{End, Rule, Until};
use crate::slots;
use crate::wall::WallTime;
use crate::zone::Zone;
use search::Search;

/// The most occurrences that one preview returns.
pub const MAX_PREVIEW: usize = 366;
/// How far a preview goes: a rule that matches every 28 years has no 366 occurrences worth
/// a search of ten thousand years.
const PREVIEW_YEARS: i32 = 400;
/// How far after the first due date an exception may lie, which bounds the search that tells whether it is a slot.
const EXCEPTION_YEARS: i32 = 100;

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
    /// What is left out of the series, and what is added to it.
    ///
    /// - An excluded wall time never becomes an occurrence. One that is no slot of the rule changes nothing, and the
    ///   first due date, which is an occurrence already, is refused by [`Series::check`].
    /// - An added wall time becomes an occurrence in its turn, also after the rule has ended by `COUNT`, by
    ///   `UNTIL` or because it matches nothing more. One that is a slot of the rule too comes once. One that is
    ///   not later than the first due date changes nothing.
    /// - `missed` holds for added wall times too, with both anchors: what is over at completion is left out, or
    ///   comes in its turn.
    /// - With anchor `completion` the rule starts anew after an added occurrence as after any other.
    /// - `COUNT` counts slots of the rule as RFC 5545 does: excluded ones count, also those in a stretch that was
    ///   left out as missed, and added wall times do not unless they are slots of the rule. With anchor
    ///   `completion`, where no slot stands before its turn, no excluded one counts and no added one.
    /// - The number of an occurrence does not say whether an added wall time before it was left out as missed.
    ///   `COUNT` takes it for an occurrence, and then lets one more slot of the rule through.
    pub exceptions: Exceptions,
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
    #[error("{slot} in {field} and the first due date {dtstart} must both be all day or both timed")]
    ExceptionOfOtherKind {
        field: &'static str,
        slot: WallTime,
        dtstart: WallTime,
    },
    #[error("{slot} in {field} lies more than {EXCEPTION_YEARS} years after the first due date: drop it")]
    ExceptionTooLate { field: &'static str, slot: WallTime },
    #[error("the first due date {dtstart} is in exdates: drop it there, or move the due date")]
    StartExcluded { dtstart: WallTime },
    #[error("the occurrence at {slot} and the series from {dtstart} must both be all day or both timed")]
    MixedKinds { slot: WallTime, dtstart: WallTime },
    #[error(
        "the preview would search more than {years} years of the calendar: ask for fewer occurrences, or use anchor schedule"
    )]
    TooLongPreview { years: i32 },
    #[error("the occurrence has the number {ordinal}: it must be at least 1 and leave room for a next one")]
    OrdinalOutOfRange { ordinal: i32 },
}

impl Series {
    /// Says whether the parts go together; the edge that accepts a rule from a person asks this once.
    pub fn check(&self) -> Result<(), SeriesError> {
        self.check_time_of_day()?;
        self.check_exceptions()?;
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
    /// exhausted: no added wall time is left, and the rule has ended by `COUNT`, which does not count slots left
    /// out as missed, by `UNTIL`, or because it matches nothing in the next hundred years or before the year
    /// 10,000.
    pub fn successor(
        &self,
        occurrence: &Occurrence,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<Occurrence>, SeriesError> {
        Search::new(self).successor(occurrence, completed_at)
    }

    /// The first `n` occurrences (at most [`MAX_PREVIEW`], and within 400 years), of which the first is completed at
    /// `completed_at` and each later one on time, or at once if it is late already.
    ///
    /// A rule that matches next to nothing, with anchor `completion` and many added wall times, is refused.
    pub fn preview(&self, n: usize, completed_at: DateTime<Utc>) -> Result<Vec<Occurrence>, SeriesError> {
        self.preview_from(self.first(), n, completed_at)
    }

    /// The same from any occurrence on, which is completed at `completed_at`.
    pub fn preview_from(
        &self,
        occurrence: Occurrence,
        n: usize,
        completed_at: DateTime<Utc>,
    ) -> Result<Vec<Occurrence>, SeriesError> {
        let mut search = Search::new(self);
        let mut occurrences = Vec::new();
        let mut next = Some(occurrence);
        let mut completed_at = completed_at;
        let first_year = occurrence.slot.date().year().max(completed_at.year());
        let last_year = first_year.saturating_add(PREVIEW_YEARS);
        while let Some(occurrence) = next
            && occurrences.len() < n.min(MAX_PREVIEW)
            && occurrence.slot.date().year() <= last_year
        {
            occurrences.push(occurrence);
            next = search.successor(&occurrence, completed_at)?;
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

    fn next_ordinal(&self, occurrence: &Occurrence) -> Result<i32, SeriesError> {
        self.check_time_of_day()?;
        self.check_kind_of_exceptions()?;
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

    fn check_exceptions(&self) -> Result<(), SeriesError> {
        self.check_kind_of_exceptions()?;
        let dtstart = self.dtstart;
        if self.exceptions.excluded().contains(&dtstart) {
            return Err(SeriesError::StartExcluded { dtstart });
        }
        let last_year = dtstart.date().year().saturating_add(EXCEPTION_YEARS);
        let late = self
            .exceptions
            .named()
            .find(|(_, slot)| slot.date().year() > last_year);
        late.map_or(Ok(()), |(field, slot)| {
            Err(SeriesError::ExceptionTooLate { field, slot })
        })
    }

    fn check_kind_of_exceptions(&self) -> Result<(), SeriesError> {
        let dtstart = self.dtstart;
        let mut exceptions = self.exceptions.named();
        let other = exceptions.find(|(_, slot)| slot.is_all_day() != dtstart.is_all_day());
        other.map_or(Ok(()), |(field, slot)| {
            Err(SeriesError::ExceptionOfOtherKind { field, slot, dtstart })
        })
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

#[cfg(test)]
mod exceptional;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
