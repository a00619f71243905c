//! What is read when.

use super::*;

const INTERVALS: ReadIntervals = ReadIntervals {
    poll: Duration::from_secs(1),
    sweep: Duration::from_secs(5),
};

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn done(until: i64) -> Examined {
    Examined { until, more: false }
}

/// Every topic has room.
fn open(_topic: &str) -> bool {
    true
}

fn reads_with_tail(tail: i64) -> Reads {
    let mut reads = Reads::new(INTERVALS, at(0));
    let _first = reads.next(at(0), open);
    reads.fresh_done(&(1..=tail).collect::<Vec<_>>(), done(tail), at(0));
    reads
}

#[test]
fn a_wake_is_followed_by_one_fresh_read() {
    let mut reads = reads_with_tail(3);
    assert_eq!(reads.next(at(0), open), None);
    reads.wake();
    assert_eq!(
        reads.next(at(0), open),
        Some(Read::Fresh {
            after: 3,
            holes: vec![]
        })
    );
    assert_eq!(reads.next(at(0), open), None);
}

#[test]
fn an_id_that_was_left_open_is_looked_for_until_it_comes() {
    let mut reads = reads_with_tail(3);
    reads.fresh_done(&[5, 7], done(7), at(0));
    reads.wake();
    assert_eq!(
        reads.next(at(0), open),
        Some(Read::Fresh {
            after: 7,
            holes: vec![4, 6]
        })
    );
    reads.fresh_done(&[4], done(7), at(0));
    reads.wake();
    assert_eq!(
        reads.next(at(0), open),
        Some(Read::Fresh {
            after: 7,
            holes: vec![6]
        })
    );
}

#[test]
fn an_id_that_never_comes_is_given_up() {
    let mut reads = reads_with_tail(3);
    reads.fresh_done(&[5], done(5), at(0));
    assert_eq!(
        reads.next(at(11), open),
        Some(Read::Fresh {
            after: 5,
            holes: vec![]
        })
    );
}

#[test]
fn a_wide_gap_does_not_grow_the_list_of_holes_without_bound() {
    let mut reads = Reads::new(INTERVALS, at(0));
    for step in 1..100 {
        reads.fresh_done(&[step * 1_000_000], done(step * 1_000_000), at(0));
    }
    assert_eq!(reads.holes.len(), HOLES);
}

#[test]
fn a_poll_happens_without_a_wake() {
    let mut reads = reads_with_tail(3);
    assert_eq!(
        reads.next(at(1), open),
        Some(Read::Fresh {
            after: 3,
            holes: vec![]
        })
    );
}

#[test]
fn a_sweep_walks_from_the_beginning_to_the_tail_and_then_rests() {
    let mut reads = reads_with_tail(10);
    let _poll = reads.next(at(5), open);
    assert_eq!(reads.next(at(5), open), Some(Read::Sweep { after: 0, until: 10 }));
    reads.sweep_done(Examined { until: 6, more: true }, at(5));
    assert_eq!(reads.next(at(5), open), Some(Read::Sweep { after: 6, until: 10 }));
    reads.sweep_done(
        Examined {
            until: 10,
            more: true,
        },
        at(5),
    );
    assert_eq!(reads.next(at(5), open), None);
}

#[test]
fn a_sweep_that_took_long_begins_again_within_twice_the_interval() {
    for (took, begins) in [(0, 5), (1, 10), (4, 10), (30, 35)] {
        let mut reads = reads_with_tail(10);
        assert!(matches!(reads.next(at(5), open), Some(Read::Fresh { .. })));
        assert!(matches!(reads.next(at(5), open), Some(Read::Sweep { .. })));
        reads.sweep_done(done(10), at(5 + took));
        let rests = matches!(reads.sweep, Sweep::Resting { until } if until == at(5 + begins));
        assert!(rests, "after {took} s: {:?}", reads.sweep);
    }
}

#[test]
fn a_sweep_asked_for_during_a_sweep_begins_again() {
    let mut reads = reads_with_tail(10);
    reads.sweep_soon(at(0));
    let _walking = reads.next(at(0), open);
    reads.sweep_soon(at(0));
    reads.sweep_done(done(10), at(0));
    assert_eq!(reads.next(at(0), open), Some(Read::Sweep { after: 0, until: 10 }));
}

#[test]
fn fresh_rows_go_before_a_sweep() {
    let mut reads = reads_with_tail(10);
    reads.sweep_soon(at(0));
    reads.wake();
    assert!(matches!(reads.next(at(0), open), Some(Read::Fresh { .. })));
}

fn catch_up(topic: &str, after: i64, until: i64) -> Option<Read> {
    let topic = topic.into();
    Some(Read::CatchUp { topic, after, until })
}

/// Fresh reads that left out the topics named, from the tail on, and came to this id.
fn left_out(topics: &[&str], tail: i64, until: i64) -> Reads {
    let mut reads = reads_with_tail(tail);
    topics.iter().for_each(|topic| reads.leave_out(&(*topic).into()));
    reads.fresh_done(&[], done(until), at(0));
    reads
}

#[test]
fn a_topic_that_was_left_out_is_caught_up_from_there_to_the_tail() {
    let mut reads = left_out(&["a"], 10, 30_000);
    assert_eq!(reads.behind(), [("a".into(), 10)]);
    assert_eq!(reads.next(at(0), |_| false), None, "it has no room yet");
    assert_eq!(reads.next(at(0), open), catch_up("a", 10, 10_010));
    reads.leave_out(&"a".into());
    reads.caught_up(&"a".into(), 700);
    assert_eq!(reads.next(at(0), open), catch_up("a", 700, 10_700));
    reads.caught_up(&"a".into(), 29_000);
    assert_eq!(reads.next(at(0), open), catch_up("a", 29_000, 30_000));
    reads.caught_up(&"a".into(), 30_000);
    assert_eq!(reads.behind(), []);
    assert_eq!(reads.next(at(0), open), None);
}

#[test]
fn a_topic_of_which_nothing_was_left_out_is_behind_only_while_it_has_no_room() {
    let mut reads = left_out(&["a"], 10, 10);
    assert_eq!(reads.next(at(0), |_| false), None);
    assert_eq!(reads.behind().len(), 1);
    assert_eq!(reads.next_at(at(0), open), at(1), "there is nothing to catch up");
    assert_eq!(reads.next(at(0), open), None);
    assert_eq!(reads.behind(), []);
}

#[test]
fn topics_that_are_behind_take_turns() {
    let mut reads = left_out(&["a", "b", "c"], 10, 500);
    let only_a_and_c = |topic: &str| topic != "b";
    for topic in ["a", "c", "a", "c"] {
        assert_eq!(reads.next(at(0), only_a_and_c), catch_up(topic, 10, 500));
    }
    assert_eq!(reads.next(at(0), open), catch_up("a", 10, 500));
    assert_eq!(reads.next(at(0), open), catch_up("b", 10, 500));
}

#[test]
fn all_kinds_of_reads_take_turns() {
    let mut reads = left_out(&["a"], 10, 500);
    reads.sweep_soon(at(0));
    let mut kinds = String::new();
    for _ in 0..8 {
        reads.wake();
        kinds.push(match reads.next(at(0), open) {
            Some(Read::Fresh { .. }) => 'f',
            Some(Read::CatchUp { .. }) => 'c',
            Some(Read::Sweep { .. }) => 's',
            None => '-',
        });
    }
    assert_eq!(kinds, "fcfsfcfs");
}
