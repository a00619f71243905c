//! What a reminder does is what the tasks' owner says when it comes due, whatever the schedule has heard.

use chrono::TimeDelta;
use service_kit::lifecycle::Outcome;
use shared_events::consumer::Verdict;
use shared_events::event::notification::kind;
use shared_events::ids::Epoch;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::firing::time;
use crate::service::Service;
use crate::world::{ROLE, Reminder, World, cancelled, eventually, scheduled};

/// Waits until the schedule is done with a reminder that it had heard of again.
async fn is_settled_as(world: &World, reminder: &Reminder, state: &str) {
    eventually("the reminder is settled", || async {
        (world.state_of(reminder).await == state).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_schedule_that_is_ahead_of_a_restored_task_still_fires() {
    let world = World::new().await;
    let fire_at = world.now_plus(0).await;
    let mut reminder = world.remind("alice", fire_at).await;
    // Its record outlived the restore, the change it tells of did not.
    reminder.version = 2;
    assert_eq!(world.announce(&reminder, fire_at).await, Verdict::Applied);
    let service = Service::start(&world).await;
    service.inbox_of("alice", 1).await;
    let fact = world.facts_of(kind::FIRED).await.remove(0);
    assert_eq!(fact.reminder_version.get(), 1, "the version that the task has");
    assert!(world.facts_of(kind::SUPPRESSED).await.is_empty());
}

#[tokio::test]
async fn a_reminder_that_was_moved_ahead_without_our_knowing_fires_at_the_new_time_and_once() {
    let world = World::new().await;
    let mut reminder = world.remind("alice", world.now_plus(0).await).await;
    let moved = world.now_plus(1_500).await;
    world.move_to(&mut reminder, moved).await;
    let service = Service::start(&world).await;
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(time(&item, "fire_at"), moved);
    assert!(time(&item, "fired_at") >= moved);
    assert_eq!(item["late"], false);
    // Its record comes when all is over.
    assert_eq!(world.announce(&reminder, moved).await, Verdict::Applied);
    is_settled_as(&world, &reminder, "fired").await;
    assert_eq!(service.inbox("alice").await.len(), 1);
    assert_eq!(world.facts().await.len(), 1);
}

#[tokio::test]
async fn a_reminder_says_what_the_task_says_when_it_fires() {
    let world = World::new().await;
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let service = Service::start(&world).await;
    service.subscribe("alice", &server.uri()).await;
    let fire_at = world.now_plus(0).await;
    let mut reminder = world.remind_unannounced("alice", fire_at).await;
    let due_at = fire_at + TimeDelta::days(3);
    let heard = scheduled(&reminder, fire_at);
    sqlx::query("UPDATE tasks.task SET title = 'Water the roses', due_at = $2 WHERE id = $1")
        .bind(reminder.task_id.as_uuid())
        .bind(due_at)
        .execute(&world.admin)
        .await
        .unwrap();
    world.change(&mut reminder, "scheduled").await;
    world.apply(heard).await;
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(item["title"], "Water the roses");
    assert_eq!(time(&item, "due_at"), due_at);
    let call = eventually("the receiver is called", || async {
        server.received_requests().await?.pop()
    })
    .await;
    let body: serde_json::Value = call.body_json().unwrap();
    assert_eq!(body["data"]["title"], "Water the roses");
    assert_eq!(time(&body["data"], "due_at"), due_at);
}

#[tokio::test]
async fn a_reminder_of_a_task_that_is_closed_or_gone_is_suppressed_and_says_why() {
    let world = World::new().await;
    let fire_at = world.now_plus(0).await;
    let mut moved_on = world.remind("alice", fire_at).await;
    world.change(&mut moved_on, "cancelled").await;
    let gone = world.remind("alice", fire_at).await;
    let done = world.remind("alice", fire_at).await;
    let deleted = world.remind("alice", fire_at).await;
    for (statement, reminder) in [
        ("DELETE FROM tasks.reminder WHERE task_id = $1", &gone),
        (
            "UPDATE tasks.task SET status = 'done', completed_at = now(), closed_at = now() WHERE id = $1",
            &done,
        ),
        (
            "UPDATE tasks.task SET deleted_at = now(), closed_at = now() WHERE id = $1",
            &deleted,
        ),
    ] {
        sqlx::query(statement)
            .bind(reminder.task_id.as_uuid())
            .execute(&world.admin)
            .await
            .unwrap();
    }
    let service = Service::start(&world).await;
    let facts = eventually("all are suppressed", || async {
        Some(world.facts_of(kind::SUPPRESSED).await).filter(|facts| facts.len() == 4)
    })
    .await;
    for (reminder, why) in [
        (&moved_on, "the reminder is cancelled"),
        (&gone, "the reminder does not exist any more"),
        (&done, "the reminder is cancelled"),
        (&deleted, "the reminder is cancelled"),
    ] {
        let fact = facts
            .iter()
            .find(|fact| fact.reminder_id == reminder.reminder_id)
            .unwrap();
        assert_eq!(
            (fact.detail.as_deref(), fact.channel.as_str()),
            (Some(why), "none")
        );
        assert_eq!(world.state_of(reminder).await, "suppressed");
    }
    assert!(service.inbox("alice").await.is_empty());
    assert!(world.updates().await.is_empty());
}

#[tokio::test]
async fn a_reminder_announced_again_for_a_time_at_which_it_fired_does_not_fire_twice() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let fire_at = world.now_plus(0).await;
    let mut reminder = world.remind("alice", fire_at).await;
    service.inbox_of("alice", 1).await;
    world.change(&mut reminder, "scheduled").await;
    assert_eq!(world.announce(&reminder, fire_at).await, Verdict::Applied);
    is_settled_as(&world, &reminder, "fired").await;
    assert_eq!(service.inbox("alice").await.len(), 1);
    world.remind("alice", world.now_plus(0).await).await;
    let items = service.inbox_of("alice", 2).await;
    let positions: Vec<_> = items.iter().map(|item| item["position"].as_i64()).collect();
    assert_eq!(positions, [Some(2), Some(1)], "no position was taken for nothing");
}

#[tokio::test]
async fn a_version_that_comes_again_after_a_restore_fires_for_its_new_time() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let first = world.now_plus(0).await;
    let mut reminder = world.remind("alice", first).await;
    service.inbox_of("alice", 1).await;
    // The same version is given out again, in a database that was restored.
    world.raise_epoch().await;
    reminder.version = 0;
    let second = world.now_plus(300).await;
    world.move_to(&mut reminder, second).await;
    let mut again = scheduled(&reminder, second);
    again.meta.epoch = Epoch(2);
    assert_eq!(world.apply(again).await, Verdict::Applied);
    let items = service.inbox_of("alice", 2).await;
    assert_eq!(
        (time(&items[0], "fire_at"), time(&items[1], "fire_at")),
        (second, first)
    );
}

#[tokio::test]
async fn a_cancellation_that_a_restore_undid_does_not_silence_the_reminder() {
    let world = World::new().await;
    let fire_at = world.now_plus(300).await;
    let reminder = world.remind("alice", fire_at).await;
    world.raise_epoch().await;
    let lost = Reminder {
        version: 2,
        ..reminder.clone()
    };
    let service = Service::start(&world).await;
    assert_eq!(world.apply(cancelled(&lost)).await, Verdict::Applied);
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(time(&item, "fire_at"), fire_at);
}

#[tokio::test]
async fn a_delay_that_a_restore_undid_does_not_delay_the_reminder() {
    let world = World::new().await;
    let fire_at = world.now_plus(300).await;
    let reminder = world.remind("alice", fire_at).await;
    world.raise_epoch().await;
    let lost = Reminder {
        version: 2,
        ..reminder.clone()
    };
    let service = Service::start(&world).await;
    let next_year = fire_at + TimeDelta::days(365);
    assert_eq!(world.apply(scheduled(&lost, next_year)).await, Verdict::Applied);
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!(time(&item, "fire_at"), fire_at);
}

#[tokio::test]
async fn a_reminder_that_was_moved_forward_without_our_knowing_fires_when_we_look_and_is_late() {
    let world = World::new().await;
    let before = Service::start(&world).await;
    assert_eq!(before.stop().await, Outcome::Clean);
    let mut reminder = world.remind("alice", world.now_plus(0).await).await;
    let earlier = world.now_plus(-60_000).await;
    world.move_to(&mut reminder, earlier).await;
    let service = Service::start(&world).await;
    let item = service.inbox_of("alice", 1).await.remove(0);
    assert_eq!((time(&item, "fire_at"), &item["late"]), (earlier, &true.into()));
    assert_eq!(world.announce(&reminder, earlier).await, Verdict::Applied);
    is_settled_as(&world, &reminder, "fired").await;
    assert_eq!(service.inbox("alice").await.len(), 1);
}

#[tokio::test]
async fn schedulers_that_are_killed_in_the_middle_of_a_claim_fire_each_reminder_once() {
    const REMINDERS: usize = 300;
    const KILLS: u32 = 3;
    let world = World::new().await;
    let fire_at = world.now_plus(0).await;
    for _ in 0..REMINDERS {
        world.remind("alice", fire_at).await;
    }
    let (one, two) = tokio::join!(Service::start(&world), Service::start(&world));
    for _ in 0..KILLS {
        eventually("a claim is killed", || async { kill_a_claim(&world).await }).await;
    }
    eventually("all have fired", || async {
        (world.facts_of(kind::FIRED).await.len() == REMINDERS).then_some(())
    })
    .await;
    let mut fired: Vec<_> = world
        .facts_of(kind::FIRED)
        .await
        .iter()
        .map(|fact| (fact.meta.position.get(), fact.reminder_id))
        .collect();
    fired.sort_unstable();
    let positions: Vec<_> = fired.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, (1..=300).collect::<Vec<_>>());
    fired.sort_unstable_by_key(|(_, reminder)| *reminder);
    fired.dedup_by_key(|(_, reminder)| *reminder);
    assert_eq!(fired.len(), REMINDERS);
    assert_eq!(world.updates().await.len(), REMINDERS);
    drop((one, two));
}

/// Ends a session of the service that has locked or written something and not committed, if there is one right now.
async fn kill_a_claim(world: &World) -> Option<bool> {
    sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = $1 AND backend_xid IS NOT NULL LIMIT 1",
    )
    .bind(ROLE)
    .fetch_optional(&world.admin)
    .await
    .unwrap()
    .filter(|killed: &bool| *killed)
}
