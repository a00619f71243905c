//! When a task is reminded of.

use chrono::{NaiveDateTime, NaiveTime};
use recurrence::WallTime;

use super::{Place, Resolver};
use crate::calendar::Next;
use crate::item::Said;
use crate::language::phrase::Slot;
use crate::reading::{NoteKind, Reminder, SpanKind};
use crate::value::{self, Certainty, Moment, Time, Value};

/// A task has so many at most.
const MAX_REMINDERS: usize = 20;
/// As long before as a reminder can be.
const MAX_MINUTES: u64 = 366 * 24 * 60;
/// The time of day of a reminder that names none, where the task has none either.
const MORNING: Time = Time {
    minutes: 9 * 60,
    certainty: Certainty::Part,
};

impl Resolver<'_> {
    pub(super) fn reminders(&mut self) {
        for place in 0..self.items.len() {
            let said = self
                .items
                .get(place)
                .filter(|item| item.is_taken())
                .map(|item| item.said.clone());
            let Some(Said::Phrase(Slot::Reminder, Value::Reminder(reminder))) = said else {
                continue;
            };
            match self.reminder(place, reminder) {
                Ok(reminder) => self.remind(place, reminder),
                Err(why) => self.leave(place, why),
            }
        }
    }

    fn remind(&mut self, place: Place, reminder: Reminder) {
        if self.reading.reminders.contains(&reminder) {
            return self.leave(place, "it repeats an earlier reminder");
        }
        if self.reading.reminders.len() == MAX_REMINDERS {
            return self.leave(place, "a task has 20 reminders at most");
        }
        self.reading.reminders.push(reminder);
        self.span(place, SpanKind::Reminder, reminder.to_string());
    }

    fn reminder(&mut self, place: Place, reminder: value::Reminder) -> Result<Reminder, &'static str> {
        match reminder {
            value::Reminder::At(moment) => self.remind_at(place, moment),
            value::Reminder::Before {
                length,
                counts_from_start,
            } => {
                let counted = if counts_from_start {
                    self.reading.start
                } else {
                    self.reading.due
                };
                let Some(counted) = counted else {
                    return Err("it counts from a time that the text does not name");
                };
                if u64::from(length.days) * 24 * 60 + u64::from(length.minutes) > MAX_MINUTES {
                    return Err("a reminder comes 366 days before at most");
                }
                if counted.is_all_day() && !counts_from_start {
                    let message = "the task is due all day, and the reminder counts from the end of that day";
                    self.note(place, NoteKind::Assumed, message);
                }
                Ok(Reminder::Before {
                    days: length.days,
                    minutes: length.minutes,
                    counts_from_start,
                })
            }
        }
    }

    fn remind_at(&mut self, place: Place, moment: Moment) -> Result<Reminder, &'static str> {
        let due_time = match self.reading.due {
            Some(WallTime::Timed(at)) => Some(at.time()),
            _ => None,
        };
        let at = match moment.day {
            Some(day) => {
                let dated = self.calendar.date(day)?;
                let at = dated.at.unwrap_or_else(|| {
                    let time = moment
                        .time
                        .map(Time::of_day)
                        .or(due_time)
                        .unwrap_or(MORNING.of_day());
                    dated.date.and_time(time)
                });
                if dated.at.is_none() && moment.time.is_none() {
                    self.note(
                        place,
                        NoteKind::Assumed,
                        format!("{} was taken", at.format("%H:%M")),
                    );
                }
                if self.calendar.is_over(at) {
                    return Err("it has passed");
                }
                self.note_dated(place, &dated);
                at
            }
            None => self.on_day_of_due(moment.time.ok_or("it names no time")?.of_day())?,
        };
        if let Some(time) = moment.time {
            self.note_time(place, time);
        }
        Ok(Reminder::At(at))
    }

    /// The last such time before it is due; without that, the next one.
    fn on_day_of_due(&self, time: NaiveTime) -> Result<NaiveDateTime, &'static str> {
        let Some(due) = self.reading.due else {
            let today = self.calendar.today.and_time(time);
            if !self.calendar.is_over(today) {
                return Ok(today);
            }
            let tomorrow = self.calendar.next(today.date(), Next::Day);
            return tomorrow
                .map(|day| day.and_time(time))
                .ok_or("it lies beyond the calendar");
        };
        let same_day = due.date().and_time(time);
        let at = match due {
            WallTime::Timed(due) if same_day > due => {
                let day_before = due.date().pred_opt().ok_or("it lies beyond the calendar")?;
                day_before.and_time(time)
            }
            _ => same_day,
        };
        if self.calendar.is_over(at) {
            return Err("it has passed");
        }
        Ok(at)
    }
}
