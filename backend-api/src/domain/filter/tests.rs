//! The language of filters: what is read, what is refused and where, what times mean.

mod dates;
mod errors;
mod generated;

use super::*;

fn parse(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The canonical form.
fn canonical(text: &str) -> String {
    parse(text).to_string()
}

#[test]
fn and_binds_closer_than_or_and_not_closest() {
    for (text, same) in [
        (
            "has due or has tags and has project",
            "has due or (has tags and has project)",
        ),
        ("not has due and has tags", "not has due and has tags"),
        ("not (has due and has tags)", "not (has due and has tags)"),
        (
            "(has due or has tags) and has project",
            "(has due or has tags) and has project",
        ),
        ("((has due))", "has due"),
        ("not not has due", "not not has due"),
        ("HAS Due AND Not Has TAGS", "has due and not has tags"),
        (
            "!has due && has tags || has parent",
            "(not has due and has tags) or has parent",
        ),
    ] {
        assert_eq!(canonical(text), same, "{text}");
    }
}

#[test]
fn every_operator_has_its_fields() {
    for (text, same) in [
        ("title = Milk", "title = \"Milk\""),
        ("title=='a b'", "title = \"a b\""),
        ("title != milk", "title != \"milk\""),
        ("not title = milk", "title != \"milk\""),
        ("text like milk", "text like \"milk\""),
        ("text not like 'mil*'", "text not like \"mil*\""),
        ("description like \"%a%%b*\"", "description like \"*a*b*\""),
        (
            "tag in (home, 'to do', next-week)",
            "tag in (\"home\", \"to do\", \"next-week\")",
        ),
        ("tags not in (home, work)", "tag not in (\"home\", \"work\")"),
        ("tag in (home)", "tag = \"home\""),
        ("tag like \"wait*\"", "tag like \"wait*\""),
        ("project = Дача", "project = \"Дача\""),
        ("status in (done, SKIPPED)", "status in (done, skipped)"),
        ("priority >= high", "priority >= high"),
        ("not priority >= high", "not priority >= high"),
        ("estimate < 1h30m", "estimate < 90m"),
        (
            "estimate in (45, 2h, PT2H5M, pt20m)",
            "estimate in (45m, 120m, 125m, 20m)",
        ),
        (
            "has recurring and has sub-tasks",
            "has recurrence and has subtasks",
        ),
        ("has reminder or has parent", "has reminders or has parent"),
    ] {
        assert_eq!(canonical(text), same, "{text}");
    }
}

#[test]
fn times_are_written_in_many_ways() {
    for (text, same) in [
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T09:00", "2026-12-01T09:00:00"),
        ("2026-12-01t09:00:30", "2026-12-01T09:00:30"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00:00Z"),
        ("2026-12-01T09:00+01:00", "2026-12-01T08:00:00Z"),
        ("2026-12-01T09:00:00.5-01:00", "2026-12-01T10:00:00.500Z"),
        ("today+7d", "today + 7d"),
        ("today - 7 days", "today - 7d"),
        (
            "2026-12-01-1w+2h-3MO+1y + 5 m",
            "2026-12-01 - 1w + 2h - 3mo + 1y + 5m",
        ),
        ("Now - 90min", "now - 90m"),
        ("this day", "today"),
        ("next day", "tomorrow"),
        ("Last Day", "yesterday"),
        ("monday", "monday"),
        ("next  friday", "next friday"),
        ("next week", "next week"),
        ("this year - 1y", "this year - 1y"),
        ("start of week", "start of week"),
        ("end of this month", "end of month"),
        ("end of last year + 1mo", "end of last year + 1mo"),
    ] {
        assert_eq!(
            canonical(&format!("due < {text}")),
            format!("due < {same}"),
            "{text}"
        );
    }
    assert_eq!(
        canonical("due in (today, next week) and completed > yesterday"),
        "due in (today, next week) and completed > yesterday"
    );
}

#[test]
fn texts_say_what_they_say_between_any_quotation_marks() {
    for (text, same) in [
        (r#"title = "it's""#, r#"title = "it's""#),
        (r#"title = 'say "hi"'"#, r#"title = "say \"hi\"""#),
        (r"title = 'a\\b\'c'", r#"title = "a\\b'c""#),
        (r"title = 'a*b\*c'", r#"title = "a*b*c""#),
        (r"title like 'a\*b*\%'", r#"title like "a\*b*\%""#),
        ("title = ''", "title = \"\""),
        ("title = 'שלום'", "title = \"שלום\""),
        ("title = 🏠", "title = \"🏠\""),
        ("title = 'and'", "title = \"and\""),
        ("title = today", "title = \"today\""),
    ] {
        assert_eq!(canonical(text), same, "{text}");
        assert_eq!(canonical(same), same, "{text}");
    }
}

#[test]
fn names_are_composed_and_two_filters_are_equal_that_say_the_same() {
    assert_eq!(parse("tag = 'Cafe\u{301}'"), parse("  tag = \"Caf\u{e9}\""));
    assert_eq!(parse("due < today"), parse("due   <   this day"));
    assert_ne!(parse("due < today"), parse("due < tomorrow"));
}

#[test]
fn a_pattern_without_an_asterisk_may_stand_anywhere() {
    for (text, sql) in [
        ("milk", "%milk%"),
        ("'milk*'", "milk%"),
        ("'*'", "%"),
        (r"'100\% _a\\'", r"%100\% \_a\\%"),
        (r"'\**'", "*%"),
    ] {
        let filter = parse(&format!("title like {text}"));
        let [Term::Like(_, pattern)] = filter.expr().conditions()[..] else {
            panic!("{filter:?}")
        };
        assert_eq!(pattern.for_sql(), sql, "{text}");
    }
}

#[test]
fn the_bounds_are_reached_and_not_passed() {
    let nested = |depth: usize| format!("{}has due{}", "(".repeat(depth), ")".repeat(depth));
    parse(&nested(MAX_DEPTH));
    parse(&format!("{}has due", "not ".repeat(MAX_DEPTH)));
    let many = |terms: usize| vec!["has due"; terms].join(" or ");
    parse(&many(MAX_TERMS));
    parse(&format!("estimate in ({})", vec!["1"; MAX_TERMS].join(",")));
    parse(&format!("title = \"{}\"", "é".repeat(MAX_CHARS - 10)));
    for (text, column) in [
        (nested(MAX_DEPTH + 1), MAX_DEPTH + 1),
        ("not ".repeat(MAX_DEPTH + 1), 4 * MAX_DEPTH + 1),
        (many(MAX_TERMS + 1), 11 * MAX_TERMS + 5),
        (
            format!("estimate in ({})", vec!["1"; MAX_TERMS + 1].join(",")),
            2 * MAX_TERMS + 14,
        ),
        (format!("title = \"{}\"", "é".repeat(MAX_CHARS)), MAX_CHARS + 1),
    ] {
        let error = Filter::parse(&text).expect_err(&text);
        assert_eq!(error.column(), column, "{text}: {error}");
    }
}
