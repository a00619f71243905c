//! The oracle: what must be true after the faults, judged from the promises, the database, the topics and the effects,
//! without anything of our consumer runtime and relay.

mod effects;
mod lanes;
mod promises;
mod rows;
mod screens;
mod store;
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;
use shared_events::event::EventMeta;
use shared_events::kafka::KafkaArgs;
use shared_events::topic::Topic;

use self::store::{AuditEntry, Database, Table};
use self::topics::{Delivery, Topics};
use super::load::Entry;
use super::observations::Observations;
use super::report::Difference;
use super::screen::Screen;

/// What was compared: name and count.
pub type Compared = BTreeMap<String, usize>;

/// When nothing has moved for so long, it is worth a look.
const QUIET: Duration = Duration::from_secs(3);
const ASK: Duration = Duration::from_millis(250);

pub struct Oracle {
    database: Database,
    kafka: KafkaArgs,
    topics: Topics,
    /// How long nothing may move before what is missing counts as lost.
    patience: Duration,
    /// How long everything may take.
    deadline: Duration,
}

#[derive(Debug)]
pub struct Comparison {
    pub compared: Compared,
    pub differences: Vec<Difference>,
}

struct Evidence<'a> {
    entries: &'a [Entry],
    screens: &'a [Screen],
    topics: &'a Topics,
    /// The first delivery of each event on each topic, in the order of the topics.
    firsts: Vec<&'a Delivery>,
    tasks: Vec<Value>,
    series: Vec<Value>,
    reminders: Vec<Value>,
    task_positions: Vec<Value>,
    inbox: Vec<Value>,
    inbox_positions: Vec<Value>,
    offsets: Vec<Value>,
    audit: Vec<AuditEntry>,
    leftovers: Vec<(String, i64)>,
}

impl Oracle {
    /// Connects to the database; the topics are read when they are needed.
    pub async fn new(
        database_url: &str,
        kafka: &KafkaArgs,
        patience: Duration,
        deadline: Duration,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            database: Database::connect(database_url).await?,
            kafka: kafka.clone(),
            topics: Topics::default(),
            patience,
            deadline,
        })
    }

    /// Waits until nothing moves any more, and compares. What is missing may still come: only when nothing has moved
    /// for the whole patience it is lost.
    pub async fn judge(
        &mut self,
        entries: &[Entry],
        screens: &[Screen],
        _observations: &Observations,
    ) -> anyhow::Result<Comparison> {
        let began = Instant::now();
        let (mut last, mut since, mut looked) = (Vec::new(), Instant::now(), None);
        loop {
            let now = self.progress(screens).await?;
            if now != last {
                (last, since, looked) = (now, Instant::now(), None);
            }
            let is_over = began.elapsed() > self.deadline || since.elapsed() > self.patience;
            let due_for_a_look =
                since.elapsed() > QUIET && looked.is_none() && self.database.soon_due().await? == 0;
            if is_over || due_for_a_look {
                let comparison = self.compare(entries, screens).await?;
                if comparison.differences.is_empty() || is_over {
                    return Ok(comparison);
                }
                looked = Some(());
            }
            // Sleeps because this asks until the deadline.
            tokio::time::sleep(ASK).await;
        }
    }

    async fn progress(&self, screens: &[Screen]) -> anyhow::Result<Vec<i64>> {
        let mut numbers = self.database.progress().await?;
        numbers.extend(screens.iter().map(|screen| screen.model().tasks_position()));
        numbers.extend(
            screens
                .iter()
                .map(|screen| screen.model().notifications_position()),
        );
        Ok(numbers)
    }

    async fn compare(&mut self, entries: &[Entry], screens: &[Screen]) -> anyhow::Result<Comparison> {
        self.topics.catch_up(&self.kafka).await?;
        let database = &self.database;
        let (firsts, copies) = lanes::firsts(&self.topics);
        let evidence = Evidence {
            entries,
            screens,
            topics: &self.topics,
            firsts,
            tasks: database.rows(Table::Task).await?,
            series: database.rows(Table::Series).await?,
            reminders: database.rows(Table::Reminder).await?,
            task_positions: database.rows(Table::TaskPosition).await?,
            inbox: database.rows(Table::Inbox).await?,
            inbox_positions: database.rows(Table::InboxPosition).await?,
            offsets: database.rows(Table::ConsumerOffset).await?,
            audit: database.audit().await?,
            leftovers: database.leftovers().await?,
        };
        let mut differences = self.topics.faults.clone();
        differences.extend(copies);
        for rule in RULES {
            differences.extend(rule(&evidence));
        }
        differences.sort();
        Ok(Comparison {
            compared: evidence.sizes(),
            differences,
        })
    }
}

type Rule = fn(&Evidence<'_>) -> Vec<Difference>;

const RULES: [Rule; 14] = [
    lanes::in_order,
    rows::every_version_was_told,
    rows::the_last_word_is_the_row,
    rows::screens_are_told_what_happened,
    rows::every_position_was_told,
    effects::audit_has_every_event_once,
    effects::chains_go_on,
    effects::sub_tasks_come_back,
    effects::reminders_fire_once,
    effects::firings_are_told,
    effects::consumers_stand_at_the_end,
    effects::nothing_is_left_over,
    promises::are_kept,
    screens::show_the_database,
];

impl Evidence<'_> {
    fn sizes(&self) -> Compared {
        let mut sizes = Compared::new();
        for topic in Topic::ALL {
            let records = self.topics.of(topic).count();
            let firsts = self.firsts.iter().filter(|first| first.topic == topic).count();
            sizes.insert(format!("records of {topic}"), records);
            sizes.insert(format!("copies among the records of {topic}"), records - firsts);
        }
        let events = self.screens.iter().map(|screen| screen.model().events);
        let connections = self.screens.iter().map(|screen| screen.model().connections);
        let recovered = self.screens.iter().map(|screen| screen.model().recovered);
        let count = |sum: u64| usize::try_from(sum).unwrap_or(usize::MAX);
        sizes.extend([
            ("audit entries".to_owned(), self.audit.len()),
            ("tasks".to_owned(), self.tasks.len()),
            (
                "sub-tasks that came back".to_owned(),
                effects::came_back(self).count(),
            ),
            ("series".to_owned(), self.series.len()),
            ("reminders".to_owned(), self.reminders.len()),
            ("notifications".to_owned(), self.inbox.len()),
            ("screens".to_owned(), self.screens.len()),
            ("socket events".to_owned(), count(events.sum())),
            ("socket connections".to_owned(), count(connections.sum())),
            (
                "streams recovered by the gateway".to_owned(),
                count(recovered.sum()),
            ),
        ]);
        sizes
    }

    /// First deliveries of one topic.
    fn firsts_of(&self, topic: Topic) -> impl Iterator<Item = &Delivery> {
        self.firsts
            .iter()
            .copied()
            .filter(move |first| first.topic == topic)
    }

    /// The last first delivery of each aggregate of a kind on a topic.
    fn last_words(&self, topic: Topic, aggregate: &str) -> BTreeMap<&str, &Delivery> {
        self.firsts_of(topic)
            .filter(|first| first.meta.aggregate == aggregate)
            .map(|first| (first.meta.aggregate_id.as_str(), first))
            .collect()
    }
}

fn differ(rule: &'static str, what: String) -> Difference {
    Difference { rule, what }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// `task.updated v3 of task 018f…`.
fn named(meta: &EventMeta) -> String {
    format!(
        "{} v{} of {} {} (event {})",
        meta.kind,
        meta.version.get(),
        meta.aggregate,
        meta.aggregate_id,
        meta.event_id
    )
}

fn only_in<'a>(these: &BTreeSet<&'a str>, those: &BTreeSet<&'a str>) -> Vec<&'a str> {
    these.difference(those).copied().collect()
}
