//! Violations planted into a recorded history: for each invariant a change after which it does not hold, and which its
//! checkers must find every time.

mod plant_effects;
mod plant_processes;
mod plant_topics;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::evidence::Evidence;
use super::history::History;
use super::invariants::{INVARIANTS, Invariant};
use crate::chaos::report::Difference;

/// So many times each violation is planted, each time somewhere else.
pub const SEEDS: u64 = 5;
/// Differences that are named when there should be none.
const NAMED: usize = 20;

/// Changes a history so that an invariant does not hold any more, and says what it did; none when the history has
/// nothing to do it to.
type Plant = fn(&mut History, &mut StdRng) -> Option<String>;

const PLANTS: [Plant; 22] = [
    plant_effects::acknowledged_row,
    plant_topics::missing_record,
    plant_topics::phantom,
    plant_topics::second_change,
    plant_topics::swapped_records,
    plant_topics::other_copy,
    plant_effects::old_schedule,
    plant_effects::commit_ahead,
    plant_effects::good_dead_letter,
    plant_effects::other_letter,
    plant_processes::late_neighbour,
    plant_topics::zombie,
    plant_processes::disorderly_stop,
    plant_processes::too_much_memory,
    plant_processes::standing_outbox,
    plant_effects::other_occurrence,
    plant_effects::silent_reminder,
    plant_effects::other_audit,
    plant_effects::blind_screen,
    plant_processes::own_end,
    plant_effects::other_owner,
    plant_processes::wrong_health,
];

/// What came of it.
#[derive(Debug)]
pub struct Trial {
    /// What the checkers find in the history as it is: nothing, if they report nothing falsely.
    pub untouched: Vec<Difference>,
    pub trials: Vec<Planted>,
}

/// One violation, planted several times.
#[derive(Debug)]
pub struct Planted {
    pub invariant: &'static Invariant,
    pub found: u64,
    /// What was planted and not found.
    pub missed: Vec<String>,
}

/// Plants every violation into copies of a history.
pub fn try_all(history: &History) -> Trial {
    let untouched = super::judge(history).differences;
    let trials = INVARIANTS.iter().zip(PLANTS).map(|(invariant, plant)| {
        let mut planted = Planted {
            invariant,
            found: 0,
            missed: Vec::new(),
        };
        for seed in 1..=SEEDS {
            let mut copy = history.clone();
            let mut rng =
                StdRng::seed_from_u64(seed.wrapping_mul(1009).wrapping_add(u64::from(invariant.number)));
            match plant(&mut copy, &mut rng) {
                None => planted
                    .missed
                    .push("the history has nothing to plant it into".to_owned()),
                Some(what) if invariant.check(&Evidence::of(&copy)).1.is_empty() => planted.missed.push(what),
                Some(_) => planted.found += 1,
            }
        }
        planted
    });
    Trial {
        untouched,
        trials: trials.collect(),
    }
}

impl Trial {
    /// Every planted violation was found, and nothing else.
    pub fn is_passed(&self) -> bool {
        self.untouched.is_empty() && self.trials.iter().all(|trial| trial.found == SEEDS)
    }

    pub fn to_markdown(&self) -> String {
        let mut text = String::from("| invariant | violation | found |\n|---:|---|---:|\n");
        for Planted { invariant, found, .. } in &self.trials {
            line(
                &mut text,
                &format!(
                    "| {} | {} | {found}/{SEEDS} |",
                    invariant.number, invariant.planted
                ),
            );
        }
        for Planted {
            invariant, missed, ..
        } in &self.trials
        {
            for what in missed.iter().collect::<BTreeSet<_>>() {
                line(&mut text, &format!("- {}: not found: {what}", invariant.number));
            }
        }
        for Difference { rule, what } in self.untouched.iter().take(NAMED) {
            line(
                &mut text,
                &format!("- the history as it was recorded differs: `{rule}` {what}"),
            );
        }
        if self.untouched.len() > NAMED {
            line(&mut text, &format!("- and {} more", self.untouched.len() - NAMED));
        }
        text
    }
}

fn line(text: &mut String, what: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{what}");
}

/// The place of one of those that something is true of.
fn any<T>(items: &[T], rng: &mut StdRng, is_meant: impl Fn(&T) -> bool) -> Option<usize> {
    let meant = items.iter().enumerate().filter(|(_, item)| is_meant(item));
    let meant: Vec<usize> = meant.map(|(index, _)| index).collect();
    meant.choose(rng).copied()
}

/// One of several ways.
fn way(ways: u32, rng: &mut StdRng) -> u32 {
    rng.random_range(0..ways)
}
