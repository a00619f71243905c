//! The examples of docs/QUICK_ADD.md.

use quick_add::read;

use crate::shown::{context, shown};

const DOCUMENT: &str = include_str!("../../../docs/QUICK_ADD.md");
const NOW: &str = "2026-11-25T10:00:00 Europe/Berlin Mon";

/// The cells of a row of examples.
fn example(line: &str) -> Option<(&str, &str)> {
    let row = line.strip_prefix("| `")?.strip_suffix("` |")?;
    row.split_once("` | `")
}

#[test]
fn every_example_of_the_document_is_read_as_it_says() {
    let mut language = "en";
    let (mut count, mut wrong) = (0, Vec::new());
    // What stands before the first heading is about the request.
    for line in DOCUMENT.lines().skip_while(|line| !line.starts_with("## ")) {
        if line.starts_with("## ") {
            language = if line == "## German" { "de" } else { "en" };
        }
        if let Some((text, expected)) = example(line) {
            let context = context(&format!("@ {language} {NOW}"));
            let reading = shown(&read(text, &context));
            if reading != expected {
                wrong.push(format!("{text}\n  expected {expected}\n  read     {reading}"));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 70, "{count}");
}
