//! What came out, for people: each figure as the median of the runs, with the lowest and the highest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ceiling::Ceiling;
use super::idle::{Idle, SERVERS};
use super::work::Work;
use crate::measure::percentiles::Summary;
use crate::measure::spread::{cell, row};

#[derive(Debug, Serialize)]
pub struct Report {
    /// Before the load.
    pub idle: Idle,
    pub idle_after: Idle,
    pub rates: Vec<AtRate>,
    pub ceiling: Vec<Ceiling>,
}

/// All runs at one rate.
#[derive(Debug, Serialize)]
pub struct AtRate {
    /// Changes a second that were asked for.
    pub rate: u32,
    pub runs: Vec<Run>,
}

/// A turn of the load, and one of the yardstick.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Changes a second that were sent.
    pub rate: f64,
    /// Changes that were not answered 2xx.
    pub refused: usize,
    pub answer: Summary,
    pub commit_to_consumer: Summary,
    pub commit_to_socket: Summary,
    pub complete_to_next: Summary,
    pub direct: Summary,
    /// What a direct record costs the broker, in milliseconds on a processor.
    pub direct_broker_ms: f64,
    pub work: Work,
}

/// A row of the latencies.
type Figure = (&'static str, fn(&Run) -> f64);

const LATENCIES: [Figure; 16] = [
    ("changes/s sent", |run| run.rate),
    ("refused", |run| run.refused as f64),
    ("answer p50 ms", |run| run.answer.p50_ms),
    ("answer p99 ms", |run| run.answer.p99_ms),
    ("commit → consumer p50 ms", |run| run.commit_to_consumer.p50_ms),
    ("commit → consumer p99 ms", |run| run.commit_to_consumer.p99_ms),
    ("commit → socket p50 ms", |run| run.commit_to_socket.p50_ms),
    ("commit → socket p99 ms", |run| run.commit_to_socket.p99_ms),
    ("complete → next p50 ms", |run| run.complete_to_next.p50_ms),
    ("complete → next p99 ms", |run| run.complete_to_next.p99_ms),
    ("direct p50 ms", |run| run.direct.p50_ms),
    ("direct p99 ms", |run| run.direct.p99_ms),
    ("CPU ms broker, direct", |run| run.direct_broker_ms),
    ("consumer / direct p50", |run| {
        run.commit_to_consumer.p50_ms / run.direct.p50_ms
    }),
    ("consumer / direct p99", |run| {
        run.commit_to_consumer.p99_ms / run.direct.p99_ms
    }),
    ("socket − consumer p99 ms", |run| {
        run.commit_to_socket.p99_ms - run.commit_to_consumer.p99_ms
    }),
];

fn dearest_of(title: &str, work: &Work) -> String {
    let mut table = format!("\n{:>12} {:>9}  statement, {title}\n", "calls/change", "mean µs");
    for called in &work.dearest {
        let text: String = called.text.chars().take(110).collect();
        table.push_str(&format!(
            "{:>12.3} {:>9.1}  {}: {text}\n",
            called.calls, called.mean_us, called.role
        ));
    }
    table
}

impl Report {
    pub fn to_table(&self) -> String {
        [self.idle_table(), self.latency_table(), self.work_table()].concat()
    }

    /// The statements that took Postgres longest, in the last run at the highest rate and in the last at the ceiling.
    pub fn statements_table(&self) -> String {
        let highest = self.rates.iter().max_by_key(|at| at.rate);
        let at_rate = highest.and_then(|at| Some((format!("{}/s", at.rate), &at.runs.last()?.work)));
        let ceiling = self.ceiling.last().map(|run| ("ceiling".to_owned(), &run.work));
        let tables = at_rate.into_iter().chain(ceiling);
        tables.map(|(title, work)| dearest_of(&title, work)).collect()
    }

    fn idle_table(&self) -> String {
        let title = ["cores", "RSS MiB", "cores after", "RSS MiB after"].map(str::to_owned);
        let mut table = row("idle, before the load", title);
        for name in self.idle.cores.keys() {
            table.push_str(&self.idle_row(name, |process| process == name));
        }
        table + &self.idle_row("the services", |process| !SERVERS.contains(&process))
    }

    fn idle_row(&self, title: &str, wanted: impl Fn(&str) -> bool) -> String {
        let sum = |values: &BTreeMap<String, f64>, places: usize| {
            let wanted = values.iter().filter(|(name, _)| wanted(name));
            let sum = wanted.map(|(_, value)| *value).reduce(|one, other| one + other);
            sum.map_or_else(String::new, |sum| format!("{sum:.places$}"))
        };
        let of = |idle: &Idle| [sum(&idle.cores, 3), sum(&idle.resident_mib, 1)];
        row(
            title,
            [of(&self.idle), of(&self.idle_after)].into_iter().flatten(),
        )
    }

    fn latency_table(&self) -> String {
        let columns = self.rates.iter().map(|at| format!("{}/s", at.rate));
        let mut table = header("", columns.chain(self.has_ceiling().map(str::to_owned)));
        for (name, value) in LATENCIES {
            let at_rates = self.rates.iter().map(|at| cell(at.runs.iter().map(value)));
            let at_ceiling = match name {
                "changes/s sent" => self.at_ceiling(|ceiling| ceiling.rate),
                "refused" => self.at_ceiling(|ceiling| ceiling.refused as f64),
                "answer p50 ms" => self.at_ceiling(|ceiling| ceiling.answer.p50_ms),
                "answer p99 ms" => self.at_ceiling(|ceiling| ceiling.answer.p99_ms),
                _ => None,
            };
            table.push_str(&row(name, at_rates.chain(at_ceiling)));
        }
        let behind = self.at_ceiling(|ceiling| ceiling.behind_s);
        behind.map_or(table.clone(), |behind| {
            format!("{table}consumers behind at the end of the ceiling: {behind} s\n")
        })
    }

    fn work_table(&self) -> String {
        let columns = self.rates.iter().map(|at| format!("{}/s", at.rate));
        let mut table = header(
            "of one change",
            columns.chain(self.has_ceiling().map(str::to_owned)),
        );
        let works = || {
            let of_runs = self.rates.iter().flat_map(|at| &at.runs).map(|run| &run.work);
            of_runs.chain(self.ceiling.iter().map(|ceiling| &ceiling.work))
        };
        let processes: BTreeSet<&String> = works().flat_map(|work| work.cpu_ms.keys()).collect();
        for name in processes {
            let used = |work: &Work| work.cpu_ms.get(name).copied().unwrap_or_default();
            table.push_str(&self.work_row(&format!("CPU ms {name}"), used));
        }
        table.push_str(&self.work_row("CPU ms without client", |work| work.together_ms));
        let roles: BTreeSet<&String> = works().flat_map(|work| work.statements.keys()).collect();
        for role in roles {
            let called = |work: &Work| work.statements.get(role).copied().unwrap_or_default();
            let service = role.trim_start_matches("taskwire_").replace('_', "-");
            table.push_str(&self.work_row(&format!("statements {service}"), called));
        }
        table.push_str(&self.work_row("commits", |work| work.commits));
        table.push_str(&self.work_row("writing transactions", |work| work.writing_transactions));
        table + &self.work_row("WAL bytes", |work| work.wal_bytes)
    }

    fn work_row(&self, name: &str, value: impl Fn(&Work) -> f64) -> String {
        let at_rates = self
            .rates
            .iter()
            .map(|at| cell(at.runs.iter().map(|run| value(&run.work))));
        row(
            name,
            at_rates.chain(self.at_ceiling(|ceiling| value(&ceiling.work))),
        )
    }

    fn has_ceiling(&self) -> Option<&'static str> {
        (!self.ceiling.is_empty()).then_some("ceiling")
    }

    fn at_ceiling(&self, value: impl Fn(&Ceiling) -> f64) -> Option<String> {
        self.has_ceiling()?;
        Some(cell(self.ceiling.iter().map(value)))
    }
}

impl Run {
    /// For those who wait.
    pub(super) fn in_short(&self) -> String {
        format!(
            "consumer p50 {:.1} p99 {:.1}, socket p99 {:.1}, direct p50 {:.1} p99 {:.1}, {:.2} ms CPU per change",
            self.commit_to_consumer.p50_ms,
            self.commit_to_consumer.p99_ms,
            self.commit_to_socket.p99_ms,
            self.direct.p50_ms,
            self.direct.p99_ms,
            self.work.together_ms
        )
    }
}

fn header(what: &str, columns: impl Iterator<Item = String>) -> String {
    format!("\n{}", row(what, columns))
}
