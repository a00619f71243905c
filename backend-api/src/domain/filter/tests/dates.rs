//! Which stretch of time is meant, in zones that change their clocks too.

use chrono::Weekday;

use super::*;

fn calendar(zone: &str, now: &str, first_day: Weekday) -> Calendar {
    Calendar {
        now: now.parse().expect(now),
        zone: zone.parse().expect(zone),
        first_day,
    }
}

/// From when to when a time lasts; an instant has no end.
fn window(time: &str, calendar: &Calendar) -> String {
    let filter = parse(&format!("due = {time}"));
    let fact = filter.meant(calendar, &Names::default()).expect(time);
    let Expr::Is(Fact::Time(TimeField::Due, windows)) = fact else {
        panic!("{fact:?}")
    };
    let [
        Window {
            from: Some(from),
            until: Some(until),
        },
    ] = windows[..]
    else {
        panic!("{windows:?}")
    };
    let shown = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M").to_string();
    if (until - from).num_microseconds() == Some(1) {
        shown(from)
    } else {
        format!("{} {}", shown(from), shown(until))
    }
}

#[test]
fn days_and_stretches_are_those_of_the_users_zone() {
    // A Thursday, and in Berlin already Friday.
    let berlin = calendar("Europe/Berlin", "2026-12-03T23:30:00Z", Weekday::Mon);
    for (time, meant) in [
        ("now", "2026-12-03T23:30"),
        ("today", "2026-12-03T23:00 2026-12-04T23:00"),
        ("tomorrow", "2026-12-04T23:00 2026-12-05T23:00"),
        ("yesterday", "2026-12-02T23:00 2026-12-03T23:00"),
        ("friday", "2026-12-03T23:00 2026-12-04T23:00"),
        ("next friday", "2026-12-10T23:00 2026-12-11T23:00"),
        ("last friday", "2026-11-26T23:00 2026-11-27T23:00"),
        ("thursday", "2026-12-09T23:00 2026-12-10T23:00"),
        ("next thursday", "2026-12-09T23:00 2026-12-10T23:00"),
        ("last thursday", "2026-12-02T23:00 2026-12-03T23:00"),
        ("this week", "2026-11-29T23:00 2026-12-06T23:00"),
        ("next week", "2026-12-06T23:00 2026-12-13T23:00"),
        ("last month", "2026-10-31T23:00 2026-11-30T23:00"),
        ("next month", "2026-12-31T23:00 2027-01-31T23:00"),
        ("this year", "2025-12-31T23:00 2026-12-31T23:00"),
        ("start of day", "2026-12-03T23:00"),
        ("end of day", "2026-12-04T23:00"),
        ("start of week", "2026-11-29T23:00"),
        ("end of week", "2026-12-06T23:00"),
        ("start of next month", "2026-12-31T23:00"),
        ("end of last year", "2025-12-31T23:00"),
        ("2026-12-01", "2026-11-30T23:00 2026-12-01T23:00"),
        ("2026-12-01T09:00", "2026-12-01T08:00"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00"),
        ("1970-01-01", "1969-12-31T23:00 1970-01-01T23:00"),
        ("9999-12-31", "9999-12-30T23:00 9999-12-31T23:00"),
    ] {
        assert_eq!(window(time, &berlin), meant, "{time}");
    }
    let sunday = Calendar {
        first_day: Weekday::Sun,
        ..berlin
    };
    assert_eq!(window("start of week", &sunday), "2026-11-28T23:00");
    assert_eq!(window("end of week", &sunday), "2026-12-05T23:00");
}

#[test]
fn days_are_added_on_the_calendar_and_hours_exactly() {
    // The night in which the clocks go forward.
    let berlin = calendar("Europe/Berlin", "2026-03-28T11:00:00Z", Weekday::Mon);
    for (time, meant) in [
        ("tomorrow", "2026-03-28T23:00 2026-03-29T22:00"),
        ("today + 1d", "2026-03-28T23:00 2026-03-29T22:00"),
        ("now + 1d", "2026-03-29T10:00"),
        ("now + 24h", "2026-03-29T11:00"),
        ("today + 1440m", "2026-03-28T23:00"),
        ("2026-03-28T02:30 + 1d", "2026-03-29T01:30"),
        ("start of week + 7d", "2026-03-29T22:00"),
        ("this week + 1w - 7d", "2026-03-22T23:00 2026-03-29T22:00"),
        ("2026-01-31 + 1mo", "2026-02-27T23:00 2026-02-28T23:00"),
        ("2024-02-29 + 1y", "2025-02-27T23:00 2025-02-28T23:00"),
        ("this month + 1mo", "2026-03-31T22:00 2026-04-30T22:00"),
    ] {
        assert_eq!(window(time, &berlin), meant, "{time}");
    }
    let cairo = calendar("Africa/Cairo", "2026-04-23T12:00:00Z", Weekday::Sat);
    assert_eq!(window("tomorrow", &cairo), "2026-04-23T22:00 2026-04-24T21:00");
    assert_eq!(window("end of day", &cairo), "2026-04-23T22:00");
}

#[test]
fn what_leaves_the_calendar_is_refused_with_its_place() {
    let utc = calendar("UTC", "2026-12-03T00:00:00Z", Weekday::Mon);
    for (text, start, end) in [
        ("due < today + 8000y", 7, 20),
        ("has tags or due < 9999-12-31 + 1d", 19, 34),
        ("due < 1970-01-01 - 1d", 7, 22),
        ("due < 1970-01-01 - 9999h", 7, 25),
        ("due = now - 99999y", 7, 19),
        (
            "due = end of year + 99999w + 99999w + 99999w + 99999w + 99999w",
            7,
            63,
        ),
        ("due in (today, today - 57y)", 16, 27),
    ] {
        let error = parse(text).meant(&utc, &Names::default()).expect_err(text);
        assert_eq!(
            (error.span.start, error.span.end),
            (start, end),
            "{text}: {error}"
        );
        assert!(error.detail.contains("1970 to 9999"), "{error}");
    }
}

#[test]
fn a_time_is_compared_by_where_it_begins_and_ends() {
    let utc = calendar("UTC", "2026-12-03T00:00:00Z", Weekday::Mon);
    let day = |day: &str| Some(format!("{day}T00:00:00Z").parse().expect(day));
    for (sign, from, until) in [
        ("=", day("2026-12-01"), day("2026-12-02")),
        ("<", None, day("2026-12-01")),
        ("<=", None, day("2026-12-02")),
        (">", day("2026-12-02"), None),
        (">=", day("2026-12-01"), None),
    ] {
        let fact = parse(&format!("start {sign} 2026-12-01")).meant(&utc, &Names::default());
        let window = Window { from, until };
        assert_eq!(
            fact,
            Ok(Expr::Is(Fact::Time(TimeField::Start, vec![window]))),
            "{sign}"
        );
    }
}
