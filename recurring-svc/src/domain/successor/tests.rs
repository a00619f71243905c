//! What follows from each kind of fact, and that it is the same however often it is computed.

use proptest::prelude::*;
use shared_events::event::Timestamp;
use shared_events::event::task::Frontier;
use shared_events::ids::{ActionId, Epoch, UserId};
use uuid::Uuid;

use super::*;

const SERIES: &str = "018f4e6e-0000-7000-8000-000000000001";

fn at(text: &str) -> Timestamp {
    Timestamp::new(text.parse().expect(text))
}

fn meta(kind: &str) -> EventMeta {
    EventMeta {
        event_id: EventId::from_uuid(Uuid::from_u128(7)),
        kind: kind.to_owned(),
        occurred_at: at("2026-12-01T07:30:00.000001Z"),
        user_id: UserId::parse("alice").expect("a user"),
        actor: "user:alice".to_owned(),
        action_id: ActionId::from_uuid(Uuid::from_u128(8)),
        causation_id: None,
        intent: intent::COMPLETE.to_owned(),
        aggregate: aggregate::TASK.to_owned(),
        aggregate_id: series_id().occurrence(1).to_string(),
        version: Version(2),
        previous: Version(1),
        epoch: Epoch(1),
        position: Position(18),
    }
}

fn series_id() -> SeriesId {
    SERIES.parse().expect("a series id")
}

/// The first occurrence of "every day at nine in Berlin", completed half an hour before it was due.
fn task() -> TaskSnapshot {
    let id = series_id().occurrence(1);
    serde_json::from_value(serde_json::json!({
        "id": id, "title": "Water the plants", "priority": "normal", "status": "done", "tags": [],
        "series_id": SERIES, "ordinal": 1, "reminders": [], "version": 2, "position": 18,
        "created_at": at("2026-11-30T12:00:00Z"), "updated_at": at("2026-12-01T07:30:00Z"),
        "completed_at": at("2026-12-01T07:30:00Z"), "closed_at": at("2026-12-01T07:30:00Z"),
        "recurrence": {
            "rrule": "FREQ=DAILY", "anchor": "schedule", "missed": "skip", "dtstart": "2026-12-01T09:00:00",
            "zone": "Europe/Berlin", "slot": "2026-12-01T09:00:00", "ordinal": 1, "count_base": 1,
            "series_revision": 1,
        },
    }))
    .expect("a snapshot")
}

fn task_event(kind: &str, change: impl FnOnce(&mut TaskSnapshot)) -> TaskEvent {
    let mut task = task();
    change(&mut task);
    TaskEvent {
        task: Some(task),
        ..TaskEvent::new(meta(kind))
    }
}

/// The rule was changed to weekly when the first occurrence was done already.
fn series_event(change: impl FnOnce(&mut SeriesSnapshot)) -> TaskEvent {
    let mut series = SeriesSnapshot {
        id: series_id(),
        created_at: None,
        updated_at: None,
        exdates: Vec::new(),
        rdates: Vec::new(),
        rrule: "FREQ=WEEKLY".to_owned(),
        anchor: "schedule".to_owned(),
        missed: "skip".to_owned(),
        dtstart: "2026-12-01T09:00:00".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        count_base: 1,
        revision: 2,
        alive: true,
        last_ordinal: 1,
        frontier: Some(Frontier {
            task_id: series_id().occurrence(1),
            ordinal: 1,
            status: "done".to_owned(),
            slot: "2026-12-01T09:00:00".to_owned(),
            completed_at: Some(at("2026-12-01T07:30:00Z")),
            closed_at: Some(at("2026-12-01T07:30:00Z")),
        }),
    };
    change(&mut series);
    TaskEvent {
        series: Some(series),
        ..TaskEvent::new(meta(kind::SERIES_UPDATED))
    }
}

fn edit(task: &mut TaskSnapshot) -> &mut RecurrenceSnapshot {
    task.recurrence.as_mut().expect("a recurring task")
}

fn created(event: &TaskEvent) -> TaskCommand {
    match successor(event).expect("a sound event") {
        Successor::Create(command) => *command,
        Successor::Nothing(reason) => panic!("no command: {}", reason.as_str()),
    }
}

fn start(event: &TaskEvent) -> String {
    created(event).create_occurrence.expect("a body").start
}

fn closed_at(event: &TaskEvent) -> Option<Timestamp> {
    created(event).create_occurrence.expect("a body").closed_at
}

fn reason(event: &TaskEvent) -> &'static str {
    match successor(event).expect("a sound event") {
        Successor::Create(command) => panic!("a command: {command:?}"),
        Successor::Nothing(reason) => reason.as_str(),
    }
}

fn error(event: &TaskEvent) -> SuccessorError {
    successor(event).expect_err("an event that contradicts itself")
}

#[test]
fn completing_an_occurrence_creates_the_next_at_the_same_wall_time() {
    insta::assert_json_snapshot!(created(&task_event(kind::TASK_COMPLETED, |_| {})));
}

#[test]
fn a_new_rule_for_a_closed_occurrence_computes_its_successor_anew() {
    insta::assert_json_snapshot!(created(&series_event(|_| {})));
}

#[test]
fn a_command_says_which_closing_it_follows_and_each_closing_has_its_own() {
    let again = at("2026-12-03T07:30:00Z");
    let first = task_event(kind::TASK_COMPLETED, |_| {});
    let second = task_event(kind::TASK_COMPLETED, |task| task.closed_at = Some(again));
    assert_eq!(closed_at(&first), Some(at("2026-12-01T07:30:00Z")));
    assert_eq!(closed_at(&second), Some(again));
    assert_ne!(created(&first).meta.event_id, created(&second).meta.event_id);
    let revised = series_event(|series| series.frontier.as_mut().expect("one").closed_at = Some(again));
    assert_eq!(closed_at(&revised), Some(again));
}

#[test]
fn a_fact_of_version_1_gives_the_command_of_that_day() {
    let event = task_event(kind::TASK_COMPLETED, |task| task.closed_at = None);
    assert_eq!(closed_at(&event), None);
    let name = "create_occurrence:2:1";
    assert_eq!(
        created(&event).meta.event_id,
        EventId::derived(series_id().as_uuid(), name)
    );
}

#[test]
fn skipping_counts_like_completing() {
    let event = task_event(kind::TASK_SKIPPED, |task| task.status = "skipped".to_owned());
    assert_eq!(start(&event), "2026-12-02T09:00:00");
}

#[test]
fn deleting_the_open_occurrence_counts_as_skipping_it_at_that_moment() {
    let event = task_event(kind::TASK_DELETED, |task| {
        task.status = "open".to_owned();
        task.completed_at = None;
        task.deleted = true;
        task.closed_at = Some(at("2026-12-01T07:45:00Z"));
    });
    assert_eq!(start(&event), "2026-12-02T09:00:00");
    assert_eq!(closed_at(&event), Some(at("2026-12-01T07:45:00Z")));
}

#[test]
fn deleting_a_closed_occurrence_changes_nothing() {
    assert_eq!(
        reason(&task_event(kind::TASK_DELETED, |task| task.deleted = true)),
        "closed_before"
    );
}

#[test]
fn a_task_outside_of_any_series_has_no_successor() {
    assert_eq!(
        reason(&task_event(kind::TASK_COMPLETED, |task| task.recurrence = None)),
        "not_recurring"
    );
}

#[test]
fn missed_days_are_judged_by_the_moment_of_completion() {
    let late = at("2026-12-05T10:00:00Z");
    let skip = task_event(kind::TASK_COMPLETED, |task| task.completed_at = Some(late));
    assert_eq!(start(&skip), "2026-12-06T09:00:00");
    let keep = task_event(kind::TASK_COMPLETED, |task| {
        task.completed_at = Some(late);
        edit(task).missed = "keep".to_owned();
    });
    assert_eq!(start(&keep), "2026-12-02T09:00:00");
}

#[test]
fn an_anchor_at_completion_counts_from_that_day() {
    let event = task_event(kind::TASK_COMPLETED, |task| {
        task.completed_at = Some(at("2026-12-05T10:00:00Z"));
        edit(task).anchor = "completion".to_owned();
        edit(task).rrule = "FREQ=DAILY;INTERVAL=3".to_owned();
    });
    assert_eq!(start(&event), "2026-12-08T09:00:00");
}

#[test]
fn whole_days_stay_whole_days() {
    let event = task_event(kind::TASK_COMPLETED, |task| {
        edit(task).dtstart = "2026-12-01".to_owned();
        edit(task).slot = "2026-12-01".to_owned();
    });
    assert_eq!(start(&event), "2026-12-02");
}

#[test]
fn a_series_that_is_used_up_has_no_successor() {
    for rrule in ["FREQ=DAILY;COUNT=1", "FREQ=DAILY;UNTIL=20261201"] {
        let event = task_event(kind::TASK_COMPLETED, |task| edit(task).rrule = rrule.to_owned());
        assert_eq!(reason(&event), "exhausted", "{rrule}");
    }
}

#[test]
fn a_new_rule_for_an_open_occurrence_waits_until_it_is_closed() {
    let open = |series: &mut SeriesSnapshot| {
        series.frontier.as_mut().expect("a frontier").status = "open".to_owned();
    };
    assert_eq!(reason(&series_event(open)), "still_open");
}

#[test]
fn a_series_that_has_ended_is_not_continued() {
    assert_eq!(
        reason(&series_event(|series| series.alive = false)),
        "not_recurring"
    );
    assert_eq!(
        reason(&series_event(|series| series.frontier = None)),
        "not_recurring"
    );
}

#[test]
fn kinds_that_close_nothing_and_kinds_of_the_future_are_passed_over() {
    for kind in [
        kind::TASK_CREATED,
        kind::TASK_UPDATED,
        kind::TASK_REOPENED,
        kind::SERIES_CREATED,
        kind::SERIES_ENDED,
        kind::TAG_CREATED,
        kind::TAG_UPDATED,
        kind::TAG_DELETED,
        kind::FILTER_CREATED,
        kind::FILTER_UPDATED,
        kind::FILTER_DELETED,
    ] {
        assert_eq!(reason(&task_event(kind, |_| {})), "other_kind", "{kind}");
    }
    assert_eq!(reason(&task_event("task.teleported", |_| {})), "unknown_kind");
}

#[test]
fn the_same_fact_gives_the_same_command_and_another_revision_another_id() {
    let event = task_event(kind::TASK_COMPLETED, |_| {});
    let bytes = |event: &TaskEvent| serde_json::to_vec(&created(event)).expect("JSON");
    assert_eq!(bytes(&event), bytes(&event));
    let revised = task_event(kind::TASK_COMPLETED, |task| edit(task).series_revision = 2);
    assert_ne!(created(&event).meta.event_id, created(&revised).meta.event_id);
}

#[test]
fn a_fact_that_contradicts_itself_is_an_error_that_says_how() {
    let without_task = TaskEvent {
        task: None,
        ..task_event(kind::TASK_COMPLETED, |_| {})
    };
    assert_eq!(
        error(&without_task).to_string(),
        "an event of kind task.completed carries no task"
    );
    let without_series = TaskEvent {
        series: None,
        ..series_event(|_| {})
    };
    assert_eq!(error(&without_series).kind(), "snapshot_missing");
    let changed = |change: fn(&mut RecurrenceSnapshot)| {
        error(&task_event(kind::TASK_COMPLETED, |task| change(edit(task)))).kind()
    };
    assert_eq!(
        changed(|recurrence| recurrence.rrule = "FREQ=HOURLY".to_owned()),
        "invalid_rule"
    );
    assert_eq!(
        changed(|recurrence| recurrence.zone = "Mars/Olympus".to_owned()),
        "invalid_zone"
    );
    assert_eq!(
        changed(|recurrence| recurrence.slot = "soon".to_owned()),
        "invalid_wall_time"
    );
    assert_eq!(
        changed(|recurrence| recurrence.dtstart = "soon".to_owned()),
        "invalid_wall_time"
    );
    assert_eq!(
        changed(|recurrence| recurrence.missed = "maybe".to_owned()),
        "invalid_word"
    );
    assert_eq!(
        changed(|recurrence| recurrence.ordinal = i32::MAX),
        "invalid_series"
    );
    let orphan = task_event(kind::TASK_COMPLETED, |task| task.series_id = None);
    assert_eq!(
        error(&orphan).to_string(),
        "an event of kind task.completed carries no series id"
    );
}

proptest! {
    #[test]
    fn no_snapshot_makes_the_computation_panic(
        rrule in "\\PC{0,40}|FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=[0-9]{1,5})?",
        slot in "\\PC{0,20}|[0-9]{4}-0[1-9]-[0-2][0-9]T0[0-9]:[0-5][0-9]:00",
        ordinal in any::<i32>(),
        count_base in any::<i32>(),
        micros in -62_135_596_800_000_000..253_402_300_799_000_000_i64,
    ) {
        let closed_at = DateTime::from_timestamp_micros(micros).expect("in range");
        let _ = successor(&task_event(kind::TASK_COMPLETED, |task| {
            task.completed_at = Some(Timestamp::new(closed_at));
            let recurrence = edit(task);
            recurrence.rrule.clone_from(&rrule);
            recurrence.slot.clone_from(&slot);
            recurrence.dtstart.clone_from(&slot);
            recurrence.ordinal = ordinal;
            recurrence.count_base = count_base;
        }));
    }
}
