//! Who gets what, in which order, and when a subscription ends.

use std::time::Duration;

use chrono::DateTime;
use futures_util::FutureExt as _;
use shared_events::ids::{Epoch, EventId, Position};

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
    hub_that_allows(1 << 20, 1 << 30)
}

fn hub_that_allows(per_socket: usize, all_sockets: usize) -> Hub {
    let unread = UnreadLimits {
        per_socket,
        all_sockets,
    };
    let hub = Hub::new(Limits::default(), unread);
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
    let hub = hub_that_allows(2_000, 1 << 30);
    let alice = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    for position in 1..=100 {
        publish(&hub, "alice", position);
    }
    assert_eq!(alice.ended().await, Close::Slow);
    assert!(alice.queue.len() <= 3, "{} updates are queued", alice.queue.len());
}

#[tokio::test]
async fn when_all_together_have_too_much_unread_those_with_the_most_are_ended_and_no_other() {
    let weight = update("alice", 1).weight();
    let hub = hub_that_allows(100 * weight, 16 * weight);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|user| UserId::parse(user).unwrap());
    let slow = [(); 2].map(|()| hub.subscribe(&alice, None).unwrap());
    let mut slower = hub.subscribe(&bob, None).unwrap();
    let mut quick = hub.subscribe(&carol, None).unwrap();
    for position in 1..=4 {
        publish(&hub, "alice", position);
    }
    for position in 1..=100 {
        publish(&hub, "carol", position);
        let mut batch = Vec::new();
        quick.next(&mut batch, 1).await;
        assert_eq!(batch[0].update.to, Position(position), "nobody holds it up");
        quick.written(&batch[0].update);
    }
    for position in 1..=8 {
        publish(&hub, "bob", position);
        assert!(slower.ended().now_or_never().is_none(), "{position}: 16 fit");
    }
    publish(&hub, "bob", 9);
    assert_eq!(slower.ended().now_or_never(), Some(Close::Slow));
    let goes_on = |subscription: &Subscription| subscription.ended().now_or_never().is_none();
    assert!(slow.iter().all(goes_on) && goes_on(&quick));
    assert_eq!(hub.unread_bytes(), 8 * weight, "what is ended is not counted");
    received(&mut slower, 1).await;
    drop(slower);
    assert_eq!(hub.unread_bytes(), 8 * weight, "nor counted off twice");
}

#[tokio::test]
async fn what_a_socket_that_comes_back_recovers_counts_too() {
    let weight = update("alice", 1).weight();
    let hub = hub_that_allows(10 * weight, 10 * weight);
    let alice = UserId::parse("alice").unwrap();
    for position in 1..=6 {
        publish(&hub, "alice", position);
    }
    let first = hub.subscribe(&alice, since(1)).unwrap();
    let second = hub.subscribe(&alice, since(1)).unwrap();
    assert_eq!(hub.unread_bytes(), 10 * weight);
    let third = hub.subscribe(&alice, since(4)).unwrap();
    assert!(third.ended().now_or_never().is_none());
    let ended = [&first, &second].map(|it| it.ended().now_or_never());
    assert!(
        ended.contains(&Some(Close::Slow)) && ended.contains(&None),
        "{ended:?}"
    );
    assert_eq!(hub.unread_bytes(), 7 * weight);
}

#[test]
fn a_dropped_subscription_is_forgotten() {
    let hub = hub();
    let subscription = hub.subscribe(&UserId::parse("alice").unwrap(), None).unwrap();
    publish(&hub, "alice", 1);
    assert_eq!(hub.sockets(), 1);
    assert!(hub.unread_bytes() > 0);
    drop(subscription);
    assert_eq!((hub.sockets(), hub.unread_bytes()), (0, 0));
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
