//! What is refused, at which column, and what is said about it.

use super::*;

#[track_caller]
fn refused(text: &str, column: usize, detail: &str) {
    let error = Filter::parse(text).expect_err(text);
    assert!(
        error.column() == column && error.detail.contains(detail),
        "{text:?}: {error}; expected {detail:?} at {column}"
    );
}

#[test]
fn what_is_expected_is_said_where_it_is_missing() {
    for (text, column, detail) in [
        (
            "",
            1,
            "expected a field, \"has\", \"not\" or \"(\"; found the end",
        ),
        ("   ", 4, "found the end"),
        ("colour = red", 1, "expected a field (title, description,"),
        ("has due and", 12, "found the end"),
        (
            "has due and or has tags",
            13,
            "expected a field, \"has\", \"not\" or \"(\"; found \"or\"",
        ),
        (
            "has due has tags",
            9,
            "expected \"and\", \"or\" or the end; found \"has\"",
        ),
        ("(has due", 9, "expected \"and\", \"or\" or \")\"; found the end"),
        ("has due)", 8, "expected \"and\", \"or\" or the end; found \")\""),
        ("()", 2, "found \")\""),
        ("has title", 5, "expected one of description, tags"),
        ("has", 4, "expected one of description, tags"),
        (
            "due",
            4,
            "expected one of =, !=, <, <=, >, >=, in, not in; found the end",
        ),
        ("due like today", 5, "expected one of =, !=, <,"),
        (
            "tag < home",
            5,
            "expected one of =, !=, in, not in, like, not like; found \"<\"",
        ),
        (
            "status not open",
            12,
            "expected one of =, !=, in, not in; found \"open\"",
        ),
        ("recurrence = daily", 12, "expected \"has recurrence\" instead"),
        (
            "status = late",
            10,
            "expected one of open, done, skipped; found \"late\"",
        ),
        (
            "priority > urgent",
            12,
            "expected one of low, normal, high, critical",
        ),
        ("estimate > 2x", 12, "expected an amount of work"),
        ("estimate > 9999999", 12, "expected an amount of work"),
        ("estimate = -5", 12, "expected an amount of work"),
        (
            "tag =",
            6,
            "expected a name: one word, or a text in quotation marks; found the end",
        ),
        ("tag = and", 7, "expected a name"),
        ("tag = like", 7, "expected a name"),
        ("tag = ''", 7, "this one must not be empty"),
        ("project = (a)", 11, "expected a name"),
        (
            "tag in home",
            8,
            "expected \"(\" and a list of values; found \"home\"",
        ),
        ("tag in ()", 9, "expected a name"),
        ("tag in (a b)", 11, "expected \",\" or \")\"; found \"b\""),
        ("tag in (a,", 11, "expected a name"),
        (
            "tag = to do",
            10,
            "expected \"and\", \"or\" or the end; found \"do\"",
        ),
        ("title like ''", 12, "expected what to look for"),
    ] {
        refused(text, column, detail);
    }
}

#[test]
fn times_are_refused_where_they_go_wrong() {
    for (text, column, detail) in [
        ("due < ", 7, "expected a time, like 2026-12-01"),
        ("due < soon", 7, "expected a time, like 2026-12-01"),
        ("due < 'today'", 7, "expected a time"),
        ("due < 2026-02-30", 7, "expected a date, like 2026-12-01 or"),
        ("due < 2026-12-1", 7, "expected a date"),
        ("due < 1969-12-31", 7, "expected a date"),
        ("due < 2026-12-01T25:00", 7, "expected a date"),
        ("due < 2026-12-01T09:00:60", 7, "expected a date"),
        ("due < 2026-12-01T09:00+99:00", 7, "expected a date"),
        ("due < 7d", 7, "expected a date"),
        ("due < today + 7", 16, "expected an amount of time, like 7d"),
        ("due < today + 7q", 15, "expected an amount of time, like 7d"),
        ("due < today + d", 15, "expected an amount of time, like 7d"),
        ("due < today +", 14, "expected an amount of time, like 7d"),
        (
            "due < today + 7 parsecs",
            17,
            "expected an amount of time, like 7d",
        ),
        ("due < today + 100000d", 15, "at most 99999 of a unit are added"),
        ("due < today + 99999999999d", 15, "expected an amount of time"),
        ("due < today + today", 15, "expected an amount of time"),
        ("due < start week", 13, "expected \"of\", as in start of week"),
        ("due < start of", 15, "expected day, week, month or year"),
        ("due < end of next", 18, "expected day, week, month or year"),
        (
            "due < next",
            11,
            "expected week, month, year or a day of the week",
        ),
        (
            "due < next decade",
            12,
            "expected week, month, year or a day of the week",
        ),
    ] {
        refused(text, column, detail);
    }
}

#[test]
fn what_is_no_token_is_refused_at_its_character() {
    for (text, column, detail) in [
        (
            "title = \"milk",
            9,
            "the quotation mark that opens here is not closed",
        ),
        (
            "title = 'milk\"",
            9,
            "the quotation mark that opens here is not closed",
        ),
        (
            "title = 'a\\'",
            9,
            "the quotation mark that opens here is not closed",
        ),
        ("title = 'é\\n'", 11, "after a backslash is expected one of"),
        ("title = 'é\0'", 11, "a text has no control characters"),
        ("title\0= a", 6, "found U+0000"),
        ("title = “milk”", 9, "expected a straight quotation mark"),
        ("title = \u{202e}milk", 9, "found U+202E"),
        ("title = .*", 9, "found U+002E"),
        ("title ~ milk", 7, "found U+007E"),
        ("title = (a|b)+", 11, "found U+007C"),
        ("title = milk; DROP TABLE task", 13, "found U+003B"),
        ("$1 = 1", 1, "found U+0024"),
    ] {
        refused(text, column, detail);
    }
}

#[test]
fn what_was_found_is_shown_short_and_without_marks_that_mislead() {
    let error = Filter::parse(&format!("has due {}", "x".repeat(500))).expect_err("a word");
    assert!(error.to_string().len() < 120, "{error}");
    let error = Filter::parse("has due 'a\u{202e}b'").expect_err("a text");
    assert!(error.to_string().ends_with("found \"a\\u{202e}b\""), "{error}");
    assert_eq!(
        Filter::parse("due < soon").expect_err("a time").to_string(),
        "is refused at column 7: expected a time, like 2026-12-01, 2026-12-01T09:00, now, today, tomorrow, yesterday, monday, \
         next week, start of month; found \"soon\""
    );
}
