//! The table of phrases: what each text is read as, whole.
//!
//! `UPDATE_PHRASES=1` writes the readings anew, to be looked at one by one.

use std::fmt::Write as _;
use std::path::Path;

use quick_add::read;

use crate::shown::{context, shown_with_spans};

/// Judges a file; how many phrases it has.
fn judge(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/phrases")
        .join(name);
    let table = std::fs::read_to_string(&path).expect(name);
    let mut current = None;
    let (mut written, mut count, mut wrong) = (String::new(), 0, Vec::new());
    for line in table.lines() {
        if line.starts_with("@ ") {
            current = Some(context(line));
        }
        if line.is_empty() || line.starts_with("@ ") || line.starts_with("# ") {
            writeln!(written, "{line}").expect("a text");
            continue;
        }
        let (text, expected) = line.split_once(" => ").unwrap_or((line, ""));
        let reading = shown_with_spans(&read(text, &current.expect("a context")));
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
