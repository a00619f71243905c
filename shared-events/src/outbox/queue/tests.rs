//! Lanes keep their order, take their turns and stay within bounds.

use std::collections::HashSet;

use super::*;

const LIMITS: Limits = Limits {
    rows: 8,
    bytes: 80,
    lane_rows: 3,
    topics: 2,
    patience: Duration::from_secs(2),
    in_flight_rows: 4,
    in_flight_bytes: 1_000,
    page: 4,
    row_bytes: 10,
};

fn queues() -> Queues<i64> {
    Queues::new(LIMITS, HashSet::new())
}

fn lane(key: &str) -> Lane {
    Lane {
        topic: "topic".into(),
        key: key.into(),
    }
}

fn row(key: &str, id: i64, previous: Option<i64>) -> Found<i64> {
    Found {
        lane: lane(key),
        id,
        previous,
        bytes: 10,
        payload: id,
    }
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn next(queues: &mut Queues<i64>) -> Option<i64> {
    queues.next(at(0)).map(|sending| sending.id)
}

#[test]
fn lanes_take_turns_by_the_age_of_their_first_rows() {
    let mut queues = queues();
    for found in [row("a", 1, None), row("a", 2, Some(1)), row("b", 3, None)] {
        assert_eq!(queues.admit(found), Admission::Queued);
    }
    assert_eq!(next(&mut queues), Some(1));
    assert_eq!(next(&mut queues), Some(3));
}

#[test]
fn the_next_row_of_a_lane_waits_for_the_acknowledgement_of_the_last() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("a", 2, Some(1)));
    assert_eq!(next(&mut queues), Some(1));
    assert_eq!(next(&mut queues), None);
    queues.acknowledged(1, at(0));
    assert_eq!(next(&mut queues), Some(2));
}

#[test]
fn a_row_whose_predecessor_was_not_read_waits_for_its_lane_to_be_refilled() {
    let mut queues = queues();
    assert_eq!(queues.admit(row("a", 7, Some(5))), Admission::PassedOver);
    assert_eq!(next(&mut queues), None);
    assert_eq!(
        queues.refills(9),
        [Refill {
            lane: lane("a"),
            after: 0
        }]
    );
    assert_eq!(queues.passed_over(9), [lane("a")]);
    queues.admit(row("a", 5, None));
    queues.admit(row("a", 7, Some(5)));
    queues.caught_up(&lane("a"));
    assert_eq!(next(&mut queues), Some(5));
    assert_eq!(queues.refills(9), []);
}

#[test]
fn an_acknowledged_row_still_counts_as_the_predecessor_until_it_is_deleted() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    next(&mut queues);
    queues.acknowledged(1, at(0));
    assert_eq!(queues.admit(row("a", 1, None)), Admission::Known);
    assert_eq!(queues.admit(row("a", 2, Some(1))), Admission::Queued);
    assert_eq!(queues.take_acknowledged(9), [1]);
    queues.deleted(&[1]);
    assert_eq!(queues.rows(), 1);
}

#[test]
fn a_lane_longer_than_its_share_is_refilled_by_its_own_range() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("a", 2, Some(1)));
    queues.admit(row("a", 3, Some(2)));
    assert_eq!(queues.admit(row("a", 4, Some(3))), Admission::PassedOver);
    assert_eq!(queues.refills(9), [], "it has enough for now");
    for id in [1, 2] {
        assert_eq!(next(&mut queues), Some(id));
        queues.acknowledged(id, at(0));
    }
    assert_eq!(
        queues.refills(9),
        [Refill {
            lane: lane("a"),
            after: 3
        }]
    );
}

#[test]
fn a_lane_that_failed_rests_and_the_others_go_on() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("b", 2, None));
    assert_eq!(next(&mut queues), Some(1));
    queues.failed(1, at(5));
    assert_eq!(next(&mut queues), Some(2));
    assert_eq!(next(&mut queues), None);
    assert_eq!(queues.next_retry(), Some(at(5)));
    let again = queues.next(at(5)).map(|sending| sending.id);
    assert_eq!((again, queues.failures(1)), (Some(1), 1));
}

#[test]
fn what_the_lanes_rested_for_may_come_early() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    next(&mut queues);
    queues.failed(1, at(30));
    queues.end_rests();
    assert_eq!(next(&mut queues), Some(1));
}

#[test]
fn a_parked_lane_is_forgotten_and_passed_over_until_it_is_freed() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("a", 2, Some(1)));
    next(&mut queues);
    assert_eq!(queues.park(1), Some(lane("a")));
    assert_eq!(queues.rows(), 0);
    assert_eq!(queues.admit(row("a", 1, None)), Admission::PassedOver);
    queues.set_parked(HashSet::new());
    assert!(queues.take_sweep_wanted());
    assert_eq!(queues.admit(row("a", 1, None)), Admission::Queued);
}

#[test]
fn memory_is_bounded_and_what_found_no_room_is_looked_for_again() {
    let mut queues = queues();
    for id in 1..=8 {
        assert_eq!(queues.admit(row(&id.to_string(), id, None)), Admission::Queued);
    }
    assert_eq!(queues.room(), 0);
    assert_eq!(queues.admit(row("late", 9, None)), Admission::PassedOver);
    assert!(queues.take_sweep_wanted());
}

#[test]
fn a_topic_in_trouble_takes_no_more_than_its_part() {
    let mut queues = queues();
    for id in 1..=4 {
        queues.admit(row(&id.to_string(), id, None));
    }
    assert_eq!((next(&mut queues), next(&mut queues)), (Some(1), Some(2)));
    assert_eq!(
        next(&mut queues),
        None,
        "the other half of the window is for other topics"
    );
    assert!(
        queues.closed_topics(at(1)).is_empty(),
        "a slow broker is no trouble yet"
    );
    assert_eq!(queues.closed_topics(at(3)), ["topic".into()]);
    assert_eq!(queues.admit(row("5", 5, None)), Admission::PassedOver);
    let other = Lane {
        topic: "other".into(),
        key: "5".into(),
    };
    let other = Found {
        lane: other,
        ..row("5", 6, None)
    };
    assert_eq!(queues.admit(other), Admission::Queued);
    queues.acknowledged(1, at(3));
    assert!(queues.closed_topics(at(3)).is_empty());
    assert!(
        queues.take_sweep_wanted(),
        "its rows that were passed over are looked for"
    );
}
