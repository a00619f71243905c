//! A history as the checkers look at it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use shared_events::event::EventMeta;
use shared_events::topic::Topic;

use super::effects;
use super::history::{History, Record, Table};
use super::lanes;

/// What was compared: name and count.
pub type Compared = BTreeMap<String, usize>;

/// What a checker looked at, and what it found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Findings {
    pub examined: usize,
    pub wrong: Vec<String>,
}

impl Findings {
    /// One more thing was looked at.
    pub(super) fn examine(&mut self) {
        self.examined += 1;
    }

    pub(super) fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// Looks at one thing that must be so.
    pub(super) fn must(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        self.examine();
        if !is_so {
            self.wrong.push(what());
        }
    }
}

/// Where a record lies: `task-events/3@17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl Place {
    pub(super) fn new(topic: &str, partition: i32, offset: i64) -> Self {
        Self {
            topic: topic.to_owned(),
            partition,
            offset,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic, self.partition, self.offset)
    }
}

/// A history, and what several checkers ask of it.
pub(super) struct Evidence<'a> {
    pub(super) history: &'a History,
    /// The first delivery of each event on each topic, in the order of the topics.
    pub(super) firsts: Vec<&'a Record>,
    /// Every later delivery, with the first of the same event.
    pub(super) copies: Vec<(&'a Record, &'a Record)>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let (firsts, copies) = lanes::firsts(&history.records);
        Self {
            history,
            firsts,
            copies,
        }
    }

    pub(super) fn rows(&self, table: Table) -> &'a [Value] {
        self.history.rows(table)
    }

    /// All records of one topic.
    pub(super) fn of_topic(&self, topic: Topic) -> impl Iterator<Item = &'a Record> {
        let records = self.history.records.iter();
        records.filter(move |record| record.topic == topic)
    }

    /// First deliveries of one topic.
    pub(super) fn firsts_of(&self, topic: Topic) -> impl Iterator<Item = &'a Record> {
        let firsts = self.firsts.iter().copied();
        firsts.filter(move |first| first.topic == topic)
    }

    /// The last first delivery of each aggregate of a kind on a topic.
    pub(super) fn last_words(&self, topic: Topic, aggregate: &str) -> BTreeMap<&'a str, &'a Record> {
        self.firsts_of(topic)
            .filter(|first| first.meta.aggregate == aggregate)
            .map(|first| (first.meta.aggregate_id.as_str(), first))
            .collect()
    }

    pub(super) fn sizes(&self) -> Compared {
        let mut sizes = Compared::new();
        for topic in Topic::ALL {
            let records = self.of_topic(topic).count();
            let firsts = self.firsts_of(topic).count();
            sizes.insert(format!("records of {topic}"), records);
            sizes.insert(format!("copies among the records of {topic}"), records - firsts);
        }
        let models = || self.history.screens.iter().map(|screen| &screen.model);
        let count = |sum: u64| usize::try_from(sum).unwrap_or(usize::MAX);
        let observations = &self.history.observations;
        let counts = [
            ("audit entries", self.history.audit.len()),
            ("tasks", self.rows(Table::Task).len()),
            ("sub-tasks that came back", effects::came_back(self).count()),
            ("series", self.rows(Table::Series).len()),
            ("reminders", self.rows(Table::Reminder).len()),
            ("notifications", self.rows(Table::Inbox).len()),
            ("screens", self.history.screens.len()),
            ("socket events", count(models().map(|model| model.events).sum())),
            (
                "socket connections",
                count(models().map(|model| model.connections).sum()),
            ),
            (
                "streams recovered by the gateway",
                count(models().map(|model| model.recovered).sum()),
            ),
            ("dead letters", self.history.letters.len()),
            ("injected records", observations.injected.len()),
            ("faults", observations.faults.len()),
            ("samples of processes", observations.samples.len()),
        ];
        sizes.extend(counts.map(|(name, count)| (name.to_owned(), count)));
        sizes
    }
}

pub(super) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// `task.updated v3 of task 018f…`.
pub(super) fn named(meta: &EventMeta) -> String {
    format!(
        "{} v{} of {} {} (event {})",
        meta.kind,
        meta.version.get(),
        meta.aggregate,
        meta.aggregate_id,
        meta.event_id
    )
}

pub(super) fn only_in<'a>(these: &BTreeSet<&'a str>, those: &BTreeSet<&'a str>) -> Vec<&'a str> {
    these.difference(those).copied().collect()
}
