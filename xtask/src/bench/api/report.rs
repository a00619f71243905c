//! The tables of all sizes, and their picture.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::bench::measured::{Figure, Measured, Run, Runs, ratios};
use crate::bench::picture::{self, Line, Panel};
use crate::bench::spread::{Spread, cell, row};
use crate::bench::tasks::Tasks;

/// As many lines as a panel has colours; the reads are the others.
const CHANGES: [&str; 4] = ["create", "keyed create", "patch", "complete"];

/// Everything with so many tasks.
#[derive(Debug, Serialize)]
pub(super) struct AtSize {
    pub(super) tasks: Tasks,
    measured: Runs,
}

impl AtSize {
    pub(super) fn new(tasks: Tasks) -> Self {
        Self {
            tasks,
            measured: Runs::default(),
        }
    }

    /// A run of each operation.
    pub(super) fn add(&mut self, runs: Vec<Run>) {
        self.measured.add(runs);
    }

    /// A row of each operation, and what a key costs.
    pub(super) fn table(&self) -> String {
        let mut table = format!("{}\n{}", self.tasks, self.measured.table());
        if let (Some(plain), Some(keyed)) = (self.measured.of("create"), self.measured.of("keyed create")) {
            let dearer = cell(ratios(&plain.rates(), &keyed.rates()));
            table.push_str(&format!("a keyed create costs {dearer} times a create\n"));
        }
        table
    }
}

/// How many times as long a request takes with the most tasks as with the fewest, in runs that followed each other.
pub(super) fn growth(sizes: &[AtSize]) -> String {
    let fewest = sizes.iter().min_by_key(|size| size.tasks.count);
    let most = sizes.iter().max_by_key(|size| size.tasks.count);
    let (Some(fewest), Some(most)) = (fewest, most) else {
        return String::new();
    };
    let (few, many) = (fewest.tasks.count, most.tasks.count);
    if few == many {
        return String::new();
    }
    let columns = ["time of a request", "p99"].map(str::to_owned);
    let mut table = row(&format!("{many} / {few} tasks"), columns);
    for measured in most.measured.all() {
        let Some(before) = fewest.measured.of(&measured.operation) else {
            continue;
        };
        let p99 = |measured: &Measured| measured.each(|run| run.answer.p99_ms);
        let cells = [
            ratios(&before.rates(), &measured.rates()),
            ratios(&p99(measured), &p99(before)),
        ];
        table.push_str(&row(&measured.operation, cells.map(cell)));
    }
    table
}

/// Requests a second and p99 by the number of tasks, changes and reads apart.
pub(super) fn picture(sizes: &[AtSize]) -> String {
    let (rate, p99): (Figure, Figure) = (|run| run.rate, |run| run.answer.p99_ms);
    let panel = |title: &str, changes: bool, figure| Panel {
        title: title.to_owned(),
        across: "tasks".to_owned(),
        lines: lines(sizes, changes, figure),
    };
    let panels = [
        panel("changes: requests/s", true, rate),
        panel("changes: p99, ms", true, p99),
        panel("reads: requests/s", false, rate),
        panel("reads: p99, ms", false, p99),
    ];
    picture::draw("the API", 2, &panels)
}

fn lines(sizes: &[AtSize], changes: bool, figure: Figure) -> Vec<Line> {
    let names = sizes.iter().flat_map(|size| size.measured.all());
    let mut names: Vec<&str> = names.map(|measured| measured.operation.as_str()).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| CHANGES.contains(name) == changes && seen.insert(*name));
    let line = |name: &str| Line {
        name: name.to_owned(),
        points: sizes
            .iter()
            .filter_map(|size| {
                let spread = Spread::of(&size.measured.of(name)?.each(figure))?;
                Some((size.tasks.count, spread))
            })
            .collect(),
    };
    names.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(count: u32, rates: &[(&str, f64)]) -> AtSize {
        let runs = rates.iter().map(|(operation, rate)| Run::of(operation, *rate));
        let mut size = AtSize::new(Tasks {
            count,
            users: 20,
            of_first: 0,
        });
        size.add(runs.collect());
        size
    }

    #[test]
    fn a_key_is_compared_with_none_and_many_tasks_with_few() {
        let few = size(1_000, &[("create", 2_000.0), ("keyed create", 1_600.0)]);
        assert!(few.table().contains("a keyed create costs 1.25 times a create"));
        let many = size(1_000_000, &[("create", 1_000.0), ("get", 6_000.0)]);
        let growth = growth(&[few, many]);
        let create = growth.lines().find(|line| line.starts_with("create")).unwrap();
        assert_eq!(
            create.split_whitespace().collect::<Vec<_>>(),
            ["create", "2.00", "2.00"]
        );
        assert!(!growth.contains("get"), "{growth}");
    }

    #[test]
    fn every_operation_is_a_line_of_two_panels() {
        let of = |count| size(count, &[("create", 2_000.0), ("get", 6_000.0)]);
        let svg = picture(&[of(1_000), of(1_000_000)]);
        assert_eq!(svg.matches("<polyline").count(), 4);
    }
}
