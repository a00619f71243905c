//! The plan against a simulated database and broker: everything that can happen, in any order, at any moment.
//!
//! Two relays send at the same time and without any lease, which is worse than what the lease allows. Time is virtual.

mod world;

use proptest::prelude::*;

use self::world::{Step, World};

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
