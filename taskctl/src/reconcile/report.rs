//! What a look found, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::output::Table;
use crate::reconcile::positions::Span;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The event of a version: not in the outbox, not on its topic, not in the audit log.
    Event,
    /// The audit log's entry of a record that is on the topic.
    Audit,
    /// The audit log has more than one event of a version.
    Doubled,
    /// The update of a position.
    Position,
    /// The occurrence that follows a closed one.
    Successor,
    /// A reminder in the schedule, or its notification.
    Reminder,
    /// What a dashboard shows is not what the tasks come to.
    Figure,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Event,
        Self::Audit,
        Self::Doubled,
        Self::Position,
        Self::Successor,
        Self::Reminder,
        Self::Figure,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Audit => "audit",
            Self::Doubled => "doubled",
            Self::Position => "position",
            Self::Successor => "successor",
            Self::Reminder => "reminder",
            Self::Figure => "figure",
        }
    }
}

/// Whether it is lost, or set aside where an operator finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Gap,
    /// The relay has set its lane aside.
    Parked,
    /// The consumer has put its record into a dead-letter topic.
    DeadLettered,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Gap, Self::Parked, Self::DeadLettered];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Parked => "parked",
            Self::DeadLettered => "dead_lettered",
        }
    }
}

/// One thing that is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    pub(crate) state: State,
    pub(crate) kind: Kind,
    pub(crate) user: String,
    /// `task`, `series`, …; for positions the stream.
    pub(crate) what: String,
    pub(crate) id: String,
    pub(crate) version: Option<i64>,
    pub(crate) positions: Option<Span>,
    pub(crate) event_id: Option<String>,
    /// Where its record lies: `task-events/3@17`.
    pub(crate) place: Option<String>,
    pub(crate) missing: String,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) way_out: String,
}

impl Finding {
    /// What makes it the same finding at the next look.
    pub(crate) fn name(&self) -> String {
        let version = self
            .version
            .map_or(String::new(), |version| format!(" v{version}"));
        let positions = self
            .positions
            .map_or(String::new(), |span| match span.to - span.from {
                0 => format!(" {}", span.from),
                _ => format!(" {}-{}", span.from, span.to),
            });
        format!("{} {}{version}{positions}", self.what, self.id)
    }
}

/// What a look came to.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Outcome {
    pub(crate) findings: Vec<Finding>,
    /// Findings beyond those that are named.
    pub(crate) unnamed: u64,
    /// By kind: on their way, as the outbox says, or a consumer that has not come so far.
    pub(crate) waiting: BTreeMap<&'static str, u64>,
    /// Partitions in which nothing is consumed before an operator lets it go on: `audit-svc.log.v1 task-events/7`. What
    /// is on its way there does not come by itself.
    pub(crate) stopped: Vec<String>,
    pub(crate) examined: BTreeMap<String, u64>,
    pub(crate) looked_at: Option<DateTime<Utc>>,
    pub(crate) seconds: f64,
}

impl Outcome {
    pub(crate) fn gaps(&self) -> u64 {
        let named = self.findings.iter().filter(|finding| finding.state == State::Gap);
        u64::try_from(named.count())
            .unwrap_or(u64::MAX)
            .saturating_add(self.unnamed)
    }

    pub(crate) fn count(&self, kind: Kind, state: State) -> u64 {
        let these = self
            .findings
            .iter()
            .filter(|finding| (finding.kind, finding.state) == (kind, state));
        u64::try_from(these.count()).unwrap_or(u64::MAX)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.findings.is_empty() {
            text.push_str(&named(&self.findings));
        }
        text.push_str(&self.summary());
        text
    }

    /// What was looked at and what it comes to, with nothing named but what is stopped.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        if self.unnamed > 0 {
            text.push_str(&format!(
                "{} more, which are not named: put these right, and look again\n",
                self.unnamed
            ));
        }
        text.push_str(&format!("examined: {}\n", list(self.examined.iter())));
        if !self.waiting.is_empty() {
            text.push_str(&format!("on their way: {}\n", list(self.waiting.iter())));
        }
        for stopped in &self.stopped {
            text.push_str(&format!("stopped: {stopped}\n"));
        }
        text.push_str(&format!("{} ({:.1} s)\n", self.verdict(), self.seconds));
        text
    }

    fn verdict(&self) -> String {
        let of = |state| {
            self.findings
                .iter()
                .filter(|finding| finding.state == state)
                .count()
        };
        let gaps = match self.gaps() {
            0 => "no gap".to_owned(),
            1 => "1 gap".to_owned(),
            gaps => format!("{gaps} gaps"),
        };
        let (parked, dead) = (of(State::Parked), of(State::DeadLettered));
        let stopped = match self.stopped.len() {
            0 => String::new(),
            1 => ", 1 partition stopped: see `taskctl offsets show`".to_owned(),
            count => format!(", {count} partitions stopped: see `taskctl offsets show`"),
        };
        format!("{gaps}, {parked} parked, {dead} dead-lettered{stopped}")
    }
}

/// Findings, and under them what helps.
pub(crate) fn named(findings: &[Finding]) -> String {
    let ways: BTreeSet<&str> = findings.iter().map(|finding| finding.way_out.as_str()).collect();
    let ways: String = ways.iter().map(|way| format!("  {way}\n")).collect();
    format!("{}\nwhat helps:\n{ways}\n", table(findings))
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(["state", "what", "user", "missing", "place", "since"]);
    for finding in findings {
        let since = finding
            .since
            .map(|since| since.to_rfc3339_opts(SecondsFormat::Secs, true));
        table.row([
            finding.state.name().to_owned(),
            finding.name(),
            finding.user.clone(),
            finding.missing.clone(),
            finding.place.clone().unwrap_or_else(|| "-".to_owned()),
            since.unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table
}

fn list<K: std::fmt::Display>(counts: impl Iterator<Item = (K, impl std::fmt::Display)>) -> String {
    let counts: Vec<String> = counts.map(|(what, count)| format!("{count} {what}")).collect();
    counts.join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn finding(state: State) -> Finding {
        Finding {
            state,
            kind: Kind::Audit,
            user: "ann".to_owned(),
            what: "task".to_owned(),
            id: "t".to_owned(),
            version: Some(3),
            positions: None,
            event_id: None,
            place: Some("task-events/3@17".to_owned()),
            missing: "its audit entry".to_owned(),
            since: None,
            way_out: "set it back".to_owned(),
        }
    }

    #[test]
    fn a_gap_is_named_with_what_helps_and_what_was_examined_is_said() {
        let outcome = Outcome {
            findings: vec![finding(State::Gap), finding(State::DeadLettered)],
            examined: BTreeMap::from([("tasks".to_owned(), 7)]),
            waiting: BTreeMap::from([("audit", 2)]),
            stopped: vec!["audit-svc.log.v1 task-events/7".to_owned()],
            ..Outcome::default()
        };
        let text = outcome.to_text();
        for word in [
            "task t v3",
            "task-events/3@17",
            "what helps:\n  set it back\n",
            "examined: 7 tasks\n",
            "on their way: 2 audit\n",
            "stopped: audit-svc.log.v1 task-events/7\n",
            "1 gap, 0 parked, 1 dead-lettered, 1 partition stopped",
        ] {
            assert!(text.contains(word), "{word} is not in\n{text}");
        }
        assert_eq!(outcome.gaps(), 1);
        assert_eq!(outcome.count(Kind::Audit, State::DeadLettered), 1);
    }

    #[test]
    fn what_is_not_named_counts() {
        let outcome = Outcome {
            unnamed: 4,
            ..Outcome::default()
        };
        assert_eq!(outcome.gaps(), 4);
        assert!(outcome.to_text().contains("4 more"));
    }
}
