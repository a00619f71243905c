//! What came out of it, for people and for the archive.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::fault::Tally;
use super::load::{Entry, Promise};
use super::oracle::Compared;

/// Differences named in a report; the rest is counted.
const NAMED: usize = 200;

/// Something that is not as it was promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which promise, in a word or two.
    pub rule: &'static str,
    pub what: String,
}

#[derive(Debug)]
pub struct Report {
    /// The same seed makes the same choices.
    pub seed: u64,
    /// From the first change to the last comparison.
    pub took: Duration,
    pub entries: Vec<Entry>,
    /// Outcomes found out by asking again.
    pub replayed: u64,
    /// By service.
    pub tallies: BTreeMap<String, Tally>,
    pub compared: Compared,
    pub differences: Vec<Difference>,
}

impl Report {
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "# Kill test: {} in {:.0} s, seed {}\n\n",
            match self.differences.len() {
                0 => "no difference".to_owned(),
                1 => "1 difference".to_owned(),
                count => format!("{count} differences"),
            },
            self.took.as_secs_f64(),
            self.seed,
        );
        self.promises(&mut text);
        self.faults(&mut text);
        self.comparisons(&mut text);
        self.differences(&mut text);
        text
    }

    fn promises(&self, text: &mut String) {
        let mut by_kind: BTreeMap<_, [usize; 3]> = BTreeMap::new();
        for entry in &self.entries {
            let [made, unknown, refused] = by_kind.entry(entry.kind).or_default();
            *match entry.promise {
                Promise::Made { .. } => made,
                Promise::Unknown => unknown,
                Promise::Refused(_) => refused,
            } += 1;
        }
        line(text, "| change | acknowledged | unknown for ever | refused |");
        line(text, "|---|---:|---:|---:|");
        let mut sums = [0; 3];
        for (kind, counts) in &by_kind {
            let [made, unknown, refused] = counts;
            line(text, &format!("| {kind} | {made} | {unknown} | {refused} |"));
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let [made, unknown, refused] = sums;
        line(text, &format!("| **all** | {made} | {unknown} | {refused} |"));
        line(
            text,
            &format!(
                "\nOf the acknowledged, {} were asked for again with the same key.\n",
                self.replayed
            ),
        );
    }

    fn faults(&self, text: &mut String) {
        line(
            text,
            "| service | kills | of two replicas | with the broker frozen | orderly stops | longest | with changes meanwhile |",
        );
        line(text, "|---|---:|---:|---:|---:|---:|---:|");
        for (service, tally) in &self.tallies {
            line(
                text,
                &format!(
                    "| {service} | {} | {} | {} | {} | {:.1} s | {} |",
                    tally.kills,
                    tally.kills_of_two,
                    tally.kills_with_frozen_broker,
                    tally.stops,
                    tally.longest_stop.as_secs_f64(),
                    tally.with_backlog,
                ),
            );
        }
        line(text, "");
    }

    fn comparisons(&self, text: &mut String) {
        line(text, "| compared | count |");
        line(text, "|---|---:|");
        for (what, count) in &self.compared {
            line(text, &format!("| {what} | {count} |"));
        }
        line(text, "");
    }

    fn differences(&self, text: &mut String) {
        let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for difference in &self.differences {
            *by_rule.entry(difference.rule).or_default() += 1;
        }
        for (rule, count) in &by_rule {
            line(text, &format!("- {rule}: {count}"));
        }
        if !by_rule.is_empty() {
            line(text, "");
        }
        for Difference { rule, what } in self.differences.iter().take(NAMED) {
            line(text, &format!("- `{rule}` {what}"));
        }
        if let Some(more) = self.differences.len().checked_sub(NAMED).filter(|more| *more > 0) {
            line(text, &format!("- and {more} more"));
        }
    }
}

fn line(text: &mut String, what: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{what}");
}
