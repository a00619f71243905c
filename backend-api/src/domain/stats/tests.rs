//! Days as they are in zones with odd midnights, and what counts come to.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn zone(name: &str) -> Zone {
    name.parse().expect(name)
}

/// Date and length in minutes of the last days.
fn days(zone_name: &str, now: &str, number: usize) -> Vec<(String, i64)> {
    let calendar = Calendar::up_to(at(now), zone(zone_name), number);
    let mut ends = calendar.tomorrow();
    let mut found = Vec::new();
    for day in calendar.shown().iter().rev() {
        found.push((day.date.to_string(), (ends - day.begins).num_minutes()));
        ends = day.begins;
    }
    found.reverse();
    found
}

fn owned(days: &[(&str, i64)]) -> Vec<(String, i64)> {
    days.iter()
        .map(|(date, minutes)| ((*date).to_owned(), *minutes))
        .collect()
}

#[test]
fn a_day_is_as_long_as_its_zone_says() {
    for (zone, now, expected) in [
        (
            "UTC",
            "2026-03-01T00:00:00Z",
            [("2026-02-28", 1440), ("2026-03-01", 1440)],
        ),
        // A microsecond before and at a midnight.
        (
            "Asia/Kathmandu",
            "2026-01-01T18:14:59.999999Z",
            [("2025-12-31", 1440), ("2026-01-01", 1440)],
        ),
        (
            "Asia/Kathmandu",
            "2026-01-01T18:15:00Z",
            [("2026-01-01", 1440), ("2026-01-02", 1440)],
        ),
        // Of 23 and 25 hours.
        (
            "Europe/Berlin",
            "2026-03-29T20:00:00Z",
            [("2026-03-28", 1440), ("2026-03-29", 1380)],
        ),
        (
            "Europe/Berlin",
            "2026-10-25T20:00:00Z",
            [("2026-10-24", 1440), ("2026-10-25", 1500)],
        ),
        // Clocks change by half an hour, by an hour at a quarter to three, and at midnight both ways.
        (
            "Australia/Lord_Howe",
            "2026-04-05T05:00:00Z",
            [("2026-04-04", 1440), ("2026-04-05", 1470)],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T05:00:00Z",
            [("2026-10-03", 1440), ("2026-10-04", 1410)],
        ),
        (
            "Pacific/Chatham",
            "2026-09-27T05:00:00Z",
            [("2026-09-26", 1440), ("2026-09-27", 1380)],
        ),
        (
            "America/Santiago",
            "2026-09-06T15:00:00Z",
            [("2026-09-05", 1440), ("2026-09-06", 1380)],
        ),
        (
            "America/Santiago",
            "2026-04-04T15:00:00Z",
            [("2026-04-03", 1440), ("2026-04-04", 1500)],
        ),
    ] {
        assert_eq!(days(zone, now, 2), owned(&expected), "{zone} {now}");
    }
}

#[test]
fn midnight_that_is_left_out_and_an_evening_that_comes_twice_belong_to_one_day() {
    // 2026-09-06 begins at 01:00 in Santiago; 2026-04-04 has 23:00 to 24:00 twice.
    for (now, today) in [
        ("2026-09-06T03:59:59Z", "2026-09-05"),
        ("2026-09-06T04:00:00Z", "2026-09-06"),
        ("2026-04-05T02:59:59Z", "2026-04-04"),
        ("2026-04-05T03:30:00Z", "2026-04-04"),
        ("2026-04-05T04:00:00Z", "2026-04-05"),
    ] {
        let found = days("America/Santiago", now, 1);
        assert_eq!(found.first().map(|day| day.0.as_str()), Some(today), "{now}");
    }
}

#[test]
fn a_day_that_a_zone_left_out_is_not_a_day() {
    let expected = [("2011-12-29", 1440), ("2011-12-31", 1440)];
    assert_eq!(days("Pacific/Apia", "2011-12-31T09:00:00Z", 2), owned(&expected));
}

/// Every zone, over the years in which streaks are looked for now and those that are known to come.
#[test]
fn each_day_of_every_zone_begins_with_a_quarter_of_an_hour() {
    let mut seen = 0;
    for zone in Zone::all() {
        for year in (2022..=2040).step_by(3) {
            let now = &format!("{year}-01-01T12:00:00Z");
            for begins in Calendar::up_to(at(now), zone, 1).begins() {
                assert_eq!(begins.timestamp() % QUARTER.num_seconds(), 0, "{zone} {begins}");
                seen += 1;
            }
        }
    }
    assert!(seen > 400 * 7 * 1_096, "{seen}");
}

#[test]
fn days_follow_each_other_in_every_zone() {
    for zone in Zone::all() {
        let begins = Calendar::up_to(at("2026-11-22T12:00:00Z"), zone, 1).begins();
        assert!(begins.is_sorted_by(|a, b| a < b), "{zone}");
    }
}

#[test]
fn a_streak_goes_up_to_today_or_yesterday() {
    for (days, current, longest) in [
        (&[][..], 0, 0),
        (&[9], 1, 1),
        (&[8], 1, 1),
        (&[7], 0, 1),
        (&[9, 8, 7], 3, 3),
        (&[8, 7, 3], 2, 2),
        (&[9, 7, 6, 5], 1, 3),
        (&[5, 4, 3, 9, 8], 2, 3),
        (&[9, 9, 8], 2, 2),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10, 10),
    ] {
        assert_eq!(
            Streak::of(days.to_vec(), 10),
            Streak { current, longest },
            "{days:?}"
        );
    }
}

#[test]
fn parts_add_up_by_project_and_day() {
    let calendar = Calendar::up_to(at("2026-11-22T12:00:00Z"), Zone::UTC, 2);
    let garden: ProjectId = "018f4e6e-0000-7000-8000-000000000001".parse().expect("an id");
    let today = calendar.begins().len() - 1;
    let part = |figure, project, count| Counted {
        figure,
        project,
        count,
    };
    let stats = Stats::add_up(
        &calendar,
        &[
            part(Figure::Open, None, 3),
            part(Figure::Open, Some(garden), 4),
            part(Figure::Overdue, Some(garden), 1),
            part(Figure::Overdue, Some(garden), 2),
            part(Figure::DueToday, None, 5),
            part(Figure::Done, Some(garden), 6),
            part(Figure::DoneOn(today), None, 6),
            part(Figure::DoneOn(today - 2), None, 9),
            part(Figure::Streak(today), None, 1),
        ],
    );
    let sums = |open, overdue, due_today, done| Sums {
        open,
        overdue,
        due_today,
        done,
    };
    assert_eq!(stats.all, sums(7, 3, 5, 6));
    assert_eq!(stats.of(None), sums(3, 0, 5, 0));
    assert_eq!(stats.of(Some(garden)), sums(4, 3, 0, 6));
    assert_eq!(
        stats.streak,
        Streak {
            current: 1,
            longest: 1
        }
    );
    let done: Vec<_> = stats
        .done
        .iter()
        .map(|(date, count)| (date.to_string(), *count))
        .collect();
    assert_eq!(done, [("2026-11-21".to_owned(), 0), ("2026-11-22".to_owned(), 6)]);
}

#[test]
fn a_moment_has_its_quarter_and_its_day_of_utc() {
    let of = AsOf::new(at("2026-11-22T23:59:59.999999Z"));
    assert_eq!(of.quarter, at("2026-11-22T23:45:00Z"));
    assert_eq!(of.midnight, at("2026-11-22T00:00:00Z"));
    assert_eq!(AsOf::new(of.quarter).quarter, of.quarter);
}
