//! How the cost of a row of the outbox grows: with tasks, rows and partitions, one of them varied at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value, json};

use super::catch_up::{CatchUp, Drained};
use crate::bench::picture::{self, Line, Panel};
use crate::bench::programs::Programs;
use crate::bench::running::{self, Between, Running, Wanted};
use crate::bench::spread::Spread;
use crate::stack::Layout;
use crate::ui;
use crate::workspace::Workspace;

/// Of a drain that does not count: it has the broker compile itself.
const WARM_UP: Backlog = Backlog {
    rows: 20_000,
    tasks: 1_000,
};

/// What is varied, and how far.
#[derive(Debug, clap::Args)]
pub(crate) struct Sizes {
    /// With --growth: numbers of tasks
    #[arg(long, value_name = "TASKS", value_delimiter = ',', requires = "growth",
          default_values_t = [1, 10, 100, 1_000, 10_000, 100_000], value_parser = clap::value_parser!(u32).range(1..))]
    vary_tasks: Vec<u32>,
    /// With --growth: numbers of rows
    #[arg(long, value_name = "ROWS", value_delimiter = ',', requires = "growth",
          default_values_t = [1_000, 10_000, 100_000, 1_000_000], value_parser = clap::value_parser!(u32).range(1..))]
    vary_rows: Vec<u32>,
    /// With --growth: numbers of partitions of `task-events`
    #[arg(long, value_name = "PARTITIONS", value_delimiter = ',', requires = "growth",
          default_values_t = [3, 6, 12, 24], value_parser = clap::value_parser!(u16).range(1..))]
    vary_partitions: Vec<u16>,
    /// With --growth: rows where their number is not varied
    #[arg(long, value_name = "ROWS", requires = "growth", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    usual_rows: u32,
    /// With --growth: tasks where their number is not varied
    #[arg(long, value_name = "TASKS", requires = "growth", default_value_t = 10_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    usual_tasks: u32,
    /// With --growth: the most rows of one task, which are published one after another
    #[arg(long, value_name = "ROWS", requires = "growth", default_value_t = 5_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    most_of_a_task: u32,
    /// With --growth: where the picture goes [default: bench-backlog.svg in the build's directory]
    #[arg(long, value_name = "FILE", requires = "growth")]
    plot: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Factor {
    Tasks,
    Rows,
    Partitions,
}

impl Factor {
    const ALL: [Self; 3] = [Self::Tasks, Self::Rows, Self::Partitions];

    fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Rows => "rows",
            Self::Partitions => "partitions",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlog {
    rows: u32,
    tasks: u32,
}

/// What was varied, to what, and what came out in each run.
#[derive(Debug, Serialize)]
struct Point {
    factor: Factor,
    value: u32,
    runs: Vec<Drained>,
}

/// All figures, which are also printed, and drawn.
pub(super) fn run(
    workspace: &Workspace,
    programs: &Programs,
    sizes: &Sizes,
    runs: u32,
) -> anyhow::Result<Value> {
    let mut found = Found::default();
    for number in 1..=runs {
        ui::step("bench", &format!("run {number} of {runs}: tasks and rows"));
        let running = start(workspace, programs, None)?;
        let catch_up = warm(&running, programs)?;
        for (factor, value, backlog) in sizes.backlogs() {
            found.add(factor, value, drain(&catch_up, backlog)?);
        }
        for &partitions in &sizes.vary_partitions {
            ui::step(
                "bench",
                &format!("run {number} of {runs}: {partitions} partitions"),
            );
            let running = start(workspace, programs, Some(partitions))?;
            let catch_up = warm(&running, programs)?;
            let drained = drain(&catch_up, sizes.usual())?;
            found.add(Factor::Partitions, u32::from(partitions), drained);
        }
    }
    let points = found.points();
    ui::line(&table(&points));
    let default = || programs.own.join("bench-backlog.svg");
    let plot = sizes.plot.clone().unwrap_or_else(default);
    let picture = picture::draw("a backlog of the outbox", Factor::ALL.len(), &panels(&points));
    std::fs::write(&plot, picture).with_context(|| format!("cannot write {}", plot.display()))?;
    ui::step("bench", &format!("the picture is {}", plot.display()));
    Ok(json!({"points": points}))
}

impl Sizes {
    fn usual(&self) -> Backlog {
        Backlog {
            rows: self.usual_rows,
            tasks: self.usual_tasks,
        }
    }

    /// Those for which the topics stay as they are.
    fn backlogs(&self) -> Vec<(Factor, u32, Backlog)> {
        let of_tasks = self.vary_tasks.iter().map(|&tasks| {
            let rows = self.usual_rows.min(tasks.saturating_mul(self.most_of_a_task));
            (Factor::Tasks, tasks, Backlog { rows, tasks })
        });
        let of_rows = self.vary_rows.iter().map(|&rows| {
            let tasks = self.usual_tasks;
            (Factor::Rows, rows, Backlog { rows, tasks })
        });
        of_tasks.chain(of_rows).collect()
    }
}

fn start(workspace: &Workspace, programs: &Programs, partitions: Option<u16>) -> anyhow::Result<Running> {
    let wanted = Wanted {
        layout: Layout::Bench,
        between: Between::Nothing,
        partitions,
    };
    running::start_as(workspace, &programs.services, wanted)
}

fn warm<'a>(running: &'a Running, programs: &'a Programs) -> anyhow::Result<CatchUp<'a>> {
    let catch_up = CatchUp::begin(running, &programs.own)?;
    drain(&catch_up, WARM_UP)?;
    Ok(catch_up)
}

fn drain(catch_up: &CatchUp<'_>, backlog: Backlog) -> anyhow::Result<Drained> {
    catch_up.write(backlog.rows, backlog.tasks)?;
    let drained = catch_up.drain()?;
    let told = format!(
        "{} rows of {} tasks: {:.0} rows/s, first after {:.2} s, last after {:.2} s",
        backlog.rows,
        backlog.tasks,
        drained.rate(),
        drained.first_s,
        drained.last_s
    );
    ui::step("bench", &told);
    Ok(drained)
}

#[derive(Debug, Default)]
struct Found(BTreeMap<(Factor, u32), Vec<Drained>>);

impl Found {
    fn add(&mut self, factor: Factor, value: u32, drained: Drained) {
        self.0.entry((factor, value)).or_default().push(drained);
    }

    fn points(self) -> Vec<Point> {
        let point = |((factor, value), runs)| Point { factor, value, runs };
        self.0.into_iter().map(point).collect()
    }
}

impl Point {
    fn rows(&self) -> u64 {
        self.runs.first().map_or(0, |run| run.count)
    }

    fn spread(&self, figure: impl Fn(&Drained) -> f64) -> Option<Spread> {
        Spread::of(&self.runs.iter().map(figure).collect::<Vec<_>>())
    }

    /// Microseconds on a processor for one row, by process.
    fn costs(&self) -> Vec<(&str, Spread)> {
        let names = self
            .runs
            .first()
            .map(|run| run.cpu_s.keys())
            .into_iter()
            .flatten();
        let cost = |name: &'_ String| self.spread(|run| cost(run, name));
        names
            .filter_map(|name| Some((name.as_str(), cost(name)?)))
            .collect()
    }
}

fn cost(run: &Drained, process: &str) -> f64 {
    run.cpu_s.get(process).copied().unwrap_or_default() * 1e6 / run.count as f64
}

fn table(points: &[Point]) -> String {
    let mut table = format!(
        "{:<22} {:>8} {:>29} {:>12} {:>9}  µs of processor time of a row\n",
        "varied", "rows", "rows/s from start (min, max)", "from first", "first s"
    );
    for point in points {
        let (Some(rate), Some(from_first), Some(first)) = (
            point.spread(Drained::rate),
            point.spread(Drained::rate_from_first),
            point.spread(|run| run.first_s),
        ) else {
            continue;
        };
        let costs = point.costs().into_iter();
        let costs = costs.map(|(name, cost)| format!("{name} {:.0}", cost.median));
        table.push_str(&format!(
            "{:<22} {:>8} {:>29} {:>12.0} {:>9.2}  {}\n",
            format!("{} {}", point.value, point.factor.name()),
            point.rows(),
            format!("{:.0} ({:.0}, {:.0})", rate.median, rate.min, rate.max),
            from_first.median,
            first.median,
            costs.collect::<Vec<_>>().join(", ")
        ));
    }
    table
}

/// A column for each factor: rows a second above, what a row costs below.
fn panels(points: &[Point]) -> Vec<Panel> {
    let of = |factor| points.iter().filter(move |point| point.factor == factor);
    let rates = Factor::ALL.map(|factor| {
        let line = |name: &str, rate: fn(&Drained) -> f64| Line {
            name: name.to_owned(),
            points: of(factor)
                .filter_map(|point| Some((point.value, point.spread(rate)?)))
                .collect(),
        };
        Panel {
            title: "rows a second".to_owned(),
            across: factor.name().to_owned(),
            lines: vec![
                line("from start to last", Drained::rate),
                line("from first to last", Drained::rate_from_first),
            ],
        }
    });
    let costs = Factor::ALL.map(|factor| {
        let mut lines: BTreeMap<&str, Vec<(u32, Spread)>> = BTreeMap::new();
        for point in of(factor) {
            for (name, cost) in point.costs() {
                lines.entry(name).or_default().push((point.value, cost));
            }
        }
        let line = |(name, points): (&str, _)| Line {
            name: name.to_owned(),
            points,
        };
        Panel {
            title: "µs of processor time of a row".to_owned(),
            across: factor.name().to_owned(),
            lines: lines.into_iter().map(line).collect(),
        }
    });
    rates.into_iter().chain(costs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> Sizes {
        Sizes {
            vary_tasks: vec![1, 1_000],
            vary_rows: vec![500],
            vary_partitions: vec![3],
            usual_rows: 100_000,
            usual_tasks: 10_000,
            most_of_a_task: 5_000,
            plot: None,
        }
    }

    fn drained(count: u64, last_s: f64, cpu_s: f64) -> Drained {
        Drained {
            count,
            first_s: 0.0,
            last_s,
            last_rate: None,
            cpu_s: [("kafka".to_owned(), cpu_s)].into(),
        }
    }

    #[test]
    fn one_task_has_fewer_rows_than_many() {
        let backlogs = sizes().backlogs().into_iter();
        let rows: Vec<(u32, u32)> = backlogs.map(|(_, _, it)| (it.tasks, it.rows)).collect();
        assert_eq!(rows, [(1, 5_000), (1_000, 100_000), (10_000, 500)]);
    }

    #[test]
    fn points_are_in_order_and_cost_what_the_median_run_did() {
        let mut found = Found::default();
        for (value, last_s, cpu_s) in [(10, 1.0, 0.2), (1, 2.0, 0.1), (1, 4.0, 0.3), (1, 5.0, 0.2)] {
            found.add(Factor::Tasks, value, drained(1_000, last_s, cpu_s));
        }
        let points = found.points();
        let table = table(&points);
        let lines: Vec<&str> = table.lines().skip(1).collect();
        assert!(
            lines[0].starts_with("1 tasks") && lines[0].contains("250 (200, 500)"),
            "{table}"
        );
        assert!(
            lines[0].ends_with("kafka 200") && lines[1].starts_with("10 tasks"),
            "{table}"
        );
        let panels = panels(&points);
        assert_eq!(panels.len(), 6);
        assert_eq!(panels[0].lines[0].points.len(), 2);
        assert_eq!(panels[3].lines[0].name, "kafka");
    }
}
