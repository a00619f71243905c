//! The tables of finding and of what writes lose, and their picture.

use super::writes::Turns;
use crate::bench::measured::{Figure, Measured, Runs, ratios};
use crate::bench::picture::{self, Line, Panel};
use crate::bench::spread::{Spread, cell, row};
use crate::bench::tasks::Tasks;

/// The names of the same for the user who has most end so.
const FIRST: &str = ", first user";

/// How many answers were empty lists, a line of each operation that has some.
pub(super) fn empties(found: &Runs) -> String {
    let share = |measured: &Measured| {
        let shares = measured.each(|run| {
            let empty = run.empty.unwrap_or_default();
            empty as f64 / run.answer.count.max(1) as f64 * 100.0
        });
        let is_any = shares.iter().any(|share| *share > 0.0);
        is_any.then(|| {
            format!(
                "{}: {} % of the answers were empty\n",
                measured.operation,
                cell(shares)
            )
        })
    };
    found.all().filter_map(share).collect()
}

/// Both kinds of turns, and the ratio of those that followed each other.
pub(super) fn writes(turns: &Turns) -> String {
    let mut table = format!(
        "writes with words, figures and task_tagged\n{}\nthe same without\n{}\n",
        turns.with.table(),
        turns.without.table()
    );
    table.push_str(&row("with / without", ["requests/s", "p99"].map(str::to_owned)));
    for with in turns.with.all() {
        let Some(without) = turns.without.of(&with.operation) else {
            continue;
        };
        let p99 = |measured: &Measured| measured.each(|run| run.answer.p99_ms);
        let cells = [
            ratios(&with.rates(), &without.rates()),
            ratios(&p99(with), &p99(without)),
        ];
        table.push_str(&row(&with.operation, cells.map(cell)));
    }
    table
}

/// Reads by how many tasks the user has, and writes round by round.
pub(super) fn picture(tasks: Tasks, found: &Runs, turns: &Turns) -> String {
    let (rate, p99): (Figure, Figure) = (|run| run.rate, |run| run.answer.p99_ms);
    let of_user = |title: &str, figure| Panel {
        title: title.to_owned(),
        across: "tasks of the user".to_owned(),
        lines: of_users(tasks, found, figure),
    };
    let writes = Panel {
        title: "writes: requests/s".to_owned(),
        across: "round".to_owned(),
        lines: [("", &turns.with), (" without", &turns.without)]
            .into_iter()
            .flat_map(|(kind, runs)| of_rounds(kind, runs))
            .collect(),
    };
    let panels = [
        of_user("finding: requests/s", rate),
        of_user("finding: p99, ms", p99),
        writes,
    ];
    picture::draw(&format!("finding among {} tasks", tasks.count), 3, &panels)
}

fn of_users(tasks: Tasks, found: &Runs, figure: Figure) -> Vec<Line> {
    let others = (tasks.count - tasks.of_first) / tasks.users.saturating_sub(1).max(1);
    let line = |measured: &Measured| {
        let name = measured.operation.as_str();
        if name.ends_with(FIRST) {
            return None;
        }
        let point = |count: u32, measured: &Measured| Some((count, Spread::of(&measured.each(figure))?));
        let first = found.of(&format!("{name}{FIRST}"));
        let first = first.and_then(|measured| point(tasks.of_first, measured));
        Some(Line {
            name: name.to_owned(),
            points: point(others, measured).into_iter().chain(first).collect(),
        })
    };
    found.all().filter_map(line).collect()
}

fn of_rounds(kind: &str, runs: &Runs) -> Vec<Line> {
    let line = |measured: &Measured| {
        let rates = measured.rates().into_iter();
        let spreads = rates.map(|rate| Spread {
            min: rate,
            median: rate,
            max: rate,
        });
        Line {
            name: format!("{}{kind}", measured.operation),
            points: (1..).zip(spreads).collect(),
        }
    };
    runs.all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measured::Run;

    fn runs(rounds: &[&[(&str, f64)]]) -> Runs {
        let mut all = Runs::default();
        for rates in rounds {
            let runs = rates.iter().map(|(operation, rate)| Run::of(operation, *rate));
            all.add(runs.collect());
        }
        all
    }

    fn turns() -> Turns {
        Turns {
            with: runs(&[
                &[("create", 900.0), ("patch", 500.0)],
                &[("create", 800.0), ("patch", 500.0)],
            ]),
            without: runs(&[
                &[("create", 1_000.0), ("patch", 500.0)],
                &[("create", 1_000.0), ("patch", 500.0)],
            ]),
        }
    }

    #[test]
    fn a_turn_is_compared_with_the_one_beside_it() {
        let table = writes(&turns());
        let (_, ratios) = table.split_once("with / without").unwrap();
        let create = ratios.lines().find(|line| line.starts_with("create")).unwrap();
        assert!(create.contains("0.85 (0.80–0.90)"), "{create}");
        let patch = ratios.lines().find(|line| line.starts_with("patch")).unwrap();
        assert_eq!(
            patch.split_whitespace().collect::<Vec<_>>(),
            ["patch", "1.00", "1.00"]
        );
    }

    #[test]
    fn only_what_came_back_empty_is_told_of() {
        let mut search = Run::of("search", 1_000.0);
        search.empty = Some(2);
        let mut filter = Run::of("filter", 1_000.0);
        filter.empty = Some(0);
        let mut found = Runs::default();
        found.add(vec![search, filter, Run::of("stats", 1_000.0)]);
        assert_eq!(empties(&found), "search: 20.00 % of the answers were empty\n");
    }

    #[test]
    fn the_first_user_is_another_point_of_the_same_line() {
        let tasks = Tasks {
            count: 20_000,
            users: 20,
            of_first: 2_000,
        };
        let found = runs(&[&[
            ("search", 2_000.0),
            ("search, first user", 500.0),
            ("stats", 9_000.0),
        ]]);
        let lines = of_users(tasks, &found, |run| run.rate);
        let points: Vec<(&str, Vec<(u32, f64)>)> = lines
            .iter()
            .map(|line| {
                let points = line.points.iter().map(|(x, spread)| (*x, spread.median));
                (line.name.as_str(), points.collect())
            })
            .collect();
        assert_eq!(
            points,
            [
                ("search", vec![(947, 2_000.0), (2_000, 500.0)]),
                ("stats", vec![(947, 9_000.0)])
            ]
        );
        let svg = picture(tasks, &found, &turns());
        assert_eq!(svg.matches("<polyline").count(), 8);
    }
}
