//! What was done with dead letters, or would be. Pure.

use std::fmt::Write as _;

use serde::Serialize;

use crate::dlq::hole::State;

/// So many ids are named in the answer; what is done with all is in the audit log and in `taskctl dlq list`.
const NAMED: usize = 1000;
/// So many of them are named for people.
const SHOWN: usize = 20;

/// What would be done with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Planned {
    pub(crate) id: String,
    /// None where no row tells.
    pub(crate) state: Option<State>,
    pub(crate) class: Option<String>,
    pub(crate) reason: Option<String>,
    /// In words.
    pub(crate) to: String,
    /// Whether the service could read it now.
    pub(crate) verdict: Option<String>,
    /// The value, decoded as far as it goes, shortened.
    pub(crate) value: String,
}

/// Letters that were left alone for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Left {
    pub(crate) count: u32,
    pub(crate) why: String,
}

/// The answer of `taskctl dlq redrive` and `drop`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// What letters were made.
    state: State,
    dry_run: bool,
    #[serde(skip)]
    limit: u32,
    pub(crate) matched: u32,
    pub(crate) done: u32,
    /// Those that had come back already: only an audit record was missing.
    noted: u32,
    /// Redriven or dropped before, and left as they are.
    pub(crate) already: u32,
    pub(crate) left: Vec<Left>,
    /// The first of those that were done.
    ids: Vec<String>,
    planned: Vec<Planned>,
}

impl Report {
    pub(crate) fn new(state: State, dry_run: bool, limit: u32) -> Self {
        Self {
            state,
            dry_run,
            limit,
            matched: 0,
            done: 0,
            noted: 0,
            already: 0,
            left: Vec::new(),
            ids: Vec::new(),
            planned: Vec::new(),
        }
    }

    /// How many more may be done; none at the limit.
    pub(crate) fn room(&self) -> Option<usize> {
        let planned = u32::try_from(self.planned.len()).unwrap_or(u32::MAX);
        let room = self.limit.saturating_sub(self.done.max(planned));
        usize::try_from(room).ok().filter(|room| *room > 0)
    }

    pub(crate) fn planned(&mut self, planned: Planned) {
        self.planned.push(planned);
    }

    /// Counts what is written down: `done` of them were dealt with now, the others before.
    pub(crate) fn done(&mut self, ids: impl Iterator<Item = String>, done: usize) {
        for (index, id) in ids.enumerate() {
            let count = if index < done {
                &mut self.done
            } else {
                &mut self.noted
            };
            *count = count.saturating_add(1);
            if self.ids.len() < NAMED {
                self.ids.push(id);
            }
        }
    }

    pub(crate) fn leave(&mut self, why: String) {
        match self.left.iter_mut().find(|left| left.why == why) {
            Some(left) => left.count = left.count.saturating_add(1),
            None => self.left.push(Left { count: 1, why }),
        }
    }

    pub(crate) fn progress(&self) -> String {
        format!(
            "{}: {} of {} that match",
            self.state.name(),
            self.done,
            self.matched
        )
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        for planned in &self.planned {
            planned.write(text)?;
        }
        for id in self.ids.iter().take(SHOWN) {
            writeln!(text, "  {id}")?;
        }
        if self.ids.len() > SHOWN {
            writeln!(text, "  …")?;
        }
        let state = self.state.name();
        match (self.dry_run, self.done) {
            (true, _) => {
                let planned = self.planned.len();
                writeln!(
                    text,
                    "{planned} would be {state}; nothing was changed (--dry-run)"
                )?;
            }
            (false, 0) => writeln!(text, "none was {state} now")?,
            (false, done) => writeln!(text, "{done} {state}, each with an audit record")?,
        }
        if self.noted > 0 {
            writeln!(
                text,
                "{} had come back already, and have an audit record now",
                self.noted
            )?;
        }
        if self.already > 0 {
            writeln!(
                text,
                "{} were redriven or dropped before (--again takes them too)",
                self.already
            )?;
        }
        for left in &self.left {
            writeln!(text, "{} left as they are: {}", left.count, left.why)?;
        }
        if self.room().is_none() {
            writeln!(
                text,
                "that is --limit {}; the same command goes on with the rest",
                self.limit
            )?;
        }
        Ok(())
    }
}

impl Planned {
    fn write(&self, text: &mut String) -> std::fmt::Result {
        let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        let (class, reason) = (unknown(&self.class), unknown(&self.reason));
        writeln!(text, "{} ({class}, {reason}): {}", self.id, self.to)?;
        if let Some(verdict) = &self.verdict {
            writeln!(text, "  {verdict}")?;
        }
        if !self.value.is_empty() {
            writeln!(text, "  {}", self.value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_was_done_what_was_left_and_how_to_go_on() {
        let mut report = Report::new(State::Redriven, false, 2);
        report.matched = 5;
        report.done(["a".to_owned(), "b".to_owned(), "c".to_owned()].into_iter(), 2);
        report.already = 1;
        report.leave("stopped".to_owned());
        report.leave("stopped".to_owned());
        let text = report.to_text();
        for line in [
            "2 redriven, each with an audit record",
            "1 had come back already, and have an audit record now",
            "1 were redriven or dropped before (--again takes them too)",
            "2 left as they are: stopped",
            "that is --limit 2; the same command goes on with the rest",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(report.room(), None);
    }
}
