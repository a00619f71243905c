//! Creating and configuring topics.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::admin::{AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use crate::kafka::{Admin, TIMEOUT};
use crate::topics::plan::{Configure, Create, Existing};

/// How long created topics may take to get a leader for every partition.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Creates the topics and waits until every partition has a leader, so that what starts next finds them.
pub(crate) async fn create(admin: &Admin, topics: &[Create]) -> anyhow::Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    let options = AdminOptions::new()
        .request_timeout(Some(TIMEOUT))
        .operation_timeout(Some(TIMEOUT));
    let requests: Vec<NewTopic<'_>> = topics.iter().map(new_topic).collect();
    let answers = admin
        .client
        .create_topics(&requests, &options)
        .await
        .context("cannot create the topics")?;
    let mut failures = Vec::new();
    for answer in answers {
        match answer {
            // Another apply was faster; the next plan compares its work.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => failures.push(format!("{topic}: {code}")),
        }
    }
    if !failures.is_empty() {
        bail!("the broker refused to create {}", failures.join("; "));
    }
    wait_for_leaders(admin, topics).await
}

/// Sets the changed keys, keeping every other override of the topic. Whether the broker took them has to be read back:
/// the client does not pass on what the broker says about a single topic.
pub(crate) async fn configure(
    admin: &Admin,
    topics: &[Configure],
    existing: &BTreeMap<String, Existing>,
) -> anyhow::Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    let wanted: Vec<(&str, BTreeMap<&str, &str>)> = topics
        .iter()
        .map(|topic| (topic.topic.as_str(), overrides(topic, existing.get(&topic.topic))))
        .collect();
    let requests: Vec<AlterConfig<'_>> = wanted.iter().map(alter_config).collect();
    let options = AdminOptions::new().request_timeout(Some(TIMEOUT));
    admin
        .client
        .alter_configs(&requests, &options)
        .await
        .context("cannot configure the topics")?;
    Ok(())
}

fn new_topic(topic: &Create) -> NewTopic<'_> {
    let copies = TopicReplication::Fixed(topic.replication);
    let new = NewTopic::new(&topic.topic, topic.partitions, copies);
    topic
        .config
        .iter()
        .fold(new, |new, (key, value)| new.set(key, value))
}

/// The request replaces all overrides of a topic, so those that exist are sent again.
fn overrides<'a>(topic: &'a Configure, existing: Option<&'a Existing>) -> BTreeMap<&'a str, &'a str> {
    let mut config = BTreeMap::new();
    for (key, setting) in existing.into_iter().flat_map(|existing| &existing.config) {
        if setting.is_override {
            config.insert(key.as_str(), setting.value.as_str());
        }
    }
    config.extend(
        topic
            .changes
            .iter()
            .map(|change| (change.key.as_str(), change.to.as_str())),
    );
    config
}

fn alter_config<'a>((topic, config): &'a (&'a str, BTreeMap<&'a str, &'a str>)) -> AlterConfig<'a> {
    let alter = AlterConfig::new(ResourceSpecifier::Topic(topic));
    config
        .iter()
        .fold(alter, |alter, (key, value)| alter.set(key, value))
}

async fn wait_for_leaders(admin: &Admin, topics: &[Create]) -> anyhow::Result<()> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let missing = without_leader(admin, topics)?;
        if missing.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let names: Vec<&str> = missing.into_iter().collect();
            bail!(
                "{} without a leader after {READY_WITHIN:?}: is every broker up?",
                names.join(", ")
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn without_leader<'a>(admin: &Admin, topics: &'a [Create]) -> anyhow::Result<BTreeSet<&'a str>> {
    let metadata = admin.connection.metadata()?;
    let mut missing: BTreeSet<&str> = topics.iter().map(|topic| topic.topic.as_str()).collect();
    for topic in metadata.topics() {
        let wanted = topics.iter().find(|wanted| wanted.topic == topic.name());
        let leaders = topic
            .partitions()
            .iter()
            .filter(|partition| partition.leader() >= 0)
            .count();
        if wanted.is_some_and(|wanted| usize::try_from(wanted.partitions).is_ok_and(|count| leaders >= count))
        {
            missing.remove(topic.name());
        }
    }
    Ok(missing)
}
