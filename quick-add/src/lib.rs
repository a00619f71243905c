//! One line of text becomes a task.
//!
//! Nothing is guessed in silence: the answer says which characters were taken for what, and where a second reading was possible
//! it says which one was taken. Everything else is the title. There is no I/O and no clock here: the caller says what time it
//! is, where, and on which day a week begins. The same text then has the same reading, whoever asks.
//!
//! # Grammar
//!
//! A text is words, runs of digits and single signs. What stands in double quotes, or behind a backslash, means nothing but
//! itself. A phrase begins at the beginning of a word and ends at the end of one, or before a sign that closes a sentence.
//!
//! ```text
//! item     = day | time | rhythm | until | count | start | reminder | estimate | priority | tag | project
//! tag      = "#" name            project  = "+" name            priority = "p1" … "p4" | "!" word
//! estimate = "~" length          name     = word | quoted
//! start    = FROM moment         until    = UNTIL day           count    = number TIMES
//! reminder = REMIND length BEFORE | REMIND moment               moment   = day | time | day time | time day
//! rhythm   = EVERY ["!"] [number] unit | EVERY ["!"] weekdays | EVERY nth weekday | EVERY month-days | EVERY year-day | …
//! ```
//!
//! What stands in capitals is words of a language, as are the names of days and units, and the order of the words: a language
//! is a table of words and one of phrases ([`Language`]), and the engine knows no word of any.
//!
//! A phrase is sure (`tomorrow`, `on monday`, `every day`), or it is taken only where it can hardly be anything else: at the
//! beginning or the end of the text (`monday`, `at 9`), at its end (`monthly`), or beside another phrase of time (`morning`).
//! A word such as `for`, which cannot be what the phrase counts or names, is like the end of the text. Of two phrases that say
//! the same the surer one is taken, then the first.
#![warn(missing_docs)]

mod build;
mod calendar;
mod chart;
mod item;
mod language;
mod mark;
mod reading;
mod resolve;
mod rhythm;
mod terminal;
mod text;
mod title;
mod value;

use chrono::{DateTime, Utc, Weekday};
use recurrence::Zone;

pub use language::{Language, UnknownLanguage};
pub use reading::{Note, NoteKind, Reading, Recurrence, Reminder, Span, SpanKind};
pub use value::Priority;

use crate::calendar::Calendar;
use crate::resolve::Resolver;
use crate::text::Text;

/// What a text is read by.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// What time it is.
    pub now: DateTime<Utc>,
    /// Where wall times are resolved.
    pub zone: Zone,
    /// The day on which a week begins.
    pub first_day_of_week: Weekday,
    /// The language of the text.
    pub language: Language,
}

/// Reads a text. Its cost grows with the length of the text alone.
pub fn read(text: &str, context: &Context) -> Reading {
    let text = Text::new(text);
    let table = context.language.table();
    let calendar = Calendar::new(
        context.now,
        context.zone,
        context.first_day_of_week,
        table.is_month_first,
    );
    let items = item::all(&text, context.language);
    Resolver::new(&text, items, calendar, table).read()
}
