//! When a task is due, when it begins, and how it comes back.

use chrono::{NaiveDate, NaiveTime};
use recurrence::{Anchor, WallTime};

use super::{Place, Resolver};
use crate::calendar::{Dated, Next};
use crate::item::Said;
use crate::language::phrase::Slot;
use crate::reading::{NoteKind, Recurrence, SpanKind};
use crate::rhythm::{End, wall};
use crate::value::{Certainty, Day, Moment, Rhythm, Time, Unit, Until, Value};

/// Why an hour does not go with `tonight` or `every evening`.
const OTHER_PART: &str = "it is no hour of that part of the day; write it without the part";

/// An item that says a day, and the day.
type DayItem = (Place, Dated, Option<Time>);

impl Resolver<'_> {
    pub(super) fn schedule(&mut self) {
        let mut day = self.day();
        let time = self.time(day.as_mut());
        match self.taken(Slot::Rhythm) {
            Some((place, Value::Rhythm(rhythm))) => self.recurring(place, rhythm, day, time),
            _ => self.once(day, time),
        }
    }

    /// The day on which it is due, if one is named that can be taken.
    fn day(&mut self) -> Option<DayItem> {
        let (place, value) = self.taken(Slot::Day)?;
        let Value::Day(moment) = value else {
            return None;
        };
        self.dated(place, moment)
    }

    fn dated(&mut self, place: Place, moment: Moment) -> Option<DayItem> {
        match self.calendar.date(moment.day?) {
            Ok(dated) => Some((place, dated, moment.time)),
            Err(why) => {
                self.leave(place, why);
                None
            }
        }
    }

    /// The time of day at which it is due, unless the day says one. A part of a day says which half of it is meant.
    fn time(&mut self, day: Option<&mut DayItem>) -> Option<(Place, Time)> {
        let (place, value) = self.taken(Slot::Time)?;
        let Value::Time(time) = value else {
            return None;
        };
        match day {
            Some((_, _, part)) if part.is_some_and(|part| part.certainty == Certainty::Part) => {
                let Some(within) = part.and_then(|part| time.within(part)) else {
                    self.leave(place, OTHER_PART);
                    return None;
                };
                *part = None;
                Some((place, within))
            }
            Some((_, dated, own)) if own.is_some() || dated.at.is_some() => {
                self.leave(place, "the day says its time already");
                None
            }
            _ => Some((place, time)),
        }
    }

    fn once(&mut self, day: Option<DayItem>, time: Option<(Place, Time)>) {
        self.start();
        let by = self.until_as_day(day.is_some());
        match (day.or(by), time) {
            (Some(day), time) => self.due_on(day, time),
            (None, Some((place, time))) => self.due_today(place, time),
            (None, None) => {}
        }
        if let Some((place, _)) = self.taken(Slot::Count) {
            self.leave(place, "it belongs to a rule, and there is none");
        }
    }

    /// Without a rule, what it lasts until is when it is due.
    fn until_as_day(&mut self, has_day: bool) -> Option<DayItem> {
        let (place, value) = self.taken(Slot::Until)?;
        match value {
            Value::Until(Until::Day(_)) if has_day => {
                self.leave(
                    place,
                    "there is no rule that could end, and a day is named already",
                );
                None
            }
            Value::Until(Until::Day(day)) => {
                let moment = Moment {
                    day: Some(day),
                    time: None,
                };
                let day = self.dated(place, moment)?;
                if !self.table.has_one_word_for_until_and_by {
                    let message = "no rule ends here, so it was taken for the day on which the task is due";
                    self.note(place, NoteKind::Ambiguous, message);
                }
                Some(day)
            }
            _ => {
                self.leave(place, "it belongs to a rule, and there is none");
                None
            }
        }
    }

    fn due_on(&mut self, (place, mut dated, own_time): DayItem, time: Option<(Place, Time)>) {
        let of_day = own_time.or(time.map(|(_, time)| time)).map(Time::of_day);
        let mut due = match (dated.at, of_day) {
            (Some(at), _) => WallTime::Timed(at),
            (None, of_day) => wall(dated.date, of_day),
        };
        if let WallTime::Timed(at) = due
            && dated.at.is_none()
            && self.calendar.is_over(at)
        {
            match self.calendar.next(dated.date, dated.next) {
                Some(next) => {
                    due = wall(next, of_day);
                    dated.note = Some((NoteKind::Passed, format!("it has passed today; {next} was taken")));
                }
                None => {
                    due = WallTime::AllDay(dated.date);
                    if let Some((place, _)) = time {
                        self.leave(place, "it has passed on that day; the whole day was taken");
                    } else {
                        let message =
                            format!("{} has passed on that day; the whole day was taken", at.time());
                        self.note(place, NoteKind::Passed, message);
                    }
                    return self.set_due(place, None, &dated, due);
                }
            }
        }
        if let Some(time) = own_time {
            self.note_time(place, time);
        }
        self.set_due(place, time, &dated, due);
    }

    fn set_due(&mut self, place: Place, time: Option<(Place, Time)>, dated: &Dated, due: WallTime) {
        self.note_dated(place, dated);
        let kind = match self.taken(Slot::Until) {
            Some((until, _)) if until == place => SpanKind::Until,
            _ => SpanKind::Date,
        };
        let shown = if time.is_some() {
            due.date().to_string()
        } else {
            due.to_string()
        };
        self.span(place, kind, shown);
        if let Some((place, time)) = time {
            self.note_time(place, time);
            self.span_time(place, time);
        }
        self.reading.due = Some(due);
    }

    fn span_time(&mut self, place: Place, time: Time) {
        self.span(place, SpanKind::Time, time.of_day().format("%H:%M").to_string());
    }

    /// A time of day alone is that of today, or of tomorrow once it has passed.
    fn due_today(&mut self, place: Place, time: Time) {
        let today = self.calendar.today;
        let mut at = today.and_time(time.of_day());
        if self.calendar.is_over(at) {
            let Some(tomorrow) = self.calendar.next(today, Next::Day) else {
                return self.leave(place, "it lies beyond the calendar");
            };
            at = tomorrow.and_time(time.of_day());
            self.note(
                place,
                NoteKind::Passed,
                format!("it has passed today; {tomorrow} was taken"),
            );
        }
        self.note_time(place, time);
        self.span_time(place, time);
        self.reading.due = Some(WallTime::Timed(at));
    }

    /// When work may begin.
    fn start(&mut self) {
        let Some((place, Value::Start(moment))) = self.taken(Slot::Start) else {
            return;
        };
        let start = match moment.day {
            None => moment
                .time
                .map(|time| WallTime::Timed(self.calendar.today.and_time(time.of_day()))),
            Some(_) => self.dated(place, moment).map(|(_, dated, time)| {
                self.note_dated(place, &dated);
                match dated.at {
                    Some(at) => WallTime::Timed(at),
                    None => wall(dated.date, time.map(Time::of_day)),
                }
            }),
        };
        let Some(start) = start else {
            return;
        };
        if let Some(time) = moment.time {
            self.note_time(place, time);
        }
        self.span(place, SpanKind::Start, start.to_string());
        self.reading.start = Some(start);
    }

    fn recurring(&mut self, place: Place, rhythm: Rhythm, day: Option<DayItem>, time: Option<(Place, Time)>) {
        let first_day = self.calendar.first_day;
        if let Err(why) = rhythm.rule(first_day, End::Never) {
            self.leave(place, why);
            return self.once(day, time);
        }
        let from = self.first_from();
        // An hour that is named as well is one of that part of the day.
        let (own_time, time) = match (rhythm.time, time) {
            (Some(part), Some((place, time))) => match time.within(part) {
                Some(within) => (None, Some((place, within))),
                None => {
                    self.leave(place, OTHER_PART);
                    (Some(part), None)
                }
            },
            (own_time, time) => (own_time, time),
        };
        let rhythm = Rhythm {
            time: own_time,
            ..rhythm
        };
        let of_day = rhythm.time.or(time.map(|(_, time)| time));
        let of_day = of_day
            .or(day.as_ref().and_then(|(_, _, time)| *time))
            .or(from.and_then(|(_, time)| time));
        let of_day = of_day.map(Time::of_day);
        let due = match &day {
            Some(day) => self.first_on(day, of_day),
            None => rhythm.first(
                &self.calendar,
                from.map_or(self.calendar.today, |(day, _)| day),
                of_day,
            ),
        };
        let Some(due) = due else {
            self.leave(place, "it falls on no day that is still to come");
            return self.once(day, time);
        };
        let end = self.end(due.date());
        match rhythm.rule(first_day, end) {
            Ok(rule) => {
                if let Some((kind, message)) = rhythm.note(&rule) {
                    self.note(place, kind, message);
                }
                if day.is_some() && !rhythm.falls_on(due.date()) {
                    let message = format!("the first time is {due}, which is not a day of the rule");
                    self.note(place, NoteKind::Ambiguous, message);
                }
                if day.as_ref().is_some_and(|(day, ..)| self.is_weekday(*day)) && !rhythm.keeps_weekdays() {
                    let message =
                        format!("read as {rule}, which comes back on that date, not on that day of the week");
                    self.note(place, NoteKind::Ambiguous, message);
                }
                self.span(place, SpanKind::Recurrence, rule.to_string());
                let anchor = if rhythm.is_from_completion {
                    Anchor::Completion
                } else {
                    Anchor::Schedule
                };
                self.reading.recurrence = Some(Recurrence { rule, anchor });
            }
            Err(why) => {
                self.leave(place, why);
                return self.once(day, time);
            }
        }
        let today = self.calendar.today;
        if day.is_none()
            && from.is_none_or(|(from, _)| from <= today)
            && due.date() > today
            && rhythm.falls_on(today)
        {
            let message = format!("it has passed today; {} was taken for the first time", due.date());
            self.note(place, NoteKind::Passed, message);
        }
        if let Some(time) = rhythm.time {
            self.note_time(place, time);
        }
        if let Some((place, dated, _)) = &day {
            self.note_dated(*place, dated);
            self.span(*place, SpanKind::Date, due.to_string());
        }
        if let Some((place, time)) = time {
            self.note_time(place, time);
            self.span_time(place, time);
        }
        self.reading.due = Some(due);
    }

    /// Whether the day of an item is named as one of the week.
    fn is_weekday(&self, place: Place) -> bool {
        let said = self.items.get(place).map(|item| &item.said);
        matches!(
            said,
            Some(Said::Phrase(
                _,
                Value::Day(Moment {
                    day: Some(Day::Weekday(..)),
                    ..
                })
            ))
        )
    }

    /// When a task that comes back is due first, if a day is named for it.
    fn first_on(&self, (_, dated, _): &DayItem, of_day: Option<NaiveTime>) -> Option<WallTime> {
        if let Some(at) = dated.at {
            return Some(WallTime::Timed(at));
        }
        match of_day.map(|time| dated.date.and_time(time)) {
            Some(at) if self.calendar.is_over(at) => {
                let next = self.calendar.next(dated.date, dated.next)?;
                Some(wall(next, of_day))
            }
            _ => Some(wall(dated.date, of_day)),
        }
    }

    /// The day from which it comes back, and the time there.
    fn first_from(&mut self) -> Option<(NaiveDate, Option<Time>)> {
        let (place, value) = self.taken(Slot::Start)?;
        let Value::Start(moment) = value else {
            return None;
        };
        let (date, time) = match moment.day {
            None => (self.calendar.today, moment.time),
            Some(_) => {
                let (_, dated, time) = self.dated(place, moment)?;
                self.note_dated(place, &dated);
                (dated.date, time)
            }
        };
        if let Some(time) = time {
            self.note_time(place, time);
        }
        let shown = wall(date, time.map(Time::of_day)).to_string();
        self.span(place, SpanKind::Start, shown);
        Some((date, time))
    }

    /// How it ends, if the text says so and it can.
    fn end(&mut self, due: NaiveDate) -> End {
        if let Some((place, Value::Count(count))) = self.taken(Slot::Count) {
            if count > 10_000 {
                self.leave(place, "it comes back 10000 times at most");
                return End::Never;
            }
            self.span(place, SpanKind::Count, count.to_string());
            return End::After(count);
        }
        let Some((place, Value::Until(until))) = self.taken(Slot::Until) else {
            return End::Never;
        };
        let last = match until {
            Until::Day(day) => {
                let Some((_, dated, _)) = self.dated(
                    place,
                    Moment {
                        day: Some(day),
                        time: None,
                    },
                ) else {
                    return End::Never;
                };
                self.note_dated(place, &dated);
                Some(dated.date)
            }
            Until::For(_, Unit::Minute | Unit::Hour) => None,
            Until::For(number, unit) => self
                .calendar
                .after(due, number, unit)
                .and_then(|day| day.pred_opt()),
        };
        match last {
            Some(last) if last >= due => {
                self.span(place, SpanKind::Until, last.to_string());
                End::On(last)
            }
            _ => {
                self.leave(place, "the rule would end before it begins");
                End::Never
            }
        }
    }
}
