//! The one place that writes to stdout: tables for people, JSON for programs.

use std::io::{self, Write};

use anyhow::Context;
use comfy_table::{ContentArrangement, presets};
use serde::Serialize;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints `answer` as JSON, or as the text that `human` makes of it.
    pub(crate) fn answer<T: Serialize>(
        &self,
        answer: &T,
        human: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        if self.json {
            return print(&serde_json::to_string_pretty(answer).context("cannot write the answer as JSON")?);
        }
        print(&human(answer))
    }

    /// Tells a person what is going on; programs read stdout, so this goes to stderr.
    pub(crate) fn progress(&self, line: &str) {
        eprintln!("{line}");
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
    match written {
        // Whoever read the answer has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}

/// Rows in columns, without lines: people read it, and `grep` and `awk` do.
#[derive(Debug)]
pub(crate) struct Table(comfy_table::Table);

impl Table {
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header.map(str::to_uppercase));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self(table)
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.0.lines() {
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["topic", "partitions"]);
        table.row(["task-events".to_owned(), "12".to_owned()]);
        assert_eq!(table.to_string(), "TOPIC        PARTITIONS\ntask-events  12\n");
    }

    #[test]
    fn a_row_stays_one_line_however_long_and_wide_characters_count_as_two() {
        let mut table = Table::new(["error", "n"]);
        table.row(["x".repeat(300), "1".to_owned()]);
        table.row(["\u{65e5}\u{672c}".to_owned(), "2".to_owned()]);
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[2], format!("\u{65e5}\u{672c}{}2", " ".repeat(298)));
    }
}
