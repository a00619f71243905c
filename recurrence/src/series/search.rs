//! What follows an occurrence: the next slot of the rule or the next added wall time, whichever is earlier.

use std::iter::Peekable;

use chrono::{DateTime, Datelike as _, Days, NaiveDateTime, Utc};

use super::{Anchor, Missed, Occurrence, Series, SeriesError};
use crate::rule::{End, Rule};
use crate::slots::{self, Reach, Slots};
use crate::wall::WallTime;

/// How many years of the calendar the searches of one preview may go through.
const SEARCHED_YEARS: i32 = 1_200;
/// What a search that finds nothing goes through at most.
const FRUITLESS_YEARS: i32 = 500;

/// The search for successors in one series, from one occurrence to the next.
pub(super) struct Search<'series> {
    series: &'series Series,
    uncounted: Uncounted,
    run: Option<Run<'series>>,
    searched_years: i32,
}

/// A run through the slots of a rule, from which successors are taken as long as they have the same reach.
struct Run<'series> {
    reach: Reach,
    slots: Peekable<Slots<'series>>,
}

/// Why the number of an occurrence is not the number of its slot in the rule.
#[derive(Default)]
struct Uncounted {
    /// Excluded slots of the rule: they have no occurrence, and `COUNT` counts them.
    excluded: Vec<NaiveDateTime>,
    /// Added wall times: they have an occurrence, and `COUNT` does not count them.
    added: Vec<NaiveDateTime>,
}

impl<'series> Search<'series> {
    pub(super) fn new(series: &'series Series) -> Self {
        let uncounted = match series.rule.end {
            End::Count(_) => Uncounted::of(series),
            End::Never | End::Until(_) => Uncounted::default(),
        };
        Self {
            series,
            uncounted,
            run: None,
            searched_years: 0,
        }
    }

    /// The successor of `occurrence`, which is not earlier than those asked for before; nor is `completed_at`.
    pub(super) fn successor(
        &mut self,
        occurrence: &Occurrence,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<Occurrence>, SeriesError> {
        let ordinal = self.series.next_ordinal(occurrence)?;
        let slot = occurrence.slot;
        let of_rule = self.next_of_rule(occurrence, completed_at)?;
        let added = self.next_added(slot, completed_at);
        let next = match (of_rule, added) {
            (Some(of_rule), Some(added)) => Some(of_rule.min(added)),
            (of_rule, added) => of_rule.or(added),
        };
        Ok(next.map(|at| Occurrence {
            slot: self.series.dtstart.same_kind_at(at),
            ordinal,
        }))
    }

    fn next_of_rule(
        &mut self,
        occurrence: &Occurrence,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<NaiveDateTime>, SeriesError> {
        let number = self.number_after(occurrence);
        let limit = self.series.rule.count().map(i64::from);
        if limit.is_some_and(|limit| number > limit) {
            return Ok(None);
        }
        let next = match self.series.anchor {
            Anchor::Schedule => self.next_on_schedule(occurrence.slot, completed_at),
            Anchor::Completion => self.next_after_completion(occurrence.slot, completed_at),
        }?;
        Ok(next.filter(|next| {
            let number = number + self.uncounted.excluded_before(*next);
            let is_counted_out = limit.is_some_and(|limit| number > limit);
            self.series.is_before_end(self.series.dtstart.same_kind_at(*next)) && !is_counted_out
        }))
    }

    fn next_on_schedule(
        &mut self,
        slot: WallTime,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<NaiveDateTime>, SeriesError> {
        let series = self.series;
        let after = match series.missed {
            Missed::Keep => slot.start(),
            // Slots two days back are over in every zone; the last few are judged by their instant.
            Missed::Skip => slot
                .start()
                .max(days_before(series.zone.to_local(completed_at), 2)),
        };
        self.next_slot(series.dtstart.start(), after, |at| {
            is_in_turn(series, at, completed_at)
        })
    }

    fn next_after_completion(
        &mut self,
        slot: WallTime,
        completed_at: DateTime<Utc>,
    ) -> Result<Option<NaiveDateTime>, SeriesError> {
        let day = self.series.zone.to_local(completed_at).date();
        let restart = day.and_time(self.series.dtstart.start().time());
        self.next_slot(restart, restart.max(slot.start()), |_| true)
    }

    fn next_slot(
        &mut self,
        start: NaiveDateTime,
        after: NaiveDateTime,
        is_in_turn: impl Fn(NaiveDateTime) -> bool,
    ) -> Result<Option<NaiveDateTime>, SeriesError> {
        let series = self.series;
        let is_next = |at: NaiveDateTime| at > after && !series.exceptions.excludes(at) && is_in_turn(at);
        let reach = slots::reach(&series.rule, start, after);
        if let Some(run) = self.run.as_mut().filter(|run| run.reach == reach) {
            return Ok(run.next(is_next));
        }
        if self.searched_years > SEARCHED_YEARS {
            return Err(SeriesError::TooLongPreview {
                years: SEARCHED_YEARS,
            });
        }
        let slots = slots::after(&series.rule, start, after).peekable();
        let next = self.run.insert(Run { reach, slots }).next(is_next);
        let years = next.map_or(FRUITLESS_YEARS, |next| next.year() - after.year());
        self.searched_years += years / i32::from(series.rule.interval);
        Ok(next)
    }

    fn next_added(&self, slot: WallTime, completed_at: DateTime<Utc>) -> Option<NaiveDateTime> {
        let added = self.series.exceptions.added().iter().map(WallTime::start);
        added
            .filter(|at| *at > slot.start())
            .find(|at| is_in_turn(self.series, *at, completed_at))
    }

    /// What `COUNT` counts after `occurrence` as the next slot of the rule, unless excluded ones come before it.
    fn number_after(&self, occurrence: &Occurrence) -> i64 {
        let later = i64::from(occurrence.ordinal) - i64::from(self.series.count_base);
        later - self.uncounted.added_until(occurrence.slot.start()).min(later) + 2
    }
}

impl Run<'_> {
    fn next(&mut self, is_next: impl Fn(NaiveDateTime) -> bool) -> Option<NaiveDateTime> {
        while self.slots.next_if(|at| !is_next(*at)).is_some() {}
        self.slots.peek().copied()
    }
}

impl Uncounted {
    fn of(series: &Series) -> Self {
        let start = series.dtstart.start();
        let later = |slots: &[WallTime]| -> Vec<NaiveDateTime> {
            slots
                .iter()
                .map(WallTime::start)
                .filter(|at| *at > start)
                .collect()
        };
        let excluded = later(series.exceptions.excluded());
        let added = later(series.exceptions.added());
        match series.anchor {
            Anchor::Completion => Self {
                excluded: Vec::new(),
                added,
            },
            Anchor::Schedule => {
                let slots = slots_among(&series.rule, start, &excluded);
                let of_rule = slots_among(&series.rule, start, &added);
                Self {
                    excluded: slots,
                    added: added.into_iter().filter(|at| !of_rule.contains(at)).collect(),
                }
            }
        }
    }

    fn excluded_before(&self, at: NaiveDateTime) -> i64 {
        length(self.excluded.partition_point(|excluded| *excluded < at))
    }

    fn added_until(&self, at: NaiveDateTime) -> i64 {
        length(self.added.partition_point(|added| *added <= at))
    }
}

/// False if the wall time was missed and missed ones are left out.
fn is_in_turn(series: &Series, at: NaiveDateTime, completed_at: DateTime<Utc>) -> bool {
    let due = || series.zone.due_at(series.dtstart.same_kind_at(at));
    series.missed == Missed::Keep || due() > completed_at
}

/// Those of `candidates`, which are in order, that are slots of the rule. No part of the calendar is searched twice.
fn slots_among(rule: &Rule, dtstart: NaiveDateTime, candidates: &[NaiveDateTime]) -> Vec<NaiveDateTime> {
    let mut found = Vec::new();
    let mut next = None;
    for candidate in candidates {
        if next.is_none_or(|next| next < *candidate) {
            let before = candidate.checked_sub_signed(chrono::Duration::seconds(1));
            next = before.and_then(|before| slots::after(rule, dtstart, before).next());
            if next.is_none() {
                break;
            }
        }
        if next == Some(*candidate) {
            found.push(*candidate);
        }
    }
    found
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn days_before(at: NaiveDateTime, days: u64) -> NaiveDateTime {
    at.checked_sub_days(Days::new(days)).unwrap_or(at)
}
