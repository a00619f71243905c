//! A reading on one line, as the tables of phrases and the document have it.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, Weekday};
use quick_add::{Context, Language, Reading, Reminder};
use recurrence::{Anchor, Zone};

/// A line like `@ en 2026-11-25T10:00:00 Europe/Berlin Mon`, which holds for those after it.
pub(crate) fn context(line: &str) -> Context {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, language, now, zone, first_day] = words[..] else {
        panic!("{line}");
    };
    let zone: Zone = zone.parse().expect(zone);
    let now: NaiveDateTime = now.parse().expect(now);
    Context {
        now: zone.resolve(now),
        zone,
        first_day_of_week: first_day.parse::<Weekday>().expect(first_day),
        language: language.parse::<Language>().expect(language),
    }
}

/// A reading on one line.
pub(crate) fn shown(reading: &Reading) -> String {
    let mut shown = format!("[{}]", reading.title);
    let mut add = |name: &str, value: &str| write!(shown, " {name}={value}").expect("a text");
    if let Some(due) = reading.due {
        add("due", &due.to_string());
    }
    if let Some(start) = reading.start {
        add("start", &start.to_string());
    }
    if let Some(recurrence) = &reading.recurrence {
        add("rule", &recurrence.rule.to_string());
        if recurrence.anchor == Anchor::Completion {
            add("anchor", "completion");
        }
    }
    if let Some(priority) = reading.priority {
        add("priority", priority.as_str());
    }
    for tag in &reading.tags {
        add("tag", tag);
    }
    if let Some(project) = &reading.project {
        add("project", project);
    }
    for reminder in &reading.reminders {
        let counts_from_start = matches!(
            reminder,
            Reminder::Before {
                counts_from_start: true,
                ..
            }
        );
        add(
            if counts_from_start {
                "remind-start"
            } else {
                "remind"
            },
            &reminder.to_string(),
        );
    }
    if let Some(estimate) = reading.estimate {
        add("estimate", &estimate.to_string());
    }
    for note in &reading.notes {
        write!(shown, " !{}({})", note.kind.as_str(), note.text).expect("a text");
    }
    shown
}

/// The same, with the part of the text that each span is of.
pub(crate) fn shown_with_spans(reading: &Reading) -> String {
    let spans = reading.spans.iter();
    let spans: Vec<String> = spans
        .map(|span| format!("{} {:?}", span.kind.as_str(), span.text))
        .collect();
    if spans.is_empty() {
        return shown(reading);
    }
    format!("{} {{{}}}", shown(reading), spans.join(", "))
}
