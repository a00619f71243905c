//! Reminders fire when they are due, once, and only while they are meant.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use notification_svc::handler::ScheduleHandler;
use serde_json::Value;
use service_kit::lifecycle::Outcome;
use shared_events::consumer::{HandlerError, Verdict};
use shared_events::event::notification::kind;
use shared_events::event::view::NotificationView;
use shared_events::ids::Position;

use crate::service::Service;
use crate::world::{DUE_AFTER, TRACE, World, cancelled, scheduled};

pub fn time(item: &Value, field: &str) -> DateTime<Utc> {
    item[field].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_reminder_fires_when_it_is_due_and_not_before() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let fire_at = world.now_plus(700).await;
    let reminder = world.remind("alice", fire_at).await;
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(item["reminder_id"], reminder.reminder_id.to_string());
    assert_eq!(item["title"], "Water the plants");
    assert_eq!(time(&item, "fire_at"), fire_at);
    let lateness = time(&item, "fired_at") - fire_at;
    assert!(
        (TimeDelta::zero()..TimeDelta::seconds(2)).contains(&lateness),
        "{lateness}"
    );
    assert_eq!(item["late"], false);
    assert_eq!(item["position"], 1);
}

#[tokio::test]
async fn firing_is_told_on_both_topics_with_versions_and_position() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let fire_at = world.now_plus(0).await;
    let reminder = world.remind("alice", fire_at).await;
    service.inbox_of("alice", 1).await;
    let update = world.updates().await.remove(0);
    assert_eq!(
        (update.meta.kind.as_str(), update.stream.as_str()),
        ("notification.created", "notifications")
    );
    assert_eq!((update.meta.version.get(), update.meta.previous.get()), (1, 0));
    assert_eq!((update.from, update.meta.position), (Position(1), Position(1)));
    let fact = world.facts().await.remove(0);
    assert_eq!(
        (fact.meta.kind.as_str(), fact.channel.as_str()),
        (kind::FIRED, "none")
    );
    assert_eq!(
        (
            fact.meta.version.get(),
            fact.meta.previous.get(),
            fact.meta.position.get()
        ),
        (1, 0, 1)
    );
    assert_eq!(
        (fact.reminder_id, fact.reminder_version.get()),
        (reminder.reminder_id, 1)
    );
    assert_eq!(fact.meta.actor, "service:notification-svc");
    assert_eq!(fact.meta.action_id, update.meta.action_id);
    assert!(fact.lateness_micros >= 0);
}

#[tokio::test]
async fn what_is_pushed_to_a_screen_is_what_would_be_fetched() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let fire_at = world.now_plus(0).await;
    world.remind("alice", fire_at).await;
    let fired = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(time(&fired, "due_at"), fire_at + DUE_AFTER);
    let id = fired["id"].as_str().unwrap();
    let read = service
        .post("alice", &format!("/v1/notifications/{id}/read"), None)
        .await
        .body;
    let pushed = world.updates().await.into_iter().map(|update| {
        let view = NotificationView::new(update.notification.unwrap(), update.meta.position);
        serde_json::to_value(view).unwrap()
    });
    assert_eq!(pushed.collect::<Vec<_>>(), [fired, read]);
}

#[tokio::test]
async fn firing_belongs_to_the_trace_of_the_request_that_set_the_reminder() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world.remind("alice", world.now_plus(0).await).await;
    service.inbox_of("alice", 1).await;
    let trace = TRACE.get(..36).unwrap();
    let traces = world.traces().await;
    assert!(
        traces.len() == 2 && traces.iter().all(|it| it.starts_with(trace)),
        "{traces:?}"
    );
}

#[tokio::test]
async fn a_scheduled_reminder_without_a_time_is_poison() {
    let world = World::new().await;
    let fire_at = world.now_plus(60_000).await;
    let reminder = world.remind("alice", fire_at).await;
    let mut broken = scheduled(&reminder, fire_at);
    broken.scheduled = None;
    let refused = world.try_apply(broken).await.unwrap_err();
    assert!(
        matches!(
            refused,
            HandlerError::Poison {
                reason: "missing_body",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_moved_reminder_fires_once_and_at_the_new_time() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let first = world.now_plus(300).await;
    let mut reminder = world.remind("alice", first).await;
    let moved = world.now_plus(900).await;
    world.move_to(&mut reminder, moved).await;
    assert_eq!(world.announce(&reminder, moved).await, Verdict::Applied);
    let items = service.inbox_of("alice", 1).await;
    assert!(time(&items[0], "fired_at") >= moved);
    assert_eq!(
        (items.len(), world.state_of(&reminder).await.as_str()),
        (1, "fired")
    );
}

#[tokio::test]
async fn a_cancelled_reminder_does_not_fire() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let mut cancelled = world.remind("alice", world.now_plus(300).await).await;
    world.change(&mut cancelled, "cancelled").await;
    assert_eq!(world.retract(&cancelled).await, Verdict::Applied);
    // A later one that does fire shows that the time of the first has passed.
    let later = world.remind("alice", world.now_plus(600).await).await;
    let items = service.inbox_of("alice", 1).await;
    assert_eq!(items[0]["reminder_id"], later.reminder_id.to_string());
    assert_eq!(world.state_of(&cancelled).await, "cancelled");
    assert!(world.facts_of(kind::SUPPRESSED).await.is_empty());
}

#[tokio::test]
async fn only_what_is_newer_applies() {
    let world = World::new().await;
    let fire_at = world.now_plus(60_000).await;
    let mut reminder = world.remind("alice", fire_at).await;
    let first = scheduled(&reminder, fire_at);
    world.change(&mut reminder, "cancelled").await;
    assert_eq!(world.retract(&reminder).await, Verdict::Applied);
    assert_eq!(world.apply(first).await, Verdict::Superseded);
    assert_eq!(world.apply(cancelled(&reminder)).await, Verdict::Superseded);
    assert_eq!(world.state_of(&reminder).await, "cancelled");
}

#[tokio::test]
async fn a_fired_reminder_does_not_fire_again_when_its_record_is_read_again() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let fire_at = world.now_plus(0).await;
    let reminder = world.remind("alice", fire_at).await;
    service.inbox_of("alice", 1).await;
    assert_eq!(world.announce(&reminder, fire_at).await, Verdict::Superseded);
    assert_eq!(world.state_of(&reminder).await, "fired");
}

#[tokio::test]
async fn an_epoch_that_was_raised_makes_a_lower_version_newer() {
    let world = World::new().await;
    let fire_at = world.now_plus(60_000).await;
    let mut reminder = world.remind("alice", fire_at).await;
    reminder.version = 7;
    world.announce(&reminder, fire_at).await;
    reminder.version = 2;
    let mut reborn = scheduled(&reminder, fire_at);
    reborn.meta.epoch = shared_events::ids::Epoch(2);
    assert_eq!(world.apply(reborn).await, Verdict::Applied);
}

#[tokio::test]
async fn a_kind_of_tomorrow_is_skipped() {
    let world = World::new().await;
    let fire_at = world.now_plus(60_000).await;
    let reminder = world.remind("alice", fire_at).await;
    let mut snoozed = cancelled(&reminder);
    snoozed.meta.kind = "reminder.snoozed".to_owned();
    assert_eq!(world.apply(snoozed).await, Verdict::Skipped("unknown kind"));
}

#[tokio::test]
async fn two_schedulers_fire_each_reminder_once_and_leave_no_hole_in_the_positions() {
    let world = World::new().await;
    let fire_at = world.now_plus(1_500).await;
    for number in 0..40 {
        world
            .remind(if number % 2 == 0 { "alice" } else { "bob" }, fire_at)
            .await;
    }
    let (one, two) = tokio::join!(Service::start(&world), Service::start(&world));
    for user in ["alice", "bob"] {
        let items = one.inbox_of(user, 20).await;
        let mut positions: Vec<i64> = items
            .iter()
            .map(|item| item["position"].as_i64().unwrap())
            .collect();
        positions.sort_unstable();
        assert_eq!(positions, (1..=20).collect::<Vec<_>>());
    }
    assert_eq!(two.inbox("alice").await.len(), 20);
    assert_eq!(world.updates().await.len(), 40);
    assert_eq!(world.facts_of(kind::FIRED).await.len(), 40);
}

#[tokio::test]
async fn a_reminder_whose_replica_died_is_fired_by_another_that_looks_again() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let died_after_its_commit = ScheduleHandler {
        scheduler: Arc::default(),
    };
    world.consume_with(died_after_its_commit);
    world.remind("alice", world.now_plus(0).await).await;
    assert_eq!(service.inbox_of("alice", 1).await.len(), 1);
}

#[tokio::test]
async fn a_restart_catches_up_and_says_what_is_late() {
    let world = World::new().await;
    let before = Service::start(&world).await;
    assert_eq!(before.stop().await, Outcome::Clean);
    let fire_at = world.now_plus(-3_600_000).await;
    world.remind("alice", fire_at).await;
    let after = Service::start(&world).await;
    let item = after.inbox_of("alice", 1).await.remove(0);
    assert_eq!(item["late"], true);
    assert_eq!(time(&item, "fire_at"), fire_at);
    assert!(world.facts().await[0].lateness_micros >= 3_600_000_000);
}

#[tokio::test]
async fn a_reminder_that_cannot_be_fired_holds_up_no_other() {
    let world = World::new().await;
    let broken = world.remind("alice", world.now_plus(0).await).await;
    // No writer of ours would store such a user id, and no event can be made with it.
    sqlx::query("UPDATE notification.schedule SET user_id = E'al\\tice' WHERE reminder_id = $1")
        .bind(broken.reminder_id.as_uuid())
        .execute(&world.admin)
        .await
        .unwrap();
    world.remind("bob", world.now_plus(0).await).await;
    let service = Service::start(&world).await;
    service.inbox_of("bob", 1).await;
    assert_eq!(world.state_of(&broken).await, "scheduled");
}
