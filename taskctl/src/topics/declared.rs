//! The declared topics: `Topic` resources, parsed strictly.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::ending::BadConfiguration;
use crate::files::{self, File, embedded};

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) partitions: i32,
    pub(crate) replication: i32,
    pub(crate) config: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) owners: Owners,
}

/// Who writes and reads a topic: the annotations of its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Owners {
    #[serde(rename(deserialize = "taskwire/kind"))]
    pub(crate) kind: String,
    #[serde(rename(deserialize = "taskwire/key"))]
    pub(crate) key: String,
    #[serde(rename(deserialize = "taskwire/producers"))]
    pub(crate) producers: String,
    #[serde(rename(deserialize = "taskwire/consumers"))]
    pub(crate) consumers: String,
}

/// Reads the topics of a directory, or the built-in ones.
pub(crate) fn read(directory: Option<&Path>) -> anyhow::Result<Vec<Topic>> {
    let files = files::read(directory, "yaml", embedded::TOPICS)?;
    let mut topics = files.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    topics.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(topics)
}

fn parse(file: &File) -> Result<Topic, BadConfiguration> {
    let bad = |what: String| BadConfiguration(format!("{}: {what}", file.name));
    let resource: Resource = serde_yaml_ng::from_str(&file.text).map_err(|error| bad(error.to_string()))?;
    if resource.api_version != "cluster.redpanda.com/v1alpha2" || resource.kind != "Topic" {
        return Err(bad("not a Topic of cluster.redpanda.com/v1alpha2".to_owned()));
    }
    let name = resource.metadata.name;
    let stem = Path::new(&file.name)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    if stem.as_deref() != Some(name.as_str()) {
        return Err(bad(format!(
            "declares the topic {name}: a file is named after its topic"
        )));
    }
    if resource.spec.partitions < 1 || resource.spec.replication_factor < 1 {
        return Err(bad("partitions and replicationFactor are at least 1".to_owned()));
    }
    Ok(Topic {
        name,
        partitions: resource.spec.partitions,
        replication: resource.spec.replication_factor,
        config: resource.spec.additional_config,
        owners: resource.metadata.annotations,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resource {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    annotations: Owners,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    partitions: i32,
    replication_factor: i32,
    #[serde(default)]
    additional_config: BTreeMap<String, String>,
    /// Which cluster the operator puts the topic on; no business of this tool.
    #[serde(default, rename = "cluster")]
    _cluster: serde::de::IgnoredAny,
}

#[cfg(test)]
mod tests {
    use shared_events::topic::Service;

    use super::*;

    fn file(name: &str, text: &str) -> File {
        File {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    fn number(topic: &Topic, key: &str) -> i64 {
        topic.config[key].parse().unwrap()
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_file() {
        let text = embedded::TOPICS[0]
            .1
            .replace("replicationFactor", "replicationfactor");
        let error = parse(&file(embedded::TOPICS[0].0, &text))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(embedded::TOPICS[0].0) && error.contains("replicationfactor"),
            "{error}"
        );
    }

    #[test]
    fn a_file_is_named_after_its_topic() {
        let error = parse(&file("other.yaml", embedded::TOPICS[0].1))
            .unwrap_err()
            .to_string();
        assert!(error.contains("named after its topic"), "{error}");
    }

    #[test]
    fn the_files_are_the_topics_that_the_services_know() {
        let names: Vec<String> = read(None).unwrap().into_iter().map(|topic| topic.name).collect();
        let mut expected = shared_events::topic::declared();
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_owners_are_the_services_that_read() {
        for topic in read(None).unwrap() {
            let Some(known) = shared_events::topic::Topic::from_name(&topic.name) else {
                continue;
            };
            let mut readers: Vec<&str> = known.consumers().iter().map(|service| service.name()).collect();
            if readers.is_empty() {
                readers.push(Service::WsGateway.name());
            }
            assert_eq!(topic.owners.consumers, readers.join(", "), "{}", topic.name);
        }
    }

    #[test]
    fn dead_letter_and_retry_topics_have_one_partition_each() {
        let topics = read(None).unwrap();
        let derived: Vec<&Topic> = topics.iter().filter(|topic| topic.name.contains('.')).collect();
        assert_eq!(derived.len(), 12);
        for topic in derived {
            assert_eq!(topic.partitions, 1, "{}", topic.name);
        }
    }

    #[test]
    fn a_dead_letter_fits_where_its_origin_fitted() {
        let topics = read(None).unwrap();
        for topic in topics.iter().filter(|topic| topic.name.contains('.')) {
            let origin_name = topic.name.split('.').next().unwrap();
            let origin = topics
                .iter()
                .find(|candidate| candidate.name == origin_name)
                .unwrap();
            assert_eq!(
                number(topic, "max.message.bytes"),
                number(origin, "max.message.bytes") + 64 * 1024,
                "{}",
                topic.name
            );
        }
    }
}
