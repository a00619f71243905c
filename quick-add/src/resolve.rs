//! From what a text says to what it means now: the items are put together, and what does not fit is left in the title.

mod reminder;
mod schedule;

use std::ops::Range;

use crate::calendar::{Calendar, Dated};
use crate::item::{Fate, Item, Said};
use crate::language::Table;
use crate::language::phrase::Slot;
use crate::mark::Mark;
use crate::reading::{Note, NoteKind, Reading, Span, SpanKind};
use crate::text::Text;
use crate::title;
use crate::value::{Certainty, Length, Time, Value};

/// More minutes than a year has are no estimate.
const MAX_ESTIMATE: u32 = 525_600;

/// A reading while it is made.
#[derive(Debug)]
pub(crate) struct Resolver<'t> {
    text: &'t Text,
    items: Vec<Item>,
    calendar: Calendar,
    table: &'static Table,
    reading: Reading,
}

/// The place of an item among all of them.
type Place = usize;

impl<'t> Resolver<'t> {
    pub(crate) fn new(text: &'t Text, items: Vec<Item>, calendar: Calendar, table: &'static Table) -> Self {
        Self {
            text,
            items,
            calendar,
            table,
            reading: Reading::default(),
        }
    }

    pub(crate) fn read(mut self) -> Reading {
        self.schedule();
        self.reminders();
        self.rest();
        self.explain_left();
        self.finish()
    }

    /// What does not depend on anything else.
    fn rest(&mut self) {
        for place in 0..self.items.len() {
            let Some(item) = self.items.get(place).filter(|item| item.is_taken()) else {
                continue;
            };
            match item.said.clone() {
                Said::Mark(Mark::Tag(name)) => {
                    let lower = name.to_lowercase();
                    if !self.reading.tags.iter().any(|tag| tag.to_lowercase() == lower) {
                        self.reading.tags.push(name.clone());
                    }
                    self.span(place, SpanKind::Tag, name);
                }
                Said::Mark(Mark::Project(name)) => {
                    self.reading.project = Some(name.clone());
                    self.span(place, SpanKind::Project, name);
                }
                Said::Mark(Mark::Priority(priority)) | Said::Phrase(_, Value::Priority(priority)) => {
                    self.reading.priority = Some(priority);
                    self.span(place, SpanKind::Priority, priority.as_str().to_owned());
                }
                Said::Phrase(_, Value::Estimate(length)) => self.estimate(place, length),
                _ => {}
            }
        }
    }

    fn estimate(&mut self, place: Place, length: Length) {
        if length.days > 0 || length.minutes == 0 || length.minutes > MAX_ESTIMATE {
            self.leave(
                place,
                "an estimate is in minutes and hours, and no more than a year",
            );
            return;
        }
        self.reading.estimate = Some(length.minutes);
        self.span(place, SpanKind::Estimate, length.minutes.to_string());
    }

    /// The item of a kind that was taken, and what it says.
    fn taken(&self, slot: Slot) -> Option<(Place, Value)> {
        let mut items = self.items.iter().enumerate();
        items.find_map(|(place, item)| match item.said {
            Said::Phrase(of, value) if of == slot && item.is_taken() => Some((place, value)),
            _ => None,
        })
    }

    fn range(&self, place: Place) -> Range<usize> {
        let item = self.items.get(place);
        let first = item.and_then(|item| self.text.token(item.begin));
        let last = item.and_then(|item| self.text.token(item.end.checked_sub(1)?));
        match (first, last) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    fn span(&mut self, place: Place, kind: SpanKind, value: String) {
        let range = self.range(place);
        self.reading.spans.push(Span {
            start: range.start,
            end: range.end,
            kind,
            text: self.text.slice(range.start, range.end),
            value,
        });
    }

    fn note(&mut self, place: Place, kind: NoteKind, message: impl Into<String>) {
        let range = self.range(place);
        self.reading.notes.push(Note {
            kind,
            start: range.start,
            end: range.end,
            text: self.text.slice(range.start, range.end),
            message: message.into(),
        });
    }

    fn note_dated(&mut self, place: Place, dated: &Dated) {
        if let Some((kind, message)) = dated.note.clone() {
            self.note(place, kind, message);
        }
    }

    fn note_time(&mut self, place: Place, time: Time) {
        let shown = time.of_day().format("%H:%M");
        match time.certainty {
            Certainty::Part => self.note(place, NoteKind::Assumed, format!("{shown} was taken")),
            Certainty::Hour if self.table.has_half_days && (60..8 * 60).contains(&time.minutes) => {
                let (hour, minute) = (time.minutes / 60 + 12, time.minutes % 60);
                let message =
                    format!("read as {shown}; write {hour}:{minute:02} for the other half of the day");
                self.note(place, NoteKind::Ambiguous, message);
            }
            Certainty::Hour | Certainty::Said => {}
        }
    }

    /// Gives the words back to the title.
    fn leave(&mut self, place: Place, why: impl AsRef<str>) {
        if let Some(item) = self.items.get_mut(place) {
            item.fate = Fate::Doubted;
        }
        self.note(
            place,
            NoteKind::Left,
            format!("left in the title: {}", why.as_ref()),
        );
    }

    /// Says why words that look like more are a part of the title.
    fn explain_left(&mut self) {
        for place in 0..self.items.len() {
            let range = self.range(place);
            let is_explained = self.reading.notes.iter().any(|note| {
                note.kind == NoteKind::Left && (note.start, note.end) == (range.start, range.end)
            });
            let why = match self.items.get(place).map(|item| (item.fate, &item.said)) {
                _ if is_explained => continue,
                Some((Fate::Repeated, _)) => "the text says this once more, and the other one was taken",
                Some((Fate::Turned, _)) => "the word beside it makes something else of it",
                Some((Fate::Doubted, Said::Number)) => {
                    "a number alone is no name; put it in quotes behind the sign if it is one"
                }
                Some((Fate::Doubted, _)) => {
                    "in the middle of other words it may mean something else; put it at the end"
                }
                _ => continue,
            };
            self.leave(place, why);
        }
    }

    fn finish(mut self) -> Reading {
        let reading = &mut self.reading;
        reading.spans.sort_by_key(|span| span.start);
        reading.notes.sort_by_key(|note| (note.start, note.end));
        let ranges: Vec<_> = reading.spans.iter().map(|span| span.start..span.end).collect();
        reading.title = title::without(self.text, &ranges);
        if reading.title.is_empty() {
            let end = self.text.chars().len();
            reading.notes.push(Note {
                kind: NoteKind::NoTitle,
                start: 0,
                end,
                text: self.text.slice(0, end),
                message: "no word is left for the title".to_owned(),
            });
        }
        self.reading
    }
}
