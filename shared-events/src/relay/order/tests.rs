//! Lanes keep their order, take their turns and stay within bounds.

use std::collections::HashSet;

use super::*;

const LIMITS: Limits = Limits {
    rows: 8,
    bytes: 80,
    lane_rows: 3,
    busy_lane: 64,
    topics: 2,
    backlog_lanes: 2,
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
        source: "source".into(),
    }
}

/// The event of the row with this id.
fn event(id: i64) -> Uuid {
    Uuid::from_u128(id.unsigned_abs().into())
}

fn published(id: i64) -> Published {
    Published {
        id,
        event_id: event(id),
    }
}

fn row(key: &str, id: i64, previous: Option<i64>) -> Found<i64> {
    Found {
        lane: lane(key),
        id,
        event_id: event(id),
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
    queues.acknowledged(1);
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
    queues.acknowledged(1);
    assert_eq!(queues.admit(row("a", 1, None)), Admission::Known);
    assert_eq!(queues.admit(row("a", 2, Some(1))), Admission::Queued);
    assert_eq!(queues.take_acknowledged(9), [published(1)]);
    queues.deleted(&[published(1)]);
    assert_eq!(queues.rows(), 1);
}

#[test]
fn rows_are_deleted_in_the_order_of_their_acknowledgement() {
    let mut queues = queues();
    for id in 1..=3 {
        queues.admit(row("a", id, (id > 1).then_some(id - 1)));
    }
    for id in 1..=3 {
        assert_eq!(next(&mut queues), Some(id));
        queues.acknowledged(id);
    }
    let first = queues.take_acknowledged(2);
    assert_eq!(first, [published(1), published(2)]);
    queues.not_deleted(first);
    assert_eq!(queues.take_acknowledged(2), [published(1), published(2)]);
    assert_eq!(queues.take_acknowledged(2), [published(3)]);
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
        queues.acknowledged(id);
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
    queues.failed(1, Failure::Outage, |_| at(5));
    assert_eq!(next(&mut queues), Some(2));
    assert_eq!(next(&mut queues), None);
    assert_eq!(queues.next_retry(), Some(at(5)));
    let again = queues.next(at(5)).map(|sending| sending.id);
    assert_eq!(again, Some(1));
}

/// Fails the first row of a lane in this order; says after how many of them the lane was parked.
fn parked_after(failures: &[Failure]) -> Option<usize> {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    for (place, failure) in failures.iter().enumerate() {
        assert_eq!(next(&mut queues), Some(1));
        if queues.failed(1, *failure, |_| at(0)) != AfterFailure::Retried {
            return Some(place + 1);
        }
    }
    None
}

#[test]
fn only_refusals_of_the_record_itself_park_its_lane() {
    use Failure::{Outage, Record};
    for (failures, expected) in [
        (vec![Record, Record, Record], Some(3)),
        (vec![Outage; 1_000], None),
        (vec![Record, Record], None),
        (vec![Outage, Outage, Record], None),
        (vec![Outage, Outage, Outage, Record, Record], None),
        (vec![Record, Outage, Outage, Record, Outage, Record], Some(6)),
    ] {
        assert_eq!(parked_after(&failures), expected, "{failures:?}");
    }
    let mut long_outage = vec![Outage; 1_000];
    long_outage.extend([Record, Record, Record]);
    assert_eq!(parked_after(&long_outage), Some(1_003));
}

#[test]
fn each_record_has_tries_of_its_own() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("a", 2, Some(1)));
    for id in [1, 2] {
        for _ in 0..2 {
            assert_eq!(next(&mut queues), Some(id));
            assert_eq!(
                queues.failed(id, Failure::Record, |_| at(0)),
                AfterFailure::Retried
            );
        }
        assert_eq!(next(&mut queues), Some(id));
        queues.acknowledged(id);
    }
}

#[test]
fn a_rest_grows_with_the_tries_that_failed_for_the_same_reason() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    let mut seen = Vec::new();
    for failure in [Failure::Outage, Failure::Outage, Failure::Record, Failure::Outage] {
        assert_eq!(next(&mut queues), Some(1));
        queues.failed(1, failure, |tries| {
            seen.push((failure, tries));
            at(0)
        });
    }
    let expected = [
        (Failure::Outage, 0),
        (Failure::Outage, 1),
        (Failure::Record, 0),
        (Failure::Outage, 2),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn lanes_of_two_sources_of_one_key_do_not_wait_for_each_other() {
    let mut queues = queues();
    let other = |found: Found<i64>| Found {
        lane: Lane {
            source: "other".into(),
            ..found.lane
        },
        ..found
    };
    queues.admit(row("a", 1, None));
    queues.admit(other(row("a", 2, None)));
    assert_eq!((next(&mut queues), next(&mut queues)), (Some(1), Some(2)));
    for _ in 0..2 {
        queues.failed(1, Failure::Record, |_| at(0));
        assert_eq!(next(&mut queues), Some(1));
    }
    assert_eq!(
        queues.failed(1, Failure::Record, |_| at(0)),
        AfterFailure::Parked(lane("a"))
    );
    queues.acknowledged(2);
    assert_eq!(queues.admit(other(row("a", 3, None))), Admission::Queued);
    assert_eq!(next(&mut queues), Some(3));
}

#[test]
fn what_the_lanes_rested_for_may_come_early() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    next(&mut queues);
    queues.failed(1, Failure::Outage, |_| at(30));
    queues.end_rests();
    assert_eq!(next(&mut queues), Some(1));
}

#[test]
fn a_parked_lane_is_forgotten_and_passed_over_until_it_is_freed() {
    let mut queues = queues();
    queues.admit(row("a", 1, None));
    queues.admit(row("a", 2, Some(1)));
    let refuse = |queues: &mut Queues<i64>| {
        next(queues);
        queues.failed(1, Failure::Record, |_| at(0))
    };
    assert_eq!(refuse(&mut queues), AfterFailure::Retried);
    assert_eq!(refuse(&mut queues), AfterFailure::Retried);
    assert_eq!(refuse(&mut queues), AfterFailure::Parked(lane("a")));
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
fn rows_are_of_a_backlog_while_many_lanes_of_their_topic_wait() {
    let limits = Limits {
        topics: 1,
        backlog_lanes: 3,
        ..LIMITS
    };
    let mut queues = Queues::new(limits, HashSet::new());
    for id in 1..=4 {
        queues.admit(row(&id.to_string(), id, None));
    }
    let sending = std::iter::from_fn(|| queues.next(at(0)));
    let sent: Vec<_> = sending.map(|row| (row.id, row.is_backlog)).collect();
    assert_eq!(sent, [(1, true), (2, true), (3, false), (4, false)]);
}

#[test]
fn a_topic_takes_no_more_than_its_part() {
    let mut queues = queues();
    for id in 1..=4 {
        assert_eq!(queues.judge_topics(), []);
        queues.admit(row(&id.to_string(), id, None));
    }
    assert_eq!((next(&mut queues), next(&mut queues)), (Some(1), Some(2)));
    assert_eq!(
        next(&mut queues),
        None,
        "the other half of the window is for other topics"
    );
    assert_eq!(queues.judge_topics(), ["topic".into()]);
    assert_eq!(queues.admit(row("5", 5, None)), Admission::PassedOver);
    let other = Lane {
        topic: "other".into(),
        ..lane("5")
    };
    let other = Found {
        lane: other,
        ..row("5", 6, None)
    };
    assert_eq!(queues.admit(other), Admission::Queued);
    queues.acknowledged(1);
    assert_eq!(queues.judge_topics(), ["topic".into()], "half of it is left");
    queues.acknowledged(2);
    assert_eq!(queues.judge_topics(), []);
    assert!(
        queues.take_sweep_wanted(),
        "its row that was passed over is looked for"
    );
    assert!(!queues.take_sweep_wanted());
}
