//! What is announced after each kind of change.

use serde_json::{Value, json};
use shared_events::ids::{Position, TaskId};

use super::*;
use crate::input::task::NewTask;

const HOUR_BEFORE: &str = "2026-12-01T07:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn now() -> DateTime<Utc> {
    at("2026-12-01T00:00:00Z")
}

/// Due 2026-12-01 at 08:00 UTC, with the given reminders.
fn task(reminders: Value) -> Task {
    let body = json!({
        "title": "Water the plants",
        "due": {"datetime": "2026-12-01T08:00:00", "timezone": "UTC"},
        "reminders": reminders,
    });
    let task: NewTask = service_kit::http::read(&body).expect("a task");
    let details = task
        .draft(&crate::domain::settings::Choices::default())
        .expect("a task")
        .details;
    Task::new(TaskId::new(), details, None, Position(1), now())
}

fn hour_before() -> Task {
    task(json!([{"before": "PT1H"}]))
}

fn announced(task: &Task) -> Vec<Announced> {
    plan(&[], task, false, now())
        .into_iter()
        .map(|announcement| announcement.now)
        .collect()
}

#[test]
fn a_new_task_schedules_what_is_ahead_and_nothing_else() {
    let task = task(json!([{"before": "PT1H"}, {"before": "P1D"}, {"at": "2026-11-30T00:00:00Z"}]));
    let [only] = announced(&task).try_into().expect("one announcement");
    assert_eq!(
        (only.state, only.fire_at, only.version),
        (State::Scheduled, at(HOUR_BEFORE), Version(1))
    );
}

#[test]
fn a_change_that_does_not_concern_reminders_announces_nothing() {
    let task = hour_before();
    assert_eq!(plan(&announced(&task), &task, false, now()), []);
}

#[test]
fn a_new_title_is_told_again_while_the_reminder_is_ahead() {
    let task = hour_before();
    let [again] = plan(&announced(&task), &task, true, now())
        .try_into()
        .expect("one announcement");
    assert_eq!(
        (again.now.state, again.now.version),
        (State::Scheduled, Version(2))
    );
    assert_eq!(
        plan(&announced(&task), &task, true, at(HOUR_BEFORE)),
        [],
        "it has fired"
    );
}

#[test]
fn moving_the_task_moves_the_same_reminder() {
    let mut task = hour_before();
    let before = announced(&task);
    task.details.due.as_mut().expect("due").local = "2026-12-02T08:00:00".parse().expect("a time");
    let [moved] = plan(&before, &task, true, now())
        .try_into()
        .expect("one announcement");
    assert_eq!(moved.now.id, before[0].id);
    assert_eq!(
        (moved.now.fire_at, moved.now.version),
        (at("2026-12-02T07:00:00Z"), Version(2))
    );
}

#[test]
fn moving_the_task_so_that_the_reminder_is_past_cancels_it() {
    let mut task = hour_before();
    let before = announced(&task);
    task.details.due.as_mut().expect("due").local = "2026-11-30T08:00:00".parse().expect("a time");
    let [gone] = plan(&before, &task, true, now())
        .try_into()
        .expect("one announcement");
    assert_eq!(
        (gone.now.state, gone.reason),
        (State::Cancelled, Some("unscheduled"))
    );
}

#[test]
fn closing_deleting_and_removing_cancel_with_their_reason() {
    type Change = fn(&mut Task);
    let cases: [(&str, Change); 4] = [
        ("completed", |task| task.status = Status::Done),
        ("skipped", |task| task.status = Status::Skipped),
        ("deleted", |task| task.deleted_at = Some(now())),
        ("removed", |task| task.details.reminders.clear()),
    ];
    for (reason, change) in cases {
        let mut task = hour_before();
        let before = announced(&task);
        change(&mut task);
        let [cancelled] = plan(&before, &task, false, now())
            .try_into()
            .expect("one announcement");
        assert_eq!(
            (cancelled.now.state, cancelled.reason),
            (State::Cancelled, Some(reason))
        );
        assert_eq!(cancelled.now.version, Version(2));
        assert_eq!(plan(&[cancelled.now], &task, true, now()), [], "only once");
    }
}

#[test]
fn opening_again_schedules_what_is_still_ahead() {
    let mut task = hour_before();
    let before = announced(&task);
    task.status = Status::Done;
    let closed: Vec<_> = plan(&before, &task, false, now())
        .into_iter()
        .map(|a| a.now)
        .collect();
    task.status = Status::Open;
    let [again] = plan(&closed, &task, false, now())
        .try_into()
        .expect("one announcement");
    assert_eq!(
        (again.now.state, again.now.version),
        (State::Scheduled, Version(3))
    );
    assert_eq!(
        plan(&closed, &task, false, at(HOUR_BEFORE)),
        [],
        "it would be past"
    );
}
