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

fn reads_with_tail(tail: i64) -> Reads {
    let mut reads = Reads::new(INTERVALS, at(0));
    let _first = reads.next(at(0));
    reads.fresh_done(&(1..=tail).collect::<Vec<_>>(), done(tail), at(0));
    reads
}

#[test]
fn a_wake_is_followed_by_one_fresh_read() {
    let mut reads = reads_with_tail(3);
    assert_eq!(reads.next(at(0)), None);
    reads.wake();
    assert_eq!(
        reads.next(at(0)),
        Some(Read::Fresh {
            after: 3,
            holes: vec![]
        })
    );
    assert_eq!(reads.next(at(0)), None);
}

#[test]
fn an_id_that_was_left_open_is_looked_for_until_it_comes() {
    let mut reads = reads_with_tail(3);
    reads.fresh_done(&[5, 7], done(7), at(0));
    reads.wake();
    assert_eq!(
        reads.next(at(0)),
        Some(Read::Fresh {
            after: 7,
            holes: vec![4, 6]
        })
    );
    reads.fresh_done(&[4], done(7), at(0));
    reads.wake();
    assert_eq!(
        reads.next(at(0)),
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
        reads.next(at(11)),
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
        reads.next(at(1)),
        Some(Read::Fresh {
            after: 3,
            holes: vec![]
        })
    );
}

#[test]
fn a_sweep_walks_from_the_beginning_to_the_tail_and_then_rests() {
    let mut reads = reads_with_tail(10);
    let _poll = reads.next(at(5));
    assert_eq!(reads.next(at(5)), Some(Read::Sweep { after: 0, until: 10 }));
    reads.sweep_done(Examined { until: 6, more: true }, at(5));
    assert_eq!(reads.next(at(5)), Some(Read::Sweep { after: 6, until: 10 }));
    reads.sweep_done(
        Examined {
            until: 10,
            more: true,
        },
        at(5),
    );
    assert_eq!(reads.next(at(5)), None);
}

#[test]
fn a_sweep_that_took_long_begins_again_within_twice_the_interval() {
    for (took, begins) in [(0, 5), (1, 10), (4, 10), (30, 35)] {
        let mut reads = reads_with_tail(10);
        assert!(matches!(reads.next(at(5)), Some(Read::Fresh { .. })));
        assert!(matches!(reads.next(at(5)), Some(Read::Sweep { .. })));
        reads.sweep_done(done(10), at(5 + took));
        let rests = matches!(reads.sweep, Sweep::Resting { until } if until == at(5 + begins));
        assert!(rests, "after {took} s: {:?}", reads.sweep);
    }
}

#[test]
fn a_sweep_asked_for_during_a_sweep_begins_again() {
    let mut reads = reads_with_tail(10);
    reads.sweep_soon(at(0));
    let _walking = reads.next(at(0));
    reads.sweep_soon(at(0));
    reads.sweep_done(done(10), at(0));
    assert_eq!(reads.next(at(0)), Some(Read::Sweep { after: 0, until: 10 }));
}

#[test]
fn fresh_rows_go_before_a_sweep() {
    let mut reads = reads_with_tail(10);
    reads.sweep_soon(at(0));
    reads.wake();
    assert!(matches!(reads.next(at(0)), Some(Read::Fresh { .. })));
}
