//! The topics as the broker has them.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use rdkafka::admin::{AdminOptions, ConfigResource, ConfigSource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::metadata::Metadata;

use crate::kafka::{Admin, Product, TIMEOUT};
use crate::topics::declared::Topic;
use crate::topics::plan::{Cluster, Existing, Setting};

/// A snapshot of the broker.
pub(crate) struct Found {
    pub(crate) cluster: Cluster,
    pub(crate) topics: BTreeMap<String, Existing>,
}

/// Reads every topic's shape, and the configuration of those that are declared.
pub(crate) async fn read(
    admin: &Admin,
    declared: &[Topic],
    product: Option<Product>,
) -> anyhow::Result<Found> {
    let metadata = admin.connection.metadata()?;
    let mut topics = shapes(&metadata);
    let names: Vec<&str> = declared
        .iter()
        .map(|topic| topic.name.as_str())
        .filter(|&name| topics.contains_key(name))
        .collect();
    for (name, config) in configs(admin, &names).await? {
        if let Some(topic) = topics.get_mut(&name) {
            topic.config = config;
        }
    }
    let id = admin.connection.cluster_id();
    let keys = topics
        .values()
        .flat_map(|topic| topic.config.keys())
        .map(String::as_str);
    let product = product.unwrap_or_else(|| Product::detect(id.as_deref(), keys));
    let brokers = i32::try_from(metadata.brokers().len()).unwrap_or(i32::MAX);
    Ok(Found {
        cluster: Cluster { id, product, brokers },
        topics,
    })
}

fn shapes(metadata: &Metadata) -> BTreeMap<String, Existing> {
    let mut topics = BTreeMap::new();
    for topic in metadata
        .topics()
        .iter()
        .filter(|topic| !topic.partitions().is_empty())
    {
        // A reassignment under way shows both the old and the new copies: the fewest are the ones that count.
        let copies = topic
            .partitions()
            .iter()
            .map(|partition| partition.replicas().len())
            .min()
            .unwrap_or(0);
        let existing = Existing {
            partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
            replication: i32::try_from(copies).unwrap_or(i32::MAX),
            config: BTreeMap::new(),
        };
        topics.insert(topic.name().to_owned(), existing);
    }
    topics
}

async fn configs(admin: &Admin, names: &[&str]) -> anyhow::Result<Vec<(String, BTreeMap<String, Setting>)>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let resources: Vec<ResourceSpecifier<'_>> =
        names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let options = AdminOptions::new().request_timeout(Some(TIMEOUT));
    let answers = admin
        .client
        .describe_configs(&resources, &options)
        .await
        .context("cannot read the configuration of the topics")?;
    let mut configs = Vec::new();
    for (name, answer) in names.iter().zip(answers) {
        match answer {
            Ok(resource) => configs.push(settings(resource)?),
            Err(code) => bail!("cannot read the configuration of topic {name}: {code}"),
        }
    }
    Ok(configs)
}

fn settings(resource: ConfigResource) -> anyhow::Result<(String, BTreeMap<String, Setting>)> {
    let OwnedResourceSpecifier::Topic(name) = resource.specifier else {
        bail!("the broker answered with a configuration that is not a topic's");
    };
    // The client tells nothing of a refusal, but every topic has a configuration.
    if resource.entries.is_empty() {
        bail!(
            "the broker does not show the configuration of topic {name}: the user needs DescribeConfigs on it"
        );
    }
    let mut settings = BTreeMap::new();
    for entry in resource.entries {
        let Some(value) = entry.value else { continue };
        let is_override = entry.source == ConfigSource::DynamicTopic && !entry.is_read_only;
        settings.insert(entry.name, Setting { value, is_override });
    }
    Ok((name, settings))
}
