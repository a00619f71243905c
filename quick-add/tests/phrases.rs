//! The table of phrases: what each text is read as, whole.
//!
//! `UPDATE_PHRASES=1` writes the readings anew, to be looked at one by one.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{NaiveDateTime, Weekday};
use quick_add::{Context, Language, Reading, Reminder, read};
use recurrence::{Anchor, Zone};

/// A line like `@ en 2026-11-25T10:00:00 Europe/Berlin Mon`, which holds for those after it.
fn context(line: &str) -> Context {
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
fn shown(reading: &Reading) -> String {
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

/// Judges a file; how many phrases it has.
fn judge(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/phrases")
        .join(name);
    let table = std::fs::read_to_string(&path).expect(name);
    let mut current = None;
    let (mut written, mut count, mut wrong) = (String::new(), 0, Vec::new());
    for line in table.lines() {
        if line.starts_with('@') {
            current = Some(context(line));
        }
        if line.is_empty() || line.starts_with(['@', '#']) {
            writeln!(written, "{line}").expect("a text");
            continue;
        }
        let (text, expected) = line.split_once(" => ").unwrap_or((line, ""));
        let reading = shown(&read(text, &current.expect("a context")));
        writeln!(written, "{text} => {reading}").expect("a text");
        count += 1;
        if reading != expected {
            wrong.push(format!("{text}\n  expected {expected}\n  read     {reading}"));
        }
    }
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    if std::env::var_os("UPDATE_PHRASES").is_some() {
        std::fs::write(&path, written).expect(name);
        return count;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    count
}

#[test]
fn english_phrases_are_read_as_the_table_says() {
    assert!(judge("en.txt") >= 200);
}

#[test]
fn german_phrases_are_read_as_the_table_says() {
    assert!(judge("de.txt") >= 80);
}
