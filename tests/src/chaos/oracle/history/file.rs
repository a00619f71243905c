//! A history in a file: one line of JSON for each thing, so that neither writing nor reading holds it twice.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AuditEntry, Commit, History, Raw, Record, Seen, Table};
use crate::chaos::load::Entry;
use crate::chaos::observations::Observations;

/// What a line holds; [`Line`] is the same, owned.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LineOf<'a> {
    Observations(&'a Observations),
    Entry(&'a Entry),
    Screen(&'a Seen),
    Record(&'a Record),
    Stranger(&'a Raw),
    Letter(&'a Raw),
    Retry(&'a Raw),
    End(&'a str, i32, i64),
    Commit(&'a Commit),
    Row(Table, &'a Value),
    Audit(&'a AuditEntry),
    Leftover(&'a str, i64),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Observations(Box<Observations>),
    Entry(Entry),
    Screen(Box<Seen>),
    Record(Box<Record>),
    Stranger(Box<Raw>),
    Letter(Box<Raw>),
    Retry(Box<Raw>),
    End(String, i32, i64),
    Commit(Commit),
    Row(Table, Value),
    Audit(Box<AuditEntry>),
    Leftover(String, i64),
}

impl History {
    /// Writes it to a file, which is replaced.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot write the history to {}", path.display());
        let mut out = BufWriter::new(File::create(path).with_context(cannot)?);
        for line in self.lines() {
            serde_json::to_writer(&mut out, &line).with_context(cannot)?;
            out.write_all(b"\n").with_context(cannot)?;
        }
        out.flush().with_context(cannot)
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let (mut history, mut line) = (Self::default(), Vec::new());
        let mut file = BufReader::new(file);
        for number in 1.. {
            line.clear();
            if file.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let line = serde_json::from_slice(&line);
            history.take(line.with_context(|| format!("{}:{number}", path.display()))?);
        }
        Ok(history)
    }

    fn lines(&self) -> impl Iterator<Item = LineOf<'_>> {
        let ends = self.ends.iter();
        let rows = self.rows.iter();
        std::iter::once(LineOf::Observations(&self.observations))
            .chain(self.entries.iter().map(LineOf::Entry))
            .chain(self.screens.iter().map(LineOf::Screen))
            .chain(self.records.iter().map(LineOf::Record))
            .chain(self.strangers.iter().map(LineOf::Stranger))
            .chain(self.letters.iter().map(LineOf::Letter))
            .chain(self.retries.iter().map(LineOf::Retry))
            .chain(ends.map(|((topic, partition), end)| LineOf::End(topic, *partition, *end)))
            .chain(self.commits.iter().map(LineOf::Commit))
            .chain(rows.flat_map(|(table, rows)| rows.iter().map(|row| LineOf::Row(*table, row))))
            .chain(self.audit.iter().map(LineOf::Audit))
            .chain(
                self.leftovers
                    .iter()
                    .map(|(what, count)| LineOf::Leftover(what, *count)),
            )
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Observations(observations) => self.observations = *observations,
            Line::Entry(entry) => self.entries.push(entry),
            Line::Screen(seen) => self.screens.push(*seen),
            Line::Record(record) => self.records.push(*record),
            Line::Stranger(raw) => self.strangers.push(*raw),
            Line::Letter(raw) => self.letters.push(*raw),
            Line::Retry(raw) => self.retries.push(*raw),
            Line::End(topic, partition, end) => {
                self.ends.insert((topic, partition), end);
            }
            Line::Commit(commit) => self.commits.push(commit),
            Line::Row(table, row) => self.rows.entry(table).or_default().push(row),
            Line::Audit(entry) => self.audit.push(*entry),
            Line::Leftover(what, count) => self.leftovers.push((what, count)),
        }
    }
}
