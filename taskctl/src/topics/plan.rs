//! What differs between declared and existing topics, and what to do about it. Pure: no broker, no clock.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::kafka::Product;
use crate::topics::declared::Topic;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cluster {
    pub(crate) id: Option<String>,
    pub(crate) product: Product,
    pub(crate) brokers: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) partitions: i32,
    pub(crate) replication: i32,
    pub(crate) config: BTreeMap<String, Setting>,
}

/// The value of a configuration key of an existing topic.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) value: String,
    /// Set for this topic, rather than inherited from the broker's defaults.
    pub(crate) is_override: bool,
}

/// Everything that differs, by what is to be done about it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Plan {
    pub(crate) create: Vec<Create>,
    pub(crate) configure: Vec<Configure>,
    pub(crate) refuse: Vec<Refuse>,
    /// How many topics are as declared.
    pub(crate) unchanged: usize,
    /// Topics that exist without being declared; nothing is done about them.
    pub(crate) undeclared: Vec<String>,
}

/// A declared topic that does not exist.
#[derive(Debug, Serialize)]
pub(crate) struct Create {
    pub(crate) topic: String,
    pub(crate) partitions: i32,
    pub(crate) replication: i32,
    pub(crate) config: BTreeMap<String, String>,
    declared_replication: i32,
}

/// Configuration keys with other values than declared.
#[derive(Debug, Serialize)]
pub(crate) struct Configure {
    pub(crate) topic: String,
    pub(crate) changes: Vec<ConfigChange>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ConfigChange {
    pub(crate) key: String,
    pub(crate) from: Option<String>,
    pub(crate) to: String,
}

/// A difference that this tool will not remove, and why.
#[derive(Debug, Serialize)]
pub(crate) struct Refuse {
    pub(crate) topic: String,
    pub(crate) reason: String,
}

impl Plan {
    pub(crate) fn has_drift(&self) -> bool {
        !(self.create.is_empty() && self.configure.is_empty() && self.refuse.is_empty())
    }
}

/// Compares declared keys only; `replication_override` takes the place of every declared replication factor. That
/// brokers are missing changes nothing of a topic that exists, and creates none with fewer copies than declared.
pub(crate) fn compare(
    declared: &[Topic],
    existing: &BTreeMap<String, Existing>,
    cluster: &Cluster,
    replication_override: Option<i32>,
) -> Plan {
    let mut plan = Plan::default();
    for topic in declared {
        let copies = replication_override.unwrap_or(topic.replication);
        match existing.get(&topic.name) {
            Some(found) => {
                let may_lower = replication_override.is_some();
                compare_existing(&mut plan, topic, copies, cluster.product, found, may_lower);
            }
            None if replication_override.is_none() && copies > cluster.brokers => plan.refuse.push(Refuse {
                topic: topic.name.clone(),
                reason: too_few_brokers(copies, cluster.brokers),
            }),
            None => plan.create.push(Create {
                topic: topic.name.clone(),
                partitions: topic.partitions,
                replication: copies,
                config: wanted_config(topic, copies, cluster.product),
                declared_replication: topic.replication,
            }),
        }
    }
    let is_declared = |name: &String| declared.iter().any(|topic| topic.name == *name);
    plan.undeclared = existing
        .keys()
        .filter(|name| !is_declared(name) && !is_internal(name))
        .cloned()
        .collect();
    plan
}

fn compare_existing(
    plan: &mut Plan,
    topic: &Topic,
    copies: i32,
    product: Product,
    found: &Existing,
    may_lower: bool,
) {
    let mut refusals = Vec::new();
    refusals.extend((found.partitions != topic.partitions).then(|| frozen_partitions(topic, found)));
    refusals.extend((found.replication != copies).then(|| other_replication(copies, found)));
    // Judged by the copies that it has, whoever of their brokers is down.
    let mut changes = config_changes(wanted_config(topic, found.replication.max(1), product), found);
    // One partition with fewer copies, in the middle of a reassignment, must not weaken all the others.
    changes.retain(|change| may_lower || !lowers_in_sync(change));
    if refusals.is_empty() && changes.is_empty() {
        plan.unchanged += 1;
        return;
    }
    let refusals = refusals.into_iter().map(|reason| Refuse {
        topic: topic.name.clone(),
        reason,
    });
    plan.refuse.extend(refusals);
    if !changes.is_empty() {
        plan.configure.push(Configure {
            topic: topic.name.clone(),
            changes,
        });
    }
}

/// The declared configuration that this product knows, fit for a topic of so many copies: more in-sync copies than
/// there are would refuse every write.
fn wanted_config(topic: &Topic, copies: i32, product: Product) -> BTreeMap<String, String> {
    let mut config = topic.config.clone();
    config.retain(|key, _| product.knows(key));
    if let Some(in_sync) = config.get_mut("min.insync.replicas") {
        let declared: i32 = in_sync.parse().unwrap_or(1);
        *in_sync = declared.min(copies).to_string();
    }
    config
}

fn config_changes(config: BTreeMap<String, String>, found: &Existing) -> Vec<ConfigChange> {
    let mut changes = Vec::new();
    for (key, to) in config {
        let from = found.config.get(&key).map(|setting| setting.value.clone());
        if from.as_deref().is_none_or(|from| !same_value(from, &to)) {
            changes.push(ConfigChange { key, from, to });
        }
    }
    changes
}

fn lowers_in_sync(change: &ConfigChange) -> bool {
    let number = |text: &str| text.parse::<i32>().ok();
    let from = change.from.as_deref().and_then(number);
    change.key == "min.insync.replicas" && from.zip(number(&change.to)).is_some_and(|(from, to)| to < from)
}

/// A list such as `compact,delete` has no order.
fn same_value(left: &str, right: &str) -> bool {
    fn parts(value: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
        parts.sort_unstable();
        parts
    }
    parts(left) == parts(right)
}

fn frozen_partitions(topic: &Topic, found: &Existing) -> String {
    format!(
        "{} partitions are declared, {} exist: the count belongs to the name for good, since another one moves keys \
         to other partitions and breaks their order; declare {} again, or move to a topic of another name",
        topic.partitions, found.partitions, found.partitions
    )
}

fn too_few_brokers(copies: i32, brokers: i32) -> String {
    format!(
        "not created: {copies} copies of each partition are declared, and there are {brokers} brokers; wait until \
         all are up, or say that fewer copies are wanted: --replication-override {brokers}"
    )
}

fn other_replication(copies: i32, found: &Existing) -> String {
    let found = found.replication;
    format!(
        "{copies} copies of each partition are wanted, {found} exist: moving data between brokers is for the \
         cluster's own tools (`rpk topic alter-config --set replication.factor={copies}`, or \
         kafka-reassign-partitions.sh); where {found} is meant, say --replication-override {found}"
    )
}

fn is_internal(name: &str) -> bool {
    name.starts_with('_')
}

impl fmt::Display for Create {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            topic,
            partitions,
            replication,
            declared_replication,
            ..
        } = self;
        write!(
            formatter,
            "{topic}: {partitions} partitions, replication {replication}"
        )?;
        if replication != declared_replication {
            write!(formatter, " (declared {declared_replication})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Configure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.changes.iter().map(ConfigChange::to_string).collect();
        write!(formatter, "{}: {}", self.topic, changes.join(", "))
    }
}

impl fmt::Display for ConfigChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {} → {}",
            self.key,
            self.from.as_deref().unwrap_or("unset"),
            self.to
        )
    }
}

impl fmt::Display for Refuse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.topic, self.reason)
    }
}

#[cfg(test)]
mod tests;
