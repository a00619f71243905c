//! The figures of all runs, and their spread.

use serde::Serialize;

use super::catch_up::Drained;
use crate::bench::machine;
use crate::bench::spread::Spread;

/// What was caught up with, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    ManyTasks,
    OneTask,
    Records,
    PeerFromItsStart,
    /// It has published as much just before, and runs on.
    PeerWarm,
    PeerOneTask,
}

impl Work {
    const ALL: [Self; 6] = [
        Self::ManyTasks,
        Self::PeerFromItsStart,
        Self::PeerWarm,
        Self::OneTask,
        Self::PeerOneTask,
        Self::Records,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ManyTasks => "backend-api, many tasks",
            Self::OneTask => "backend-api, one task",
            Self::Records => "audit-svc, records",
            Self::PeerFromItsStart => "Debezium, many tasks",
            Self::PeerWarm => "Debezium warm, many tasks",
            Self::PeerOneTask => "Debezium warm, one task",
        }
    }

    /// Where its time begins.
    fn beginning(self) -> &'static str {
        match self {
            Self::PeerWarm | Self::PeerOneTask => "commit",
            Self::ManyTasks | Self::OneTask | Self::Records | Self::PeerFromItsStart => "start",
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Run {
    number: u32,
    work: Work,
    #[serde(flatten)]
    drained: Drained,
    /// When it ended.
    load_average: Option<f64>,
}

impl Run {
    pub(super) fn new(number: u32, work: Work, drained: Drained) -> Self {
        let load_average = machine::load_average();
        Self {
            number,
            work,
            drained,
            load_average,
        }
    }
}

pub(super) fn header() -> String {
    format!(
        "{:<3} {:<26} {:>8} {:>8} {:>8} {:>11} {:>11} {:>13} {:>5}  CPU s",
        "run", "", "count", "first s", "last s", "from start", "from first", "last quarter", "load"
    )
}

pub(super) fn row(run: &Run) -> String {
    let Drained {
        count,
        first_s,
        last_s,
        last_rate,
        cpu_s,
    } = &run.drained;
    let used = cpu_s.iter().map(|(name, seconds)| format!("{name} {seconds:.1}"));
    format!(
        "{:<3} {:<26} {count:>8} {first_s:>8.2} {last_s:>8.2} {:>9.0}/s {:>9.0}/s {:>13} {:>5.1}  {}",
        run.number,
        run.work.name(),
        run.drained.rate(),
        run.drained.rate_from_first(),
        last_rate.map_or("-".to_owned(), |rate| format!("{rate:.0}/s")),
        run.load_average.unwrap_or_default(),
        used.collect::<Vec<_>>().join(", ")
    )
}

/// How many a second, what one costs, and both beside the peer's.
pub(super) fn summary(runs: &[Run]) -> String {
    let mut table = line("", ["min", "median", "max"].map(str::to_owned));
    for work in Work::ALL {
        let name = work.name();
        table.push_str(&figures(
            &format!("{name}: a second, from {} to last", work.beginning()),
            &of(runs, work, Drained::rate),
            0,
        ));
        let from_first = of(runs, work, Drained::rate_from_first);
        table.push_str(&figures(
            &format!("{name}: a second, from first to last"),
            &from_first,
            0,
        ));
        let cost = of(runs, work, Drained::cost_us);
        table.push_str(&figures(
            &format!("{name}: µs of processor time of each"),
            &cost,
            1,
        ));
    }
    table + &beside_the_peer(runs)
}

fn beside_the_peer(runs: &[Run]) -> String {
    let rate = |work| of(runs, work, Drained::rate);
    let warm = of(runs, Work::PeerWarm, Drained::rate_from_first);
    let cost = |work| of(runs, work, Drained::cost_us);
    let ours = rate(Work::ManyTasks);
    [
        (
            "a second, times Debezium: both from start to last",
            ratios(&ours, &rate(Work::PeerFromItsStart)),
        ),
        (
            "a second, times Debezium: ours from start, it warm from first",
            ratios(&ours, &warm),
        ),
        (
            "processor time, times Debezium warm",
            ratios(&cost(Work::ManyTasks), &cost(Work::PeerWarm)),
        ),
    ]
    .iter()
    .map(|(name, ratios)| figures(name, ratios, 2))
    .collect()
}

/// A line with their spread; nothing of no figures.
fn figures(name: &str, figures: &[f64], decimals: usize) -> String {
    let Some(Spread { min, median, max }) = Spread::of(figures) else {
        return String::new();
    };
    line(
        name,
        [min, median, max].map(|figure| format!("{figure:.decimals$}")),
    )
}

fn line(name: &str, [min, median, max]: [String; 3]) -> String {
    format!("{name:<64} {min:>9} {median:>9} {max:>9}\n")
}

fn of(runs: &[Run], work: Work, rate: fn(&Drained) -> f64) -> Vec<f64> {
    let runs = runs.iter().filter(|run| run.work == work);
    runs.map(|run| rate(&run.drained)).collect()
}

/// Of the same run each.
fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter()
        .zip(theirs)
        .map(|(ours, theirs)| ours / theirs)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(work: Work, count: u64, first_s: f64, last_s: f64) -> Run {
        let drained = Drained {
            count,
            first_s,
            last_s,
            last_rate: None,
            cpu_s: [("kafka".to_owned(), 1.25)].into(),
        };
        Run {
            number: 1,
            work,
            drained,
            load_average: None,
        }
    }

    fn numbers<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
        let line = table.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().split_whitespace().collect()
    }

    #[test]
    fn a_ratio_is_of_one_run_and_from_where_it_says() {
        let runs = [
            run(Work::ManyTasks, 100, 0.5, 1.0),
            run(Work::PeerFromItsStart, 100, 8.0, 10.0),
            run(Work::PeerWarm, 100, 0.5, 2.5),
            run(Work::ManyTasks, 100, 0.5, 2.0),
            run(Work::PeerFromItsStart, 100, 2.0, 5.0),
            run(Work::PeerWarm, 100, 0.0, 1.0),
        ];
        let table = summary(&runs);
        let median = |name: &str| numbers(&table, name)[1].to_owned();
        assert_eq!(
            median("backend-api, many tasks: a second, from start to last"),
            "75"
        );
        assert_eq!(
            numbers(&table, "a second, times Debezium: both from start to last"),
            ["2.50", "6.25", "10.00"]
        );
        let warm = "a second, times Debezium: ours from start, it warm from first";
        assert_eq!(numbers(&table, warm), ["0.50", "1.25", "2.00"]);
        assert_eq!(
            numbers(&table, "processor time, times Debezium warm"),
            ["1.00"; 3]
        );
        assert!(!table.contains("one task"), "{table}");
    }

    #[test]
    fn a_row_tells_both_rates() {
        let text = row(&run(Work::Records, 100, 0.5, 1.0));
        assert!(text.contains("100/s") && text.contains("200/s"), "{text}");
        assert!(
            text.ends_with("kafka 1.2") || text.ends_with("kafka 1.3"),
            "{text}"
        );
    }
}
