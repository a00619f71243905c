//! The figures of a dashboard: which days a zone has, and what counts by quarter of an hour and by project come to.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use recurrence::Zone;
use shared_events::ids::ProjectId;

/// The most days that are asked for, and how many there are unless the request says.
pub const MAX_DAYS: usize = 366;
pub const DAYS: usize = 30;

/// How far back a streak is looked for: three years, as each of its days is a look into an index.
pub const STREAK_DAYS: u64 = 1_096;

/// What tasks are counted by: in every zone and since long before the first streak, each day begins with one.
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// The days of a zone up to today; a day that the zone left out is not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    days: Vec<Day>,
    ends: DateTime<Utc>,
    window: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    date: NaiveDate,
    begins: DateTime<Utc>,
}

/// The moment that figures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    pub at: DateTime<Utc>,
    /// When its quarter of an hour began.
    pub quarter: DateTime<Utc>,
    /// When its day began in UTC.
    pub midnight: DateTime<Utc>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Open,
    Overdue,
    DueToday,
    /// On a day of the window.
    DoneOn(usize),
    /// In the window.
    Done,
    /// A day on which something was done, and not how much.
    Streak(usize),
}

/// A part of a figure: of a project, or of all that are without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub figure: Figure,
    pub project: Option<ProjectId>,
    pub count: i64,
}

/// The figures of a project, or of all tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub open: i64,
    pub overdue: i64,
    pub due_today: i64,
    /// In the window.
    pub done: i64,
}

/// How many days in a row something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Streak {
    /// Up to today, or to yesterday as long as today may still come.
    pub current: usize,
    pub longest: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    pub all: Sums,
    /// Each day of the window, the oldest first.
    pub done: Vec<(NaiveDate, i64)>,
    pub streak: Streak,
    by_project: HashMap<Option<ProjectId>, Sums>,
}

impl AsOf {
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        let down_to = |length| at.duration_trunc(length).unwrap_or(at);
        Self {
            at,
            quarter: down_to(QUARTER),
            midnight: down_to(TimeDelta::days(1)),
        }
    }
}

impl Calendar {
    /// The days up to that of `now`, of which the last `window` ones are shown.
    #[must_use]
    pub fn up_to(now: DateTime<Utc>, zone: Zone, window: usize) -> Self {
        let begins = |date: NaiveDate| zone.resolve(date.and_time(NaiveTime::MIN));
        let tomorrow = |date: NaiveDate| date.succ_opt().unwrap_or(date);
        let mut today = zone.to_local(now).date();
        // Clocks that are put back past midnight show yesterday's date again.
        if begins(tomorrow(today)) <= now {
            today = tomorrow(today);
        }
        let ends = begins(tomorrow(today));
        let first = today
            .checked_sub_days(chrono::Days::new(STREAK_DAYS - 1))
            .unwrap_or(today);
        let dates = first.iter_days().take_while(|date| *date <= today);
        let all: Vec<Day> = dates
            .map(|date| Day {
                date,
                begins: begins(date),
            })
            .collect();
        let next = all.iter().skip(1).map(|day| day.begins).chain([ends]);
        let days = all.iter().zip(next).filter(|(day, next)| day.begins < *next);
        let days: Vec<Day> = days.map(|(day, _)| *day).collect();
        Self {
            window: window.min(days.len()),
            days,
            ends,
        }
    }

    /// When each day began.
    #[must_use]
    pub fn begins(&self) -> Vec<DateTime<Utc>> {
        self.days.iter().map(|day| day.begins).collect()
    }

    /// When each day ended.
    #[must_use]
    pub fn ends(&self) -> Vec<DateTime<Utc>> {
        let begins = self.days.iter().skip(1).map(|day| day.begins);
        begins.chain([self.ends]).collect()
    }

    #[must_use]
    pub fn window_begins(&self) -> DateTime<Utc> {
        self.shown().first().map_or(self.ends, |day| day.begins)
    }

    #[must_use]
    pub fn today(&self) -> DateTime<Utc> {
        self.days.last().map_or(self.ends, |day| day.begins)
    }

    #[must_use]
    pub fn tomorrow(&self) -> DateTime<Utc> {
        self.ends
    }

    /// The days of the window.
    fn shown(&self) -> &[Day] {
        let first = self.days.len().saturating_sub(self.window);
        self.days.get(first..).unwrap_or_default()
    }
}

impl Stats {
    /// Adds up. Days are numbered from 0, the oldest of the calendar.
    #[must_use]
    pub fn add_up(calendar: &Calendar, parts: &[Counted]) -> Self {
        let before = calendar.days.len().saturating_sub(calendar.window);
        let mut stats = Self {
            all: Sums::default(),
            done: calendar.shown().iter().map(|day| (day.date, 0)).collect(),
            streak: Streak::default(),
            by_project: HashMap::new(),
        };
        let mut days = Vec::new();
        for part in parts {
            match part.figure {
                Figure::Streak(day) => days.push(day),
                Figure::DoneOn(day) => {
                    let place = day.checked_sub(before);
                    if let Some((_, done)) = place.and_then(|place| stats.done.get_mut(place)) {
                        *done += part.count;
                    }
                }
                figure => {
                    stats.all.add(figure, part.count);
                    let sums = stats.by_project.entry(part.project).or_default();
                    sums.add(figure, part.count);
                }
            }
        }
        stats.streak = Streak::of(days, calendar.days.len());
        stats
    }

    /// Of a project, or of the tasks without one.
    #[must_use]
    pub fn of(&self, project: Option<ProjectId>) -> Sums {
        self.by_project.get(&project).copied().unwrap_or_default()
    }
}

impl Sums {
    fn add(&mut self, figure: Figure, count: i64) {
        match figure {
            Figure::Open => self.open += count,
            Figure::Overdue => self.overdue += count,
            Figure::DueToday => self.due_today += count,
            Figure::Done => self.done += count,
            Figure::DoneOn(_) | Figure::Streak(_) => {}
        }
    }
}

impl Streak {
    /// From the days on which something was done, out of so many of which the last is today.
    fn of(mut days: Vec<usize>, number: usize) -> Self {
        days.sort_unstable();
        days.dedup();
        let (mut run, mut longest, mut last) = (0, 0, None);
        for day in days {
            run = if last.is_some_and(|last| last + 1 == day) {
                run + 1
            } else {
                1
            };
            longest = longest.max(run);
            last = Some(day);
        }
        let goes_on = last.is_some_and(|last| last + 2 >= number);
        Self {
            current: if goes_on { run } else { 0 },
            longest,
        }
    }
}

#[cfg(test)]
mod tests;
