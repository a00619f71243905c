//! Who gets what, in which order, and when a subscription ends.

use chrono::DateTime;
use shared_events::ids::EventId;

use super::*;

fn update(user: &str, position: i64) -> Update {
    Update {
        user: UserId::parse(user).unwrap(),
        stream: "tasks".to_owned(),
        epoch: Epoch(1),
        from: Position(position),
        to: Position(position),
        occurred_at: DateTime::UNIX_EPOCH,
        event_id: EventId::new(),
        kind: "task.updated".to_owned(),
        text: "{}".into(),
    }
}

fn since(tasks: i64) -> Option<Since> {
    Some(Since {
        epoch: Epoch(1),
        tasks: Some(Position(tasks)),
        notifications: None,
    })
}

/// A hub that has read what happened before.
fn hub() -> Hub {
    let hub = Hub::new(Limits::default(), 1 << 20);
    hub.set_live(true);
    hub
}

fn publish(hub: &Hub, user: &str, position: i64) -> Pushed {
    hub.publish(update(user, position), |_| Span::none())
}

async fn received(subscription: &mut Subscription, count: usize) -> Vec<i64> {
    let mut batch = Vec::new();
    while batch.len() < count {
        subscription.next(&mut batch, 10).await;
    }
    batch.iter().map(|delivery| delivery.update.to.get()).collect()
}

#[tokio::test]
async fn what_is_held_comes_before_what_is_live() {
    let hub = hub();
    let alice = UserId::parse("alice").unwrap();
    for position in 1..=3 {
        publish(&hub, "alice", position);
    }
    let mut subscription = hub.subscribe(&alice, since(1)).unwrap();
    publish(&hub, "alice", 4);
    publish(&hub, "bob", 1);
    assert!(subscription.recovered["tasks"]);
    assert!(!subscription.recovered["notifications"]);
    assert_eq!(received(&mut subscription, 3).await, [2, 3, 4]);
}

/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_position_that_the_feed_never_reaches_silences_nothing() {
    let hub = hub();
    let alice = UserId::parse("alice").unwrap();
    publish(&hub, "alice", 1);
    let mut subscription = hub.subscribe(&alice, since(1_000)).unwrap();
    publish(&hub, "alice", 2);
    subscription.settle(Duration::from_millis(1)).await;
    assert!(!subscription.recovered["tasks"]);
    assert!(subscription.positions.is_empty());
    publish(&hub, "alice", 3);
    assert_eq!(received(&mut subscription, 2).await, [2, 3]);
}

#[tokio::test]
async fn a_position_that_the_feed_reaches_in_time_is_recovered() {
    let hub = hub();
    let alice = UserId::parse("alice").unwrap();
    publish(&hub, "alice", 1);
    let mut subscription = hub.subscribe(&alice, since(3)).unwrap();
    for position in 2..=3 {
        publish(&hub, "alice", position);
    }
    subscription.settle(LONG).await;
    assert!(subscription.recovered["tasks"]);
    assert_eq!(subscription.positions["tasks"], (Epoch(1), Position(3)));
    publish(&hub, "alice", 4);
    assert_eq!(received(&mut subscription, 3).await, [2, 3, 4]);
}

#[tokio::test]
async fn of_an_unknown_user_nothing_is_promised_silenced_or_waited_for() {
    let hub = hub();
    for position in [0, 7] {
        let mut subscription = hub
            .subscribe(&UserId::parse("alice").unwrap(), since(position))
            .unwrap();
        subscription.settle(LONG).await;
        assert!(!subscription.recovered["tasks"]);
        assert!(subscription.positions.is_empty());
    }
}

#[tokio::test]
async fn a_gap_ends_the_users_subscriptions_alone() {
    let hub = hub();
    publish(&hub, "alice", 1);
    publish(&hub, "bob", 1);
    let alice = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    let mut bob = hub.subscribe(&UserId::parse("bob").unwrap(), None).unwrap();
    assert_eq!(publish(&hub, "alice", 3), Pushed::Gap);
    assert_eq!(alice.ended().await, Close::Resume(GAP));
    publish(&hub, "bob", 2);
    assert_eq!(received(&mut bob, 1).await, [2]);
}

#[tokio::test]
async fn nothing_behind_a_gap_reaches_a_socket_that_has_to_come_back() {
    let hub = hub();
    publish(&hub, "alice", 1);
    let mut alice = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    assert_eq!(publish(&hub, "alice", 3), Pushed::Gap);
    publish(&hub, "alice", 4);
    assert!(
        alice.queue.try_recv().is_err(),
        "it would come back with 4 and never ask for 2"
    );
}

#[tokio::test]
async fn a_slow_reader_is_ended_and_its_memory_is_bounded() {
    let hub = Hub::new(Limits::default(), 2_000);
    hub.set_live(true);
    let alice = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    for position in 1..=100 {
        publish(&hub, "alice", position);
    }
    assert_eq!(alice.ended().await, Close::Slow);
    assert!(alice.queue.len() <= 3, "{} updates are queued", alice.queue.len());
}

#[test]
fn a_dropped_subscription_is_forgotten() {
    let hub = hub();
    let subscription = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    assert_eq!(hub.sockets(), 1);
    drop(subscription);
    assert_eq!(hub.sockets(), 0);
}

#[tokio::test]
async fn who_comes_while_the_window_is_filled_waits_and_gets_nothing_of_it_as_live() {
    let hub = hub();
    hub.set_live(false);
    let alice = UserId::parse("alice").unwrap();
    assert_eq!(hub.subscribe(&alice, None).err(), Some(Refused::Replaying));
    let mut joining = Box::pin(hub.join(&alice, since(2)));
    assert!(futures_util::poll!(&mut joining).is_pending());
    for position in 1..=3 {
        publish(&hub, "alice", position);
    }
    assert!(futures_util::poll!(&mut joining).is_pending());
    hub.set_live(true);
    let mut subscription = joining.await.unwrap();
    assert!(
        subscription.recovered["tasks"],
        "the window is asked when it is full"
    );
    publish(&hub, "alice", 4);
    assert_eq!(received(&mut subscription, 2).await, [3, 4]);
}

#[tokio::test]
async fn a_user_has_so_many_sockets_and_no_more() {
    let hub = hub();
    let [alice, bob] = ["alice", "bob"].map(|user| UserId::parse(user).unwrap());
    let mut sockets: Vec<_> = (0..SOCKETS_PER_USER)
        .map(|_| hub.subscribe(&alice, None).unwrap())
        .collect();
    assert_eq!(hub.join(&alice, None).await.err(), Some(Close::TooManySockets));
    assert!(hub.subscribe(&bob, None).is_ok());
    sockets.pop();
    assert!(hub.subscribe(&alice, None).is_ok());
}
