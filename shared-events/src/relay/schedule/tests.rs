//! The schedule against a simulated database and broker: everything that can happen, in any order, at any moment.
//!
//! Two relays send at the same time and without any lease, which is worse than what the lease allows. Time is virtual.

mod world;

use proptest::prelude::*;

use self::world::{Step, World};
use super::*;

#[test]
fn a_row_that_commits_long_after_its_id_was_given_up_is_found_by_a_sweep() {
    let mut world = World::new();
    world.take(&Step::Insert(0));
    world.take(&Step::Insert(1));
    world.take(&Step::Commit(1));
    for relay in 0..2 {
        for wait in [1, 11_000] {
            world.take(&Step::Wait(wait));
            world.take(&Step::Wake(relay));
            world.take(&Step::StartTask(relay));
            world.take(&Step::FinishTask(relay));
        }
    }
    world.take(&Step::Commit(0));
    world.heal_and_drain();
}

/// A database that always has more rows, lanes that always want more, a broker that answers at once: everything that
/// can keep the relay busy does. Says when each sweep and each measure began.
fn under_full_load(lasts: Duration) -> (Vec<Duration>, Vec<Duration>) {
    const TASK: Duration = Duration::from_millis(50);
    let mut schedule = Schedule::new(
        Limits::default(),
        ReadIntervals::default(),
        HashSet::new(),
        Duration::ZERO,
    );
    schedule.begin_reading();
    let (mut sweeps, mut measures) = (vec![Duration::ZERO], vec![]);
    let (mut now, mut last_id) = (Duration::ZERO, 0);
    while now < lasts {
        let work = schedule.next_work(now).expect("there is always something to do");
        let began = now;
        now += TASK;
        let mut rows = |count: usize, lane: Option<&Lane>| -> Vec<Found<i64>> {
            let row = |place: usize| {
                last_id += 1;
                found(last_id, lane, place)
            };
            (0..count).map(row).collect()
        };
        match work {
            Work::Page { read, limit, .. } => {
                let found = match read {
                    Read::Fresh { .. } => rows(limit, None),
                    Read::Sweep { after: 0, .. } => {
                        sweeps.push(began);
                        Vec::new()
                    }
                    Read::CatchUp { .. } => rows(limit, None),
                    Read::Sweep { .. } => Vec::new(),
                };
                let more = !found.is_empty();
                let until = found.last().map_or(read.after(), |row| row.id);
                schedule.page_done(&read, found, Examined { until, more }, now);
            }
            Work::Refill { lanes, limit } => {
                let refilled = lanes
                    .iter()
                    .flat_map(|refill| rows(limit, Some(&refill.lane)))
                    .collect();
                schedule.refill_done(&lanes, limit, refilled);
            }
            Work::Measure => measures.push(began),
        }
        if let Some(published) = schedule.next_delete(now) {
            schedule.delete_done(published, now);
        }
        while let Some(sending) = schedule.queues.next(now) {
            schedule.acknowledged(sending.id, now);
        }
    }
    (sweeps, measures)
}

/// A row of a lane of its own, or of the lane that is refilled; the first row of a page belongs to a lane whose
/// predecessor was not read.
fn found(id: i64, lane: Option<&Lane>, place: usize) -> Found<i64> {
    let own = || Lane {
        topic: "topic".into(),
        key: id.to_string().into(),
        source: "source".into(),
    };
    Found {
        lane: lane.cloned().unwrap_or_else(own),
        id,
        event_id: uuid::Uuid::nil(),
        previous: (lane.is_none() && place == 0).then_some(-1),
        bytes: 10,
        payload: id,
    }
}

#[test]
fn a_sweep_and_a_measure_begin_within_twice_their_interval_under_full_load() {
    let (sweeps, measures) = under_full_load(Duration::from_secs(60));
    for (what, began, interval) in [
        ("sweep", sweeps, ReadIntervals::default().sweep),
        ("measure", measures, MEASURE_EVERY),
    ] {
        assert!(began.len() >= 6, "only {} times a {what}", began.len());
        for pair in began.windows(2) {
            assert!(
                pair[1] - pair[0] <= 2 * interval,
                "no {what} from {:?} to {:?}",
                pair[0],
                pair[1]
            );
        }
    }
}

/// Its rows never fill the room, as each is sent, acknowledged and deleted at once.
#[test]
fn a_long_backlog_that_is_sent_as_fast_as_it_is_read_lets_other_topics_go_first() {
    const END: i64 = 1_000_000;
    let limits = Limits::default();
    let now = Duration::ZERO;
    let mut schedule = Schedule::new(limits, ReadIntervals::default(), HashSet::new(), now);
    schedule.begin_reading();
    let mut rows = 0;
    let left_out_at = loop {
        let Some(Work::Page {
            read,
            excluded,
            limit,
            ..
        }) = schedule.next_work(now)
        else {
            continue;
        };
        if let [(_, read_until)] = excluded.topics[..] {
            // Nothing else is there, up to the end.
            let end = Examined {
                until: END,
                more: false,
            };
            schedule.page_done(&read, Vec::new(), end, now);
            break read_until;
        }
        let page: Vec<_> = (0..limit)
            .map(|_| {
                rows += 1;
                found(rows, None, 1)
            })
            .collect();
        let examined = Examined {
            until: rows,
            more: true,
        };
        schedule.page_done(&read, page, examined, now);
        while let Some(sending) = schedule.queues.next(now) {
            schedule.acknowledged(sending.id, now);
        }
        while let Some(published) = schedule.next_delete(Duration::MAX) {
            schedule.delete_done(published, now);
        }
    };
    let part = limits.rows / limits.topics;
    let went_first = usize::try_from(rows).unwrap();
    assert!(
        (part..part + limits.page).contains(&went_first),
        "{rows} rows of one topic went first"
    );
    let Some(Work::Page { read, .. }) = schedule.next_work(now) else {
        panic!("the topic is not caught up");
    };
    assert_eq!((read.topic(), read.after()), (Some("topic"), left_out_at));
}

#[test]
fn nothing_is_read_before_it_may_be_and_nothing_while_winding_down() {
    let mut schedule = Schedule::<i64>::new(
        Limits::default(),
        ReadIntervals::default(),
        HashSet::new(),
        Duration::ZERO,
    );
    assert_eq!(schedule.next_work(Duration::ZERO), Some(Work::Measure));
    assert_eq!(schedule.next_work(Duration::ZERO), None);
    schedule.begin_reading();
    assert!(matches!(
        schedule.next_work(Duration::ZERO),
        Some(Work::Page { .. })
    ));
    schedule.stop_reading();
    schedule.begin_reading();
    schedule.wake();
    assert_eq!(schedule.next_work(Duration::ZERO), None);
}

fn step() -> impl Strategy<Value = Step> {
    let relay = 0..2_usize;
    prop_oneof![
        4 => (0..5_usize).prop_map(Step::Insert),
        4 => any::<usize>().prop_map(Step::Commit),
        1 => any::<usize>().prop_map(Step::RollBack),
        6 => relay.clone().prop_map(Step::StartTask),
        6 => relay.clone().prop_map(Step::FinishTask),
        1 => relay.clone().prop_map(Step::LoseAnswer),
        1 => relay.clone().prop_map(Step::FailTask),
        4 => relay.clone().prop_map(Step::StartDelete),
        4 => relay.clone().prop_map(Step::FinishDelete),
        1 => relay.clone().prop_map(Step::LoseDeletesAnswer),
        1 => relay.clone().prop_map(Step::FailDelete),
        8 => relay.clone().prop_map(Step::Send),
        6 => (relay.clone(), any::<usize>()).prop_map(|(relay, which)| Step::Acknowledge(relay, which)),
        1 => (relay.clone(), any::<usize>()).prop_map(|(relay, which)| Step::LoseAcknowledgement(relay, which)),
        2 => (relay.clone(), any::<usize>()).prop_map(|(relay, which)| Step::FailDelivery(relay, which)),
        1 => (relay.clone(), any::<usize>()).prop_map(|(relay, which)| Step::Refuse(relay, which)),
        1 => relay.clone().prop_map(Step::Crash),
        1 => any::<usize>().prop_map(Step::LateWrite),
        1 => any::<usize>().prop_map(Step::Unpark),
        2 => relay.prop_map(Step::Wake),
        3 => (1..12_000_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_row_is_published_in_order_and_memory_stays_bounded(
        steps in prop::collection::vec(step(), 1..600),
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(&step);
        }
        world.heal_and_drain();
    }

    #[test]
    fn a_relay_that_crashes_at_any_one_step_loses_nothing(
        steps in prop::collection::vec(step(), 1..120),
        crash_at in any::<prop::sample::Index>(),
    ) {
        let mut world = World::new();
        let crash_at = crash_at.index(steps.len());
        for (place, step) in steps.iter().enumerate() {
            if place == crash_at {
                world.take(&Step::Crash(0));
                world.take(&Step::Crash(1));
            }
            world.take(step);
        }
        world.heal_and_drain();
    }
}
