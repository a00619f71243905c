//! What comes next: on schedule, after completion, missed, counted, ended, and across clock changes.

use chrono::Datelike;

use super::*;

pub(super) fn series(rule: &str, zone: &str, dtstart: &str) -> Series {
    Series {
        rule: rule.parse().expect(rule),
        zone: zone.parse().expect(zone),
        dtstart: dtstart.parse().expect(dtstart),
        count_base: 1,
        anchor: Anchor::Schedule,
        missed: Missed::Skip,
        exceptions: Exceptions::default(),
    }
}

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

/// The slot after the one at `slot`, completed at `completed_at`, or "ended".
pub(super) fn next(series: &Series, slot: &str, completed_at: &str) -> String {
    let occurrence = Occurrence {
        slot: slot.parse().expect(slot),
        ordinal: 1,
    };
    let next = series
        .successor(&occurrence, instant(completed_at))
        .expect("a successor");
    next.map_or("ended".to_owned(), |next| next.slot.to_string())
}

pub(super) fn variant(error: &SeriesError) -> String {
    let shown = format!("{error:?}");
    shown.split([' ', '{']).next().unwrap_or_default().to_owned()
}

pub(super) fn preview(series: &Series, n: usize) -> Vec<String> {
    series
        .preview(n, series.on_time(&series.first()))
        .expect("a preview")
        .iter()
        .map(|occurrence| occurrence.slot.to_string())
        .collect()
}

#[test]
fn a_task_completed_in_time_comes_back_at_the_next_slot() {
    let series = series("FREQ=DAILY", "Europe/Berlin", "2026-12-01T09:00:00");
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-01T07:00:00Z"),
        "2026-12-02T09:00:00"
    );
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-11-20T07:00:00Z"),
        "2026-12-02T09:00:00"
    );
}

#[test]
fn missed_slots_are_skipped_until_one_is_still_ahead() {
    let series = series("FREQ=DAILY", "Europe/Berlin", "2026-12-01T09:00:00");
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-05T07:59:59Z"),
        "2026-12-05T09:00:00"
    );
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-05T08:00:00Z"),
        "2026-12-06T09:00:00"
    );
}

#[test]
fn missed_slots_are_kept_one_by_one_when_asked() {
    let series = Series {
        missed: Missed::Keep,
        ..series("FREQ=DAILY", "Europe/Berlin", "2026-12-01T09:00:00")
    };
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-05T08:00:00Z"),
        "2026-12-02T09:00:00"
    );
}

#[test]
fn a_whole_day_is_not_missed_before_it_is_over() {
    let series = series("FREQ=DAILY", "America/New_York", "2026-12-01");
    assert_eq!(next(&series, "2026-12-01", "2026-12-04T04:59:59Z"), "2026-12-03");
    assert_eq!(next(&series, "2026-12-01", "2026-12-04T05:00:00Z"), "2026-12-04");
}

#[test]
fn completion_starts_the_rule_anew_at_the_same_time_of_day() {
    let series = Series {
        anchor: Anchor::Completion,
        ..series("FREQ=DAILY;INTERVAL=3", "Europe/Berlin", "2026-12-01T09:00:00")
    };
    // Late in the evening in Berlin is still the 5th there, though not in UTC plus an hour's guess.
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-05T22:30:00Z"),
        "2026-12-08T09:00:00"
    );
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-12-05T23:30:00Z"),
        "2026-12-09T09:00:00"
    );
    assert_eq!(
        next(&series, "2026-12-01T09:00:00", "2026-11-30T12:00:00Z"),
        "2026-12-03T09:00:00"
    );
}

#[test]
fn a_task_done_ahead_of_time_never_comes_back_on_the_same_day_again() {
    let series = Series {
        anchor: Anchor::Completion,
        ..series("FREQ=DAILY", "Europe/Berlin", "2026-12-01")
    };
    assert_eq!(next(&series, "2026-12-02", "2026-12-01T12:00:00Z"), "2026-12-03");
}

#[test]
fn a_preview_ends_where_the_calendar_repeats_itself() {
    let rare = series("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", "UTC", "2032-02-29");
    let slots = preview(&rare, MAX_PREVIEW);
    assert_eq!(slots.last().map(String::as_str), Some("2432-02-29"));
    assert_eq!(
        preview(&series("FREQ=YEARLY", "UTC", "2032-02-01"), MAX_PREVIEW).len(),
        MAX_PREVIEW
    );
}

#[test]
fn a_preview_of_a_late_completion_leaves_out_what_was_missed_and_then_goes_on_in_time() {
    let late = instant("2026-12-05T07:00:00Z");
    let slots = |series: &Series| -> Vec<String> {
        let preview = series.preview(3, late).expect("a preview");
        preview.iter().map(|next| next.slot.to_string()).collect()
    };
    let skip = series("FREQ=DAILY", "Europe/Berlin", "2026-12-01T09:00:00");
    assert_eq!(
        slots(&skip),
        [
            "2026-12-01T09:00:00",
            "2026-12-05T09:00:00",
            "2026-12-06T09:00:00"
        ]
    );
    let keep = Series {
        missed: Missed::Keep,
        ..skip.clone()
    };
    assert_eq!(
        slots(&keep),
        [
            "2026-12-01T09:00:00",
            "2026-12-02T09:00:00",
            "2026-12-03T09:00:00"
        ]
    );
    let restart = Series {
        anchor: Anchor::Completion,
        ..series("FREQ=WEEKLY", "Europe/Berlin", "2026-12-01T09:00:00")
    };
    assert_eq!(
        slots(&restart),
        [
            "2026-12-01T09:00:00",
            "2026-12-12T09:00:00",
            "2026-12-19T09:00:00"
        ]
    );
}

#[test]
fn the_first_due_date_counts_though_the_rule_does_not_match_it() {
    let series = series(
        "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
        "Europe/Berlin",
        "2026-12-02T09:00:00",
    );
    assert_eq!(
        preview(&series, 9),
        [
            "2026-12-02T09:00:00",
            "2026-12-07T09:00:00",
            "2026-12-14T09:00:00"
        ]
    );
}

#[test]
fn count_counts_from_the_ordinal_at_which_the_revision_began() {
    let series = Series {
        count_base: 7,
        ..series("FREQ=DAILY;COUNT=2", "UTC", "2026-12-01T09:00:00")
    };
    let ordinals: Vec<i32> = series
        .preview(9, series.on_time(&series.first()))
        .expect("a preview")
        .iter()
        .map(|occurrence| occurrence.ordinal)
        .collect();
    assert_eq!(ordinals, [7, 8]);
}

#[test]
fn until_includes_its_own_moment_and_ends_the_series() {
    for (until, last) in [
        ("20261203", "2026-12-03T09:00:00"),
        ("20261203T090000", "2026-12-03T09:00:00"),
        ("20261203T085959", "2026-12-02T09:00:00"),
        ("20261203T080000Z", "2026-12-03T09:00:00"),
        ("20261203T075959Z", "2026-12-02T09:00:00"),
    ] {
        let series = series(
            &format!("FREQ=DAILY;UNTIL={until}"),
            "Europe/Berlin",
            "2026-12-01T09:00:00",
        );
        assert_eq!(
            preview(&series, 9).last().expect("an occurrence"),
            last,
            "{until}"
        );
    }
    let all_day = series("FREQ=DAILY;UNTIL=20261203T080000Z", "Europe/Berlin", "2026-12-01");
    assert_eq!(preview(&all_day, 9), ["2026-12-01", "2026-12-02", "2026-12-03"]);
}

#[test]
fn wall_time_survives_a_change_of_the_clocks() {
    for (zone, dtstart) in [
        ("Europe/Berlin", "2026-03-27T09:00:00"),
        ("America/New_York", "2026-10-30T23:30:00"),
        ("Africa/Cairo", "2026-04-22T00:00:00"),
        ("Africa/Cairo", "2026-04-22T00:30:00"),
        ("Asia/Beirut", "2022-03-25T00:00:00"),
        ("America/Sao_Paulo", "2018-11-02T00:00:00"),
        ("America/Sao_Paulo", "2018-02-15T23:30:00"),
        ("America/Havana", "2026-03-06T00:00:00"),
        ("Australia/Lord_Howe", "2026-10-02T02:15:00"),
    ] {
        let time = dtstart.split_once('T').expect("a time").1;
        let slots = preview(&series("FREQ=DAILY", zone, dtstart), 6);
        assert_eq!(slots.len(), 6);
        assert!(slots.iter().all(|slot| slot.ends_with(time)), "{zone} {slots:?}");
        let days: Vec<i32> = slots
            .iter()
            .map(|slot| {
                slot.parse::<WallTime>()
                    .expect("a wall time")
                    .date()
                    .num_days_from_ce()
            })
            .collect();
        assert!(
            days.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{zone} {slots:?}"
        );
    }
}

#[test]
fn the_second_of_two_equal_hours_does_not_bring_the_first_back() {
    // 02:45 comes twice in Berlin that night; the task is due at the first, 00:45 UTC.
    let series = series("FREQ=DAILY", "Europe/Berlin", "2026-10-24T02:45:00");
    assert_eq!(
        next(&series, "2026-10-24T02:45:00", "2026-10-25T00:44:00Z"),
        "2026-10-25T02:45:00"
    );
    assert_eq!(
        next(&series, "2026-10-24T02:45:00", "2026-10-25T01:30:00Z"),
        "2026-10-26T02:45:00"
    );
}

#[test]
fn a_series_whose_parts_do_not_go_together_is_refused() {
    let kind = |series: Series| variant(&series.check().expect_err("a refusal"));
    assert_eq!(
        kind(series("FREQ=DAILY;BYHOUR=9", "UTC", "2026-12-01")),
        "TimeOfDayOnAllDay"
    );
    assert_eq!(
        kind(series("FREQ=DAILY;UNTIL=20261130", "UTC", "2026-12-01")),
        "UntilBeforeStart"
    );
    assert_eq!(
        kind(series("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "UTC", "2026-12-01")),
        "NeverMatches"
    );
    assert_eq!(
        series("FREQ=DAILY;UNTIL=20261201", "UTC", "2026-12-01T09:00:00").check(),
        Ok(())
    );
    assert_eq!(series("FREQ=DAILY;COUNT=1", "UTC", "2026-12-01").check(), Ok(()));
}

#[test]
fn an_occurrence_that_is_not_of_the_series_is_refused() {
    let series = series("FREQ=DAILY", "UTC", "2026-12-01");
    let successor = |slot: &str, ordinal| {
        let occurrence = Occurrence {
            slot: slot.parse().expect(slot),
            ordinal,
        };
        let refused = series.successor(&occurrence, instant("2026-12-01T00:00:00Z"));
        variant(&refused.expect_err("a refusal"))
    };
    assert_eq!(successor("2026-12-01T09:00:00", 1), "MixedKinds");
    assert_eq!(successor("2026-12-01", 0), "OrdinalOutOfRange");
    assert_eq!(successor("2026-12-01", i32::MAX), "OrdinalOutOfRange");
}

#[test]
fn words_are_read_and_written() {
    assert_eq!(
        "completion".parse::<Anchor>().expect("a word").to_string(),
        "completion"
    );
    assert_eq!("keep".parse::<Missed>().expect("a word").to_string(), "keep");
    assert_eq!(
        "never".parse::<Missed>().expect_err("no word").to_string(),
        "missed must be skip or keep"
    );
}
