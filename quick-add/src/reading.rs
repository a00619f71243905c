//! What a text was read as.

use std::fmt;

use chrono::NaiveDateTime;
use recurrence::{Anchor, Rule, WallTime};

use crate::value::Priority;

/// What a text was read as: a task, and which words say what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Every word that was not taken for something else. Empty if there is none.
    pub title: String,
    /// When it is due.
    pub due: Option<WallTime>,
    /// When work may begin.
    pub start: Option<WallTime>,
    /// How it comes back; then it is due as well.
    pub recurrence: Option<Recurrence>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Names of tags, in their order, without those that only repeat an earlier one.
    pub tags: Vec<String>,
    /// The name of a project.
    pub project: Option<String>,
    /// When to remind.
    pub reminders: Vec<Reminder>,
    /// How many minutes of work it is.
    pub estimate: Option<u32>,
    /// The parts of the text that were taken, in order, without overlap.
    pub spans: Vec<Span>,
    /// What else could have been meant, and what was left in the title, in the order of the text.
    pub notes: Vec<Note>,
}

/// How a task comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// What repeats.
    pub rule: Rule,
    /// What the next time is counted from.
    pub anchor: Anchor,
}

/// When to remind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// So long before the task is due, or before its start.
    Before {
        /// Days on the calendar.
        days: u32,
        /// Exact minutes.
        minutes: u32,
        /// Counted from the start.
        counts_from_start: bool,
    },
    /// At a local time in the zone of the text.
    At(NaiveDateTime),
}

/// A part of the text that was taken for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its first character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// The one after its last.
    pub end: usize,
    /// What it was taken for.
    pub kind: SpanKind,
    /// The part itself.
    pub text: String,
    /// What it says, in the form of the API.
    pub value: String,
}

/// What a part of the text was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// The day, or the day and the time, at which the task is due.
    Date,
    /// The time of day at which it is due.
    Time,
    /// How it comes back.
    Recurrence,
    /// The last day on which it comes back, or the day on which it is due.
    Until,
    /// How often it comes back.
    Count,
    /// When work may begin, or the day from which it comes back.
    Start,
    /// When to remind.
    Reminder,
    /// How urgent it is.
    Priority,
    /// A tag.
    Tag,
    /// The project.
    Project,
    /// How much work it is.
    Estimate,
}

/// Something that a reader of the spans should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub kind: NoteKind,
    /// The first character of the words that it is about.
    pub start: usize,
    /// The one after their last.
    pub end: usize,
    /// The words.
    pub text: String,
    /// What was done, and what to write for something else.
    pub message: String,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// There are two readings, and one was taken.
    Ambiguous,
    /// The text leaves something open, and something was assumed.
    Assumed,
    /// What it names has passed, and the next one was taken.
    Passed,
    /// The words could be more than words, and were left in the title.
    Left,
    /// No word is left for the title.
    NoTitle,
}

impl SpanKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Recurrence => "recurrence",
            Self::Until => "until",
            Self::Count => "count",
            Self::Start => "start",
            Self::Reminder => "reminder",
            Self::Priority => "priority",
            Self::Tag => "tag",
            Self::Project => "project",
            Self::Estimate => "estimate",
        }
    }
}

impl NoteKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Assumed => "assumed",
            Self::Passed => "passed",
            Self::Left => "left",
            Self::NoTitle => "no-title",
        }
    }
}

impl Priority {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for Reminder {
    /// An ISO 8601 duration, or a local time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S")),
            Self::Before {
                days: 0, minutes: 0, ..
            } => f.write_str("PT0S"),
            Self::Before { days, minutes, .. } => {
                f.write_str("P")?;
                if *days > 0 {
                    write!(f, "{days}D")?;
                }
                if *minutes > 0 {
                    f.write_str("T")?;
                }
                if *minutes >= 60 {
                    write!(f, "{}H", minutes / 60)?;
                }
                if minutes % 60 > 0 {
                    write!(f, "{}M", minutes % 60)?;
                }
                Ok(())
            }
        }
    }
}
