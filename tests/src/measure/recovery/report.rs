//! What came out, for people: each figure as the median of the turns, with the lowest and the highest.

use serde::Serialize;

use crate::measure::spread::{cell, row};

#[derive(Debug, Serialize)]
pub struct Report {
    /// Creations a second that were asked for.
    pub rate: u32,
    /// Creations that were acknowledged: all of them came to the consumer and to the audit log.
    pub acknowledged: usize,
    /// Creations that were not.
    pub refused: usize,
    /// In the order in which they were made.
    pub turns: Vec<Recovered>,
}

/// How one kill went, in seconds since then.
#[derive(Debug, Serialize)]
pub struct Recovered {
    pub fault: String,
    /// None where another process took over.
    pub restarted_s: Option<f64>,
    pub answered_s: f64,
    pub consumed_s: f64,
    pub pushed_s: f64,
    pub audited_s: f64,
}

/// A column; a turn may have nothing there.
type Figure = (&'static str, fn(&Recovered) -> Option<f64>);

const FIGURES: [Figure; 5] = [
    ("restart", |turn| turn.restarted_s),
    ("first 201", |turn| Some(turn.answered_s)),
    ("consumer", |turn| Some(turn.consumed_s)),
    ("socket", |turn| Some(turn.pushed_s)),
    ("audit", |turn| Some(turn.audited_s)),
];

impl Report {
    pub fn to_table(&self) -> String {
        let names = FIGURES.map(|(name, _)| name.to_owned());
        let mut table = row("seconds since kill -9 of", names);
        for fault in self.faults() {
            let cells = FIGURES.map(|(_, figure)| self.cell(fault, figure));
            table.push_str(&row(fault, cells));
        }
        table.push_str(&format!(
            "{} creations at {}/s were acknowledged and all came to the consumer and to the audit log, {} were not \
             acknowledged\n",
            self.acknowledged, self.rate, self.refused
        ));
        table
    }

    /// Each once.
    fn faults(&self) -> Vec<&str> {
        let mut faults: Vec<&str> = Vec::new();
        for turn in &self.turns {
            if !faults.contains(&turn.fault.as_str()) {
                faults.push(&turn.fault);
            }
        }
        faults
    }

    fn cell(&self, fault: &str, figure: fn(&Recovered) -> Option<f64>) -> String {
        let turns = self.turns.iter().filter(|turn| turn.fault == fault);
        cell(turns.filter_map(figure))
    }
}

impl Recovered {
    /// For those who wait.
    pub(super) fn in_short(&self) -> String {
        let figures = FIGURES.iter().filter_map(|(name, figure)| {
            let seconds = figure(self)?;
            Some(format!("{name} {seconds:.2} s"))
        });
        figures.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(fault: &str, restarted_s: Option<f64>, seconds: f64) -> Recovered {
        Recovered {
            fault: fault.to_owned(),
            restarted_s,
            answered_s: seconds,
            consumed_s: seconds,
            pushed_s: seconds,
            audited_s: seconds,
        }
    }

    #[test]
    fn the_turns_of_a_fault_are_one_line_which_leaves_out_what_no_turn_has() {
        let report = Report {
            rate: 50,
            acknowledged: 7,
            refused: 2,
            turns: vec![
                turn("one", None, 3.0),
                turn("two", Some(1.5), 5.0),
                turn("one", None, 1.0),
            ],
        };
        let table = report.to_table();
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            })
            .collect();
        let spread = "2.00 (1.00–3.00)";
        assert_eq!(lines[1], ["one", "–", spread, spread, spread, spread]);
        assert_eq!(lines[2], ["two", "1.50", "5.00", "5.00", "5.00", "5.00"]);
        assert_eq!(lines.len(), 4);
    }
}
