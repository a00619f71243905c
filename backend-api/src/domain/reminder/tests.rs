//! What durations are read, and when reminders fire.

use super::*;

fn due(local: &str, zone: &str) -> Moment {
    Moment {
        local: local.parse().expect(local),
        zone: zone.parse().expect(zone),
    }
}

fn fires(before: &str, due: &Moment) -> String {
    let reminder = Reminder::Before(before.parse().expect(before));
    reminder
        .fire_at(None, Some(due))
        .expect("a due time")
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[test]
fn durations_are_written_in_one_way() {
    for (given, canonical) in [
        ("PT1H", "PT1H"),
        ("PT60M", "PT1H"),
        ("PT3661S", "PT1H1M1S"),
        ("P1W", "P7D"),
        ("P1W2DT3H", "P9DT3H"),
        ("PT24H", "PT24H"),
        ("PT0S", "PT0S"),
        ("P0D", "PT0S"),
        ("P366D", "P366D"),
    ] {
        assert_eq!(given.parse::<Before>().expect(given).to_string(), canonical);
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "P",
        "PT",
        "P1DT",
        "1H",
        "-PT1H",
        "PT-1H",
        "P1Y",
        "P1M",
        "PT1.5H",
        "PT1M1H",
        "PT1H1H",
        "P1D1W",
        "PTH",
        "P367D",
        "PT99999999999S",
        "PT1h",
        "P1D T1H",
        "PT+1H",
    ] {
        assert_eq!(text.parse::<Before>(), Err(NotADuration), "{text}");
    }
}

#[test]
fn a_day_before_keeps_the_wall_time_when_the_clocks_change_and_24_hours_do_not() {
    let after_the_change = due("2026-03-29T09:00:00", "Europe/Berlin");
    assert_eq!(fires("P1D", &after_the_change), "2026-03-28T08:00:00Z");
    assert_eq!(fires("PT24H", &after_the_change), "2026-03-28T07:00:00Z");
}

#[test]
fn a_whole_day_is_counted_from_its_end() {
    assert_eq!(
        fires("PT1H", &due("2026-12-01", "Europe/Berlin")),
        "2026-12-01T22:00:00Z"
    );
    assert_eq!(
        fires("P1D", &due("2026-12-01", "Europe/Berlin")),
        "2026-11-30T23:00:00Z"
    );
}

#[test]
fn a_moment_moves_with_the_occurrence_by_the_same_wall_clock_distance() {
    let reminder = Reminder::At("2026-10-24T06:30:00Z".parse().expect("a moment"));
    let moved = reminder.moved(
        &due("2026-10-24T09:00:00", "Europe/Berlin"),
        &due("2026-10-25T09:00:00", "Europe/Berlin"),
    );
    assert_eq!(
        moved.expect("a moment").to_json(),
        json!({"at": "2026-10-25T07:30:00Z"})
    );
}

#[test]
fn an_id_depends_on_what_was_asked_for_and_not_on_its_spelling() {
    let task = TaskId::new();
    let hour = Reminder::Before("PT1H".parse().expect("an hour"));
    let minutes = Reminder::Before("PT60M".parse().expect("an hour"));
    assert_eq!(hour.id(task), minutes.id(task));
    assert_ne!(hour.id(task), hour.id(TaskId::new()));
}

#[test]
fn a_reminder_can_count_from_the_start() {
    let reminder = Reminder::BeforeStart("PT1H".parse().expect("an hour"));
    let day = due("2026-12-01", "Europe/Berlin");
    let fires = |start: Option<&Moment>| {
        let at = reminder.fire_at(start, Some(&due("2026-12-24", "UTC")));
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    };
    assert_eq!(fires(Some(&day)).as_deref(), Some("2026-11-30T22:00:00Z"));
    assert_eq!(fires(None), None);
    assert_eq!(Reminder::stored(&reminder.to_json()), Some(reminder.clone()));
    let before_due = Reminder::Before("PT1H".parse().expect("an hour"));
    assert_ne!(
        reminder.id(TaskId::from_uuid(uuid::Uuid::nil())),
        before_due.id(TaskId::from_uuid(uuid::Uuid::nil()))
    );
}
