//! Creations and edits with everything that finding needs, and without, in turns on one stack.

use std::path::Path;

use serde::Serialize;

use crate::bench::measured::{Asking, Runs};
use crate::bench::running::Running;
use crate::stack::sql::Connection;
use crate::ui;

/// What keeps words and figures, row by row.
const TRIGGERS: [&str; 6] = [
    "search_terms_of_new",
    "search_terms_of_changed",
    "search_terms_of_gone",
    "task_is_counted",
    "task_is_counted_anew",
    "task_is_no_longer_counted",
];

/// The runs of both kinds of turns, in the same order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Turns {
    pub(super) with: Runs,
    pub(super) without: Runs,
}

/// Each turn finds the titles, words and figures that the one before found.
pub(super) fn in_turns(running: &Running, asking: &Asking, own: &Path, rounds: u32) -> anyhow::Result<Turns> {
    let mut database = running.database()?;
    database.run(
        "CREATE TABLE bench_title AS SELECT id, title FROM tasks.task;
         CREATE TABLE bench_index AS SELECT pg_get_indexdef('tasks.task_tagged'::regclass) AS definition;
         ANALYZE bench_title;",
    )?;
    let mut turns = Turns::default();
    let mut is_with_first = true;
    for round in 1..=rounds {
        for is_with in [is_with_first, !is_with_first] {
            let kind = if is_with { "with" } else { "without" };
            ui::step(
                "bench",
                &format!("writes, round {round} of {rounds}: {kind} what is kept"),
            );
            if !is_with {
                leave_out(&mut database)?;
            }
            let runs = asking.ask(running, own, &["--operations", "writes"])?;
            // As it was written: with the triggers, or without.
            database.run(
                "UPDATE tasks.task AS task SET title = kept.title FROM bench_title AS kept
                  WHERE kept.id = task.id AND kept.title <> task.title",
            )?;
            if is_with {
                turns.with.add(runs);
            } else {
                turns.without.add(runs);
                bring_back(&mut database)?;
            }
            database.run("VACUUM (ANALYZE)")?;
        }
        // Nobody is always the first.
        is_with_first = !is_with_first;
    }
    Ok(turns)
}

fn leave_out(database: &mut Connection) -> anyhow::Result<()> {
    let triggers = of_each("DISABLE TRIGGER");
    database.run(&format!(
        "ALTER TABLE tasks.task {triggers}; DROP INDEX tasks.task_tagged;"
    ))
}

fn bring_back(database: &mut Connection) -> anyhow::Result<()> {
    let triggers = of_each("ENABLE TRIGGER");
    database.run(&format!(
        "ALTER TABLE tasks.task {triggers};
         DO $do$ BEGIN EXECUTE (SELECT definition FROM bench_index); END $do$;"
    ))
}

fn of_each(what: &str) -> String {
    TRIGGERS.map(|name| format!("{what} {name}")).join(", ")
}
