//! What came out of it, for people and for the archive.

mod timeline;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::fault::Tally;
use super::load::{Entry, Promise};
use super::observations::{EndCause, Fault, Observations};
use super::oracle::Comparison;
use super::oracle::history::History;
use super::recorder::Drain;
use super::run::{Extent, Size};

/// Differences named in a report; the rest is counted.
const NAMED: usize = 200;
const MIB: f64 = 1024.0 * 1024.0;

/// Something that is not as it was promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which promise, in a word or two.
    pub rule: &'static str,
    pub what: String,
}

#[derive(Debug)]
pub struct Report {
    pub size: Size,
    /// How many the stack has; none when they may not be restarted.
    pub brokers: usize,
    /// What was done, and what this stack did not allow.
    pub faults: Vec<Fault>,
    pub left_out: Vec<Fault>,
    /// From the first process to the last comparison.
    pub took: Duration,
    pub entries: Vec<Entry>,
    /// Outcomes found out by asking again.
    pub replayed: u64,
    /// Changes acknowledged in each second.
    pub by_second: Vec<u32>,
    /// By service.
    pub tallies: BTreeMap<String, Tally>,
    pub observations: Observations,
    /// The most bytes that a process of each service had in memory.
    pub peaks: BTreeMap<String, u64>,
    pub drains: Vec<Drain>,
    /// What was found wrong while it went on, and when.
    pub found: Vec<(Duration, Difference)>,
    pub comparison: Comparison,
    /// What was compared, to be judged again.
    pub history: History,
}

impl Report {
    /// What was found wrong while it went on, and then what the oracle found.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        let found = self.found.iter().map(|(_, difference)| difference);
        found.chain(&self.comparison.differences)
    }

    /// Writes the report, a timeline beside it (SVG), and what was seen (JSON).
    pub fn write(&self, path: &Path) -> anyhow::Result<String> {
        let text = self.to_markdown(path);
        let write = |path: &Path, bytes: &[u8]| {
            std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        write(path, text.as_bytes())?;
        write(&path.with_extension("svg"), timeline::svg(self).as_bytes())?;
        write(
            &path.with_extension("json"),
            &serde_json::to_vec(&self.observations)?,
        )?;
        self.history.write(&path.with_extension("history.jsonl"))?;
        Ok(text)
    }

    fn to_markdown(&self, path: &Path) -> String {
        let name = match self.size.extent {
            Extent::Kills(_) => "Kill test",
            Extent::Faults { .. } => "Fault suite",
        };
        let mut text = format!(
            "# {name}: {} in {:.0} s, seed {}\n\n",
            match self.differences().count() {
                0 => "no difference".to_owned(),
                1 => "1 difference".to_owned(),
                count => format!("{count} differences"),
            },
            self.took.as_secs_f64(),
            self.size.seed,
        );
        line(&mut text, &format!("Again: `{}`\n", self.command()));
        if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) {
            line(&mut text, &format!("![What happened when]({stem}.svg)\n"));
        }
        self.promises(&mut text);
        self.services(&mut text);
        self.others(&mut text);
        self.counts(&mut text);
        self.invariants(&mut text);
        self.comparisons(&mut text);
        self.list(&mut text);
        text
    }

    /// What came of each invariant.
    fn invariants(&self, text: &mut String) {
        line(text, "| invariant | | |");
        line(text, "|---:|---|---|");
        for judged in &self.comparison.judged {
            line(
                text,
                &format!("| {} | {} | {judged} |", judged.number, judged.text),
            );
        }
        line(text, "");
    }

    /// Makes the same choices again.
    fn command(&self) -> String {
        let Size {
            seed, people, rate, ..
        } = self.size;
        match &self.size.extent {
            Extent::Kills(rounds) => {
                let kills = rounds.kills;
                format!("cargo xtask chaos kills --rounds {kills} --seed {seed} --rate {rate}")
            }
            Extent::Faults { faults, lasting, .. } => {
                let minutes = lasting.as_secs().div_ceil(60);
                let faults = faults.iter().map(|fault| format!(" --fault {fault}"));
                let faults: String = faults.collect();
                let brokers = self.brokers;
                format!(
                    "cargo xtask chaos --minutes {minutes} --seed {seed}{faults} --people {people} --rate {rate} \
                     --brokers {brokers}"
                )
            }
        }
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
        let Observations { repeats, probes, .. } = &self.observations;
        let more = format!(
            "\n{} people. Of the acknowledged, {} were asked for again with the same key since their outcome was \
             unknown, and {} although it was known; {} times somebody asked for what is another's.\n",
            self.size.people,
            self.replayed,
            repeats.len(),
            probes.len(),
        );
        line(text, &more);
    }

    fn services(&self, text: &mut String) {
        line(
            text,
            "| service | kills | of two replicas | with the broker frozen | orderly stops | longest | with changes meanwhile | freezes | longest | ended by itself | most memory |",
        );
        line(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (service, tally) in &self.tallies {
            let by_itself = self.observations.ends.iter();
            let by_itself = by_itself
                .filter(|end| end.cause == EndCause::ByItself && end.service == *service)
                .count();
            let peak = self.peaks.get(service).copied().unwrap_or_default();
            line(
                text,
                &format!(
                    "| {service} | {} | {} | {} | {} | {:.1} s | {} | {} | {} s | {by_itself} | {:.0} MiB |",
                    tally.kills,
                    tally.kills_of_two,
                    tally.kills_with_frozen_broker,
                    tally.stops,
                    tally.longest_stop.as_secs_f64(),
                    tally.with_backlog,
                    tally.freezes,
                    tally.longest_freeze.as_secs(),
                    peak as f64 / MIB,
                ),
            );
        }
        line(text, "");
    }

    fn others(&self, text: &mut String) {
        if let Extent::Kills(_) = self.size.extent {
            return;
        }
        line(text, "| fault | times | longest |");
        line(text, "|---|---:|---:|");
        for fault in &self.faults {
            let spans = self
                .observations
                .faults
                .iter()
                .filter(|span| span.fault == *fault);
            let lengths: Vec<Duration> = spans.map(|span| span.until - span.from).collect();
            let longest = lengths.iter().max().copied().unwrap_or_default();
            line(
                text,
                &format!("| {fault} | {} | {:.1} s |", lengths.len(), longest.as_secs_f64()),
            );
        }
        for fault in &self.left_out {
            line(text, &format!("| {fault} | not on this stack | |"));
        }
        line(text, "");
        if !self.drains.is_empty() {
            line(text, "| after | at | rows that waited | published within |");
            line(text, "|---|---:|---:|---:|");
        }
        for drain in &self.drains {
            line(
                text,
                &format!(
                    "| {} of {} | {:.0} s | {} | {:.1} s |",
                    drain.fault,
                    drain.target,
                    drain.from.as_secs_f64(),
                    drain.rows,
                    drain.took.as_secs_f64(),
                ),
            );
        }
        line(text, "");
        let injected = self.observations.injected.len();
        line(
            text,
            &format!("{injected} unreadable records were put on the topics.\n"),
        );
    }

    /// The three words of the promise. Whatever is neither doubled nor reordered counts as lost, so that the first
    /// number is 0 only when everything is as it was promised.
    fn counts(&self, text: &mut String) {
        let count = |rules: &[&str]| self.differences().filter(|it| rules.contains(&it.rule)).count();
        let (doubled, reordered) = (count(&DOUBLED), count(&REORDERED));
        let lost = self.differences().count() - doubled - reordered;
        line(
            text,
            &format!("**Lost or not as promised {lost}, doubled {doubled}, reordered {reordered}.**\n"),
        );
    }

    fn comparisons(&self, text: &mut String) {
        line(text, "| compared | count |");
        line(text, "|---|---:|");
        for (what, count) in &self.comparison.compared {
            line(text, &format!("| {what} | {count} |"));
        }
        line(text, "");
    }

    fn list(&self, text: &mut String) {
        let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for difference in self.differences() {
            *by_rule.entry(difference.rule).or_default() += 1;
        }
        for (rule, count) in &by_rule {
            line(text, &format!("- {rule}: {count}"));
        }
        if !by_rule.is_empty() {
            line(text, "");
        }
        for Difference { rule, what } in self.differences().take(NAMED) {
            line(text, &format!("- `{rule}` {what}"));
        }
        let more = self.differences().count().checked_sub(NAMED);
        if let Some(more) = more.filter(|more| *more > 0) {
            line(text, &format!("- and {more} more"));
        }
    }
}

/// Rules of what is there twice and of what came in another order.
const DOUBLED: [&str; 5] = ["once", "copies", "twice", "occurrences", "audit-twice"];
const REORDERED: [&str; 4] = ["lanes", "schedule", "zombies", "fencing"];

fn line(text: &mut String, what: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{what}");
}

#[cfg(test)]
mod tests {
    use super::{DOUBLED, REORDERED};
    use crate::chaos::oracle::invariants::of_rule;

    #[test]
    fn what_is_counted_as_doubled_or_reordered_is_a_rule() {
        for rule in DOUBLED.iter().chain(&REORDERED) {
            assert!(of_rule(rule).is_some(), "{rule}");
        }
    }
}
