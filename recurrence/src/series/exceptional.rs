//! What is left out of a series and what is added to it, with both anchors, missed, counted and ended.

use super::tests::{instant, next, preview, series, variant};
use super::*;

fn slots(texts: &[&str]) -> Vec<WallTime> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

/// A series from the first of December 2026 on, all day.
fn with(rule: &str, excluded: &[&str], added: &[&str]) -> Series {
    Series {
        exceptions: Exceptions::new(slots(excluded), slots(added)).expect("exceptions"),
        ..series(rule, "Europe/Berlin", "2026-12-01")
    }
}

/// The days of December 2026 in a preview.
fn days(series: &Series) -> Vec<u32> {
    let preview = preview(series, 12);
    preview
        .iter()
        .map(|slot| slot.strip_prefix("2026-12-").expect(slot).parse().expect(slot))
        .collect()
}

#[test]
fn an_excluded_slot_never_becomes_an_occurrence() {
    let series = with(
        "FREQ=DAILY;UNTIL=20261207",
        &["2026-12-02", "2026-12-03", "2026-12-07"],
        &[],
    );
    assert_eq!(days(&series), [1, 4, 5, 6]);
    let restart = Series {
        anchor: Anchor::Completion,
        ..series
    };
    assert_eq!(days(&restart), [1, 4, 5, 6]);
    // Completed late, the first slot still ahead is excluded.
    assert_eq!(next(&restart, "2026-12-01", "2026-12-02T12:00:00Z"), "2026-12-04");
}

#[test]
fn an_added_wall_time_becomes_an_occurrence_in_its_turn() {
    let series = with("FREQ=WEEKLY;UNTIL=20261215", &[], &["2026-12-03", "2026-12-09"]);
    assert_eq!(days(&series), [1, 3, 8, 9, 15]);
    let restart = Series {
        anchor: Anchor::Completion,
        ..series
    };
    assert_eq!(days(&restart), [1, 3, 9]);
}

#[test]
fn an_added_wall_time_has_a_time_of_day_of_its_own() {
    let series = Series {
        exceptions: Exceptions::new(Vec::new(), slots(&["2026-12-01T17:30:00"])).expect("exceptions"),
        ..series("FREQ=DAILY", "Europe/Berlin", "2026-12-01T09:00:00")
    };
    assert_eq!(
        preview(&series, 3),
        [
            "2026-12-01T09:00:00",
            "2026-12-01T17:30:00",
            "2026-12-02T09:00:00"
        ]
    );
}

#[test]
fn an_added_wall_time_comes_after_the_rule_has_ended() {
    for end in ["COUNT=2", "UNTIL=20261202"] {
        let series = with(&format!("FREQ=DAILY;{end}"), &[], &["2026-12-09", "2026-12-12"]);
        assert_eq!(days(&series), [1, 2, 9, 12], "{end}");
    }
    let exhausted = Series {
        exceptions: Exceptions::new(Vec::new(), slots(&["9999-12-30"])).expect("exceptions"),
        ..series("FREQ=YEARLY", "UTC", "9999-01-01")
    };
    assert_eq!(preview(&exhausted, 9), ["9999-01-01", "9999-12-30"]);
}

#[test]
fn an_added_wall_time_before_the_first_due_date_or_on_it_changes_nothing() {
    let series = with("FREQ=DAILY;COUNT=3", &[], &["2026-11-20", "2026-12-01"]);
    assert_eq!(series.check(), Ok(()));
    assert_eq!(days(&series), [1, 2, 3]);
}

#[test]
fn an_added_wall_time_that_is_a_slot_comes_once_and_counts() {
    assert_eq!(days(&with("FREQ=DAILY;COUNT=3", &[], &["2026-12-02"])), [1, 2, 3]);
    // The fifth would be a slot if the count did not end before it.
    assert_eq!(
        days(&with("FREQ=DAILY;COUNT=3", &[], &["2026-12-05"])),
        [1, 2, 3, 5]
    );
}

#[test]
fn count_counts_excluded_slots_and_no_added_ones() {
    let rule = "FREQ=DAILY;INTERVAL=2;COUNT=4";
    assert_eq!(days(&with(rule, &["2026-12-03"], &[])), [1, 5, 7]);
    assert_eq!(days(&with(rule, &["2026-12-07"], &[])), [1, 3, 5]);
    assert_eq!(days(&with(rule, &["2026-12-04"], &[])), [1, 3, 5, 7]);
    assert_eq!(
        days(&with(rule, &[], &["2026-12-02", "2026-12-04"])),
        [1, 2, 3, 4, 5, 7]
    );
    assert_eq!(
        days(&with(rule, &["2026-12-03"], &["2026-12-02", "2026-12-10"])),
        [1, 2, 5, 7, 10]
    );
    let revised = Series {
        count_base: 7,
        ..with(rule, &["2026-12-03"], &["2026-12-02"])
    };
    assert_eq!(days(&revised), [1, 2, 5, 7]);
}

#[test]
fn count_leaves_slots_out_that_were_missed_but_not_excluded_ones_among_them() {
    let late = instant("2026-12-04T12:00:00Z");
    let days = |series: &Series| -> Vec<String> {
        let preview = series.preview(9, late).expect("a preview");
        preview
            .iter()
            .map(|next| next.slot.date().day().to_string())
            .collect()
    };
    assert_eq!(days(&with("FREQ=DAILY;COUNT=4", &[], &[])), ["1", "4", "5", "6"]);
    assert_eq!(
        days(&with("FREQ=DAILY;COUNT=4", &["2026-12-03"], &[])),
        ["1", "4", "5"]
    );
}

#[test]
fn count_takes_an_added_wall_time_that_was_missed_for_an_occurrence() {
    let series = with("FREQ=DAILY;INTERVAL=2;COUNT=3", &[], &["2026-12-02"]);
    let late = instant("2026-12-04T12:00:00Z");
    let preview = series.preview(9, late).expect("a preview");
    let days: Vec<u32> = preview.iter().map(|next| next.slot.date().day()).collect();
    assert_eq!(days, [1, 5, 7, 9]);
}

#[test]
fn with_anchor_completion_count_counts_what_the_rule_made() {
    let restart = |excluded: &[&str], added: &[&str]| Series {
        anchor: Anchor::Completion,
        ..with("FREQ=DAILY;INTERVAL=2;COUNT=3", excluded, added)
    };
    assert_eq!(days(&restart(&["2026-12-03"], &[])), [1, 5, 7]);
    assert_eq!(days(&restart(&[], &["2026-12-02"])), [1, 2, 4, 6]);
}

#[test]
fn an_added_wall_time_that_was_missed_is_left_out_or_kept() {
    for anchor in [Anchor::Schedule, Anchor::Completion] {
        let skip = Series {
            anchor,
            ..with("FREQ=WEEKLY", &[], &["2026-12-02", "2026-12-05"])
        };
        assert_eq!(next(&skip, "2026-12-01", "2026-12-03T12:00:00Z"), "2026-12-05");
        let keep = Series {
            missed: Missed::Keep,
            ..skip
        };
        assert_eq!(next(&keep, "2026-12-01", "2026-12-03T12:00:00Z"), "2026-12-02");
        assert_eq!(next(&keep, "2026-12-02", "2026-12-03T12:00:00Z"), "2026-12-05");
    }
}

#[test]
fn a_series_may_be_left_with_its_first_occurrence() {
    let series = with("FREQ=DAILY;COUNT=2", &["2026-12-02"], &[]);
    assert_eq!(series.check(), Ok(()));
    assert_eq!(days(&series), [1]);
}

#[test]
fn exceptions_that_do_not_go_with_the_series_are_refused_by_name() {
    let refusal = |excluded: &[&str], added: &[&str]| {
        let refused = with("FREQ=DAILY", excluded, added).check();
        refused.expect_err("a refusal").to_string()
    };
    assert_eq!(
        refusal(&["2026-12-02T09:00:00"], &[]),
        "2026-12-02T09:00:00 in exdates and the first due date 2026-12-01 must both be all day or both timed"
    );
    assert_eq!(
        refusal(&[], &["2026-12-02T09:00:00"]),
        "2026-12-02T09:00:00 in rdates and the first due date 2026-12-01 must both be all day or both timed"
    );
    assert_eq!(
        refusal(&["2026-12-01"], &[]),
        "the first due date 2026-12-01 is in exdates: drop it there, or move the due date"
    );
    assert_eq!(
        refusal(&[], &["2127-01-01"]),
        "2127-01-01 in rdates lies more than 100 years after the first due date: drop it"
    );
    assert_eq!(with("FREQ=DAILY", &["2126-12-31"], &[]).check(), Ok(()));
}

#[test]
fn a_successor_is_refused_when_kinds_are_mixed() {
    let series = with("FREQ=DAILY", &["2026-12-02T09:00:00"], &[]);
    let refused = series.successor(&series.first(), instant("2026-12-01T00:00:00Z"));
    assert_eq!(variant(&refused.expect_err("a refusal")), "ExceptionOfOtherKind");
}

#[test]
fn a_preview_that_would_search_too_long_is_refused_by_name() {
    let first = instant("2024-02-29T00:00:00Z").date_naive();
    let added = first
        .iter_days()
        .step_by(331)
        .skip(1)
        .take(100)
        .map(WallTime::AllDay)
        .collect();
    let rare = Series {
        anchor: Anchor::Completion,
        exceptions: Exceptions::new(Vec::new(), added).expect("exceptions"),
        ..series(
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
            "UTC",
            "2024-02-29",
        )
    };
    assert_eq!(rare.check(), Ok(()));
    let refused = rare.preview(MAX_PREVIEW, rare.on_time(&rare.first()));
    assert_eq!(
        refused.expect_err("a refusal").to_string(),
        "the preview would search more than 1200 years of the calendar: \
         ask for fewer occurrences, or use anchor schedule"
    );
    assert_eq!(preview(&rare, 3).len(), 3);
    let on_schedule = Series {
        anchor: Anchor::Schedule,
        ..rare
    };
    assert!(preview(&on_schedule, MAX_PREVIEW).len() > 100);
}
