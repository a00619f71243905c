//! A record as one line for people: local time, level, service, message, fields.

use chrono::Local;

use super::entry::{Entry, Level};

const DIM: &str = "2";

/// The line; with colours only where a terminal shows them.
pub(super) fn line(entry: &Entry, colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let time = entry
        .time
        .with_timezone(&Local)
        .format("%H:%M:%S%.3f")
        .to_string();
    let level = format!("{:<5}", entry.level.name());
    let service = format!("{:<16}", entry.service);
    let mut line = format!(
        "{} {} {} {}",
        paint(DIM, &time),
        paint(code(entry.level), &level),
        paint("36", &service),
        printable(&entry.message)
    );
    if !entry.fields.is_empty() {
        let fields = entry
            .fields
            .iter()
            .map(|(name, value)| format!("  {name}={}", quoted(value)));
        line.push_str(&paint(DIM, &fields.collect::<String>()));
    }
    line
}

fn code(level: Level) -> &'static str {
    match level {
        Level::Error => "1;31",
        Level::Warn => "1;33",
        Level::Info => "32",
        Level::Debug | Level::Trace => DIM,
    }
}

/// Bare when no reader could take it for more than one value.
fn quoted(value: &str) -> String {
    if value.is_empty() || value.contains([' ', '=', '"']) {
        format!("\"{}\"", printable(value).replace('"', "\\\""))
    } else {
        printable(value)
    }
}

/// On one line, and without what a terminal would obey.
fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printed.extend(character.escape_default());
        } else {
            printed.push(character);
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"timestamp":"2026-11-21T15:18:58.688894Z","level":"WARN","message":"two\nlines \u001b[2J",
        "a.b":"x y","c":1}"#;

    #[test]
    fn a_record_is_one_line_whatever_it_holds() {
        let line = line(&Entry::parse("audit-svc", RECORD).unwrap(), false);
        let (time, rest) = line.split_once(' ').unwrap();
        assert_eq!(time.len(), "15:18:58.688".len());
        assert_eq!(
            rest,
            r#"WARN  audit-svc        two\nlines \u{1b}[2J  a.b="x y"  c=1"#
        );
    }

    #[test]
    fn colours_are_for_terminals() {
        let entry = Entry::parse("audit-svc", RECORD).unwrap();
        assert!(line(&entry, true).contains("\x1b[1;33mWARN"));
        assert!(!line(&entry, false).contains('\x1b'));
    }
}
