//! Slots against the examples of RFC 5545 section 3.8.5.3, and the cost of rules that match nothing.

use super::*;

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").expect(text)
}

fn dates(rule: &str, dtstart: &str, n: usize) -> Vec<String> {
    let rule = Rule::parse(rule).expect(rule);
    let start = at(dtstart);
    after(&rule, start, start)
        .take(n)
        .map(|slot| slot.format("%Y-%m-%d").to_string())
        .collect()
}

#[test]
fn rules_give_the_dates_of_rfc_5545() {
    let start = "1997-09-02T09:00:00";
    for (rule, expected) in [
        ("FREQ=DAILY", ["1997-09-03", "1997-09-04", "1997-09-05"]),
        (
            "FREQ=DAILY;INTERVAL=10",
            ["1997-09-12", "1997-09-22", "1997-10-02"],
        ),
        ("FREQ=DAILY;BYMONTH=1", ["1998-01-01", "1998-01-02", "1998-01-03"]),
        ("FREQ=WEEKLY", ["1997-09-09", "1997-09-16", "1997-09-23"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
            ["1997-09-03", "1997-09-05", "1997-09-15"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
            ["1997-09-04", "1997-09-16", "1997-09-18"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=1FR",
            ["1997-09-05", "1997-10-03", "1997-11-07"],
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU",
            ["1997-09-07", "1997-09-28", "1997-11-02"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=-2MO",
            ["1997-09-22", "1997-10-20", "1997-11-17"],
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            ["1997-09-28", "1997-10-29", "1997-11-28"],
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=2,15",
            ["1997-09-15", "1997-10-02", "1997-10-15"],
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11",
            ["1997-09-10", "1997-09-11", "1999-03-10"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            ["1998-02-13", "1998-03-13", "1998-11-13"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            ["1997-09-29", "1997-10-30", "1997-11-27"],
        ),
        (
            "FREQ=YEARLY;BYMONTH=6,7",
            ["1998-06-02", "1998-07-02", "1999-06-02"],
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            ["1998-05-18", "1999-05-17", "2000-05-15"],
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            ["1998-05-11", "1999-05-17", "2000-05-15"],
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            ["1998-03-05", "1998-03-12", "1998-03-19"],
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
            ["2000-01-01", "2000-04-09", "2000-07-18"],
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            ["1997-11-04", "2001-11-06", "2005-11-08"],
        ),
    ] {
        assert_eq!(dates(rule, start, 3), expected, "{rule}");
    }
}

#[test]
fn what_the_rule_leaves_out_is_taken_from_the_first_due_date() {
    assert_eq!(
        dates("FREQ=YEARLY;BYWEEKNO=20", "1997-05-13T09:00:00", 2),
        ["1998-05-12", "1999-05-18"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY", "2026-01-15T09:00:00", 2),
        ["2026-02-15", "2026-03-15"]
    );
    assert_eq!(
        dates("FREQ=YEARLY", "2024-02-29T09:00:00", 2),
        ["2028-02-29", "2032-02-29"]
    );
}

#[test]
fn a_31st_skips_short_months() {
    assert_eq!(
        dates("FREQ=MONTHLY", "2026-01-31T09:00:00", 3),
        ["2026-03-31", "2026-05-31", "2026-07-31"]
    );
}

#[test]
fn the_simple_form_clamps_to_the_end_of_the_month_and_returns() {
    let monthly = "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD";
    assert_eq!(
        dates(monthly, "2026-01-31T09:00:00", 4),
        ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    );
    assert_eq!(
        dates(monthly, "2028-01-30T09:00:00", 2),
        ["2028-02-29", "2028-03-30"]
    );
    assert_eq!(
        dates(monthly, "2026-01-28T09:00:00", 2),
        ["2026-02-28", "2026-03-28"]
    );
    let yearly = "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD";
    assert_eq!(
        dates(yearly, "2024-02-29T09:00:00", 4),
        ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
    );
}

#[test]
fn plain_and_numbered_weekdays_are_united() {
    assert_eq!(
        dates("FREQ=MONTHLY;BYDAY=MO,1TU", "2026-08-31T09:00:00", 4),
        ["2026-09-01", "2026-09-07", "2026-09-14", "2026-09-21"]
    );
}

#[test]
fn a_search_far_from_the_start_keeps_the_phase() {
    for rule in [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SA",
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=YEARLY;INTERVAL=3",
    ] {
        let rule = Rule::parse(rule).expect(rule);
        let start = at("1997-09-02T09:00:00");
        for slot in after(&rule, start, start).take(40) {
            let next = after(&rule, start, start).find(|next| *next > slot);
            assert_eq!(after(&rule, start, slot).next(), next, "{rule} after {slot}");
        }
    }
}

#[test]
fn a_rule_that_never_matches_ends() {
    for rule in [
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=7",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=366",
    ] {
        assert_eq!(
            dates(rule, "2026-12-01T09:00:00", 1),
            Vec::<String>::new(),
            "{rule}"
        );
    }
}

#[test]
fn nothing_comes_after_the_last_year() {
    assert_eq!(dates("FREQ=YEARLY", "9998-06-01T09:00:00", 5), ["9999-06-01"]);
}

/// The slowest rules that are accepted, found by trying rules at random: they match rarely, never, or at positions
/// that few sets have.
const SLOW: [&str; 9] = [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TU;BYMONTH=2;BYSETPOS=2",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,-1SU;BYSETPOS=31",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=366",
    "FREQ=YEARLY;BYWEEKNO=30,31;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=28",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=1000;BYYEARDAY=366;BYDAY=SU",
];

#[test]
fn no_search_looks_at_more_than_500_years_of_days() {
    for rule in SLOW {
        let rule = Rule::parse(rule).expect(rule);
        for start in [
            "1970-01-01",
            "2026-12-01",
            "2399-06-01",
            "9500-01-01",
            "9899-12-31",
        ] {
            let start: NaiveDate = start.parse().expect(start);
            let days: Vec<NaiveDate> = Days::of(&rule, start, start).collect();
            let years = days.last().map_or(0, |last| last.year() - start.year());
            assert!(
                days.len() <= 500 * 366 && years <= 500,
                "{rule}: {} days",
                days.len()
            );
        }
    }
}

#[test]
fn positions_that_no_set_has_are_given_up_before_the_first_day() {
    for rule in [
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=DAILY;BYHOUR=9,18;BYSETPOS=-3,366",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3,-3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;BYMONTHDAY=1,-1;BYSETPOS=-3",
        "FREQ=YEARLY;BYWEEKNO=30;BYDAY=MO,TU;BYSETPOS=15",
        "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=1,2;BYSETPOS=5",
        "FREQ=YEARLY;BYYEARDAY=1,-1;BYSETPOS=3",
    ] {
        let rule = Rule::parse(rule).expect(rule);
        let start = at("2026-12-01T09:00:00");
        assert!(after(&rule, start, start).days.is_none(), "{rule}");
    }
}

#[test]
fn the_next_of_many_slots_is_found_without_making_them_all() {
    let rule = "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,6,12,18;BYMINUTE=0,15,30,45";
    let rule = Rule::parse(rule).expect(rule);
    let start = at("2026-12-01T09:00:00");
    let mut slots = after(&rule, start, start);
    assert_eq!(slots.next(), Some(at("2026-12-01T12:00:00")));
    assert_eq!(slots.found.len(), 7);
}

#[test]
fn days_before_the_first_week_of_a_year_belong_to_the_last_week_of_the_year_before() {
    // 2021 has 52 weeks after a year of 53, and 2025 has 52 after a leap year of 52.
    assert_eq!(
        dates("FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA,SU", "2020-01-01T09:00:00", 4),
        ["2021-01-02", "2021-01-03", "2027-01-02", "2027-01-03"]
    );
    assert_eq!(
        dates("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", "2020-12-28T09:00:00", 3),
        ["2021-01-03", "2022-01-02", "2023-01-01"]
    );
}
