//! `redpanda/topics/*.yaml` and the closed enum of topics say the same, and what is derived from a topic has one
//! partition.

use std::collections::{BTreeMap, BTreeSet};

use super::Files;

const SOURCE: &str = "shared-events/src/topic.rs";

/// What one side has and the other does not.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let Some(source) = files.get(SOURCE) else {
        return Vec::new();
    };
    let (Some(declared), Some(counts)) = (declared(source), counts(source)) else {
        return vec![format!(
            "{SOURCE}: cannot read its `name`, `partitions` and `consumers` tables; teach xtask/src/tidy/topics.rs"
        )];
    };
    let mut findings = Vec::new();
    let mut present = BTreeSet::new();
    for (path, text) in files {
        let name = path
            .strip_prefix("redpanda/topics/")
            .and_then(|file| file.strip_suffix(".yaml"));
        let Some(name) = name else { continue };
        present.insert(name.to_owned());
        if named(text).as_deref() != Some(name) {
            findings.push(format!("{path}: its metadata.name is not {name}"));
        }
        if !declared.contains(name) {
            findings.push(format!("{path}: {SOURCE} does not know this topic"));
        }
        for (what, found, constant) in copies(text, source) {
            if found.is_none() || found != constant {
                findings.push(format!("{path}: its {what} is not that of {SOURCE}"));
            }
        }
        if is_derived(name) && partitions(text) != Some(1) {
            findings.push(format!("{path}: dead-letter and retry topics have one partition"));
        }
        if let Some(&count) = counts.get(name)
            && partitions(text) != Some(count)
        {
            findings.push(format!("{path}: {SOURCE} declares {count} partitions"));
        }
    }
    let missing = declared.difference(&present);
    findings.extend(missing.map(|name| format!("{SOURCE}: redpanda/topics/{name}.yaml does not exist")));
    findings
}

fn is_derived(name: &str) -> bool {
    name.ends_with(".dlq") || name.ends_with(".retry")
}

/// What the file and the code say of a topic's copies, by name.
fn copies(yaml: &str, source: &str) -> [(&'static str, Option<i64>, Option<i64>); 2] {
    let document: Option<serde_yaml_ng::Value> = serde_yaml_ng::from_str(yaml).ok();
    let spec = document.as_ref().and_then(|document| document.get("spec"));
    let replication = spec.and_then(|spec| spec.get("replicationFactor")?.as_i64());
    let in_sync = spec.and_then(|spec| {
        let text = spec.get("additionalConfig")?.get("min.insync.replicas")?;
        text.as_str()?.parse().ok()
    });
    [
        ("replicationFactor", replication, constant(source, "REPLICATION")),
        ("min.insync.replicas", in_sync, constant(source, "MIN_IN_SYNC")),
    ]
}

fn constant(source: &str, name: &str) -> Option<i64> {
    let (_, rest) = source.split_once(&format!("pub const {name}: i32 = "))?;
    rest.split_once(';')?.0.parse().ok()
}

fn partitions(yaml: &str) -> Option<i64> {
    let document: serde_yaml_ng::Value = serde_yaml_ng::from_str(yaml).ok()?;
    document.get("spec")?.get("partitions")?.as_i64()
}

fn named(yaml: &str) -> Option<String> {
    let document: serde_yaml_ng::Value = serde_yaml_ng::from_str(yaml).ok()?;
    Some(document.get("metadata")?.get("name")?.as_str()?.to_owned())
}

/// The partition count of each topic that is not derived.
fn counts(source: &str) -> Option<BTreeMap<String, i64>> {
    let (topics, _) = source.split_once("impl Service")?;
    let names = names(section(topics, "fn name(")?);
    let mut counts = BTreeMap::new();
    for (variant, count) in arms(section(topics, "fn partitions(")?) {
        counts.insert(
            names.get(variant)?.clone(),
            count.split(',').next()?.trim().parse().ok()?,
        );
    }
    Some(counts)
}

/// Every topic's name, with a dead-letter and a retry topic for each service that consumes it.
fn declared(source: &str) -> Option<BTreeSet<String>> {
    let (topics, services) = source.split_once("impl Service")?;
    let topic_names = names(section(topics, "fn name(")?);
    let service_names = names(section(services, "fn name(")?);
    let mut declared: BTreeSet<String> = topic_names.values().cloned().collect();
    for (variant, consumers) in arms(section(topics, "fn consumers(")?) {
        let topic = topic_names.get(variant)?;
        for consumer in consumers.split("Service::").skip(1) {
            let consumer = consumer.split(|c: char| !c.is_alphanumeric()).next()?;
            let service = service_names.get(consumer)?;
            declared.extend([
                format!("{topic}.{service}.dlq"),
                format!("{topic}.{service}.retry"),
            ]);
        }
    }
    (declared.len() > topic_names.len()).then_some(declared)
}

/// The text of a function, up to the next one.
fn section<'a>(source: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = source.split_once(start)?;
    Some(rest.split_once("fn ").map_or(rest, |(section, _)| section))
}

/// `Self::Variant => …` as pairs.
fn arms(section: &str) -> impl Iterator<Item = (&str, &str)> {
    section
        .split("Self::")
        .skip(1)
        .filter_map(|arm| arm.split_once(" => "))
}

fn names(section: &str) -> BTreeMap<&str, String> {
    let quoted = |text: &str| Some(text.split('"').nth(1)?.to_owned());
    arms(section)
        .filter_map(|(variant, text)| Some((variant, quoted(text)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENUM: &str = r#"
        pub const REPLICATION: i32 = 3;
        pub const MIN_IN_SYNC: i32 = 2;
        impl Topic {
            pub const fn name(self) -> &'static str {
                match self { Self::A => "aa", Self::B => "bb", }
            }
            pub const fn partitions(self) -> i32 {
                match self { Self::A => 12, Self::B => 6, }
            }
            pub const fn consumers(self) -> &'static [Service] {
                match self { Self::A => &[Service::One, Service::Two], Self::B => &[], }
            }
            pub fn other() {}
        }
        impl Service {
            pub const fn name(self) -> &'static str {
                match self { Self::One => "one-svc", Self::Two => "two-svc", }
            }
        }"#;

    fn declared_count(name: &str) -> i64 {
        match name {
            "aa" => 12,
            "bb" => 6,
            _ => 1,
        }
    }

    fn yaml(name: &str, partitions: i64) -> String {
        format!(
            "metadata:\n  name: {name}\nspec:\n  partitions: {partitions}\n  replicationFactor: 3\n  additionalConfig:\n    \
             min.insync.replicas: \"2\"\n"
        )
    }

    #[test]
    fn a_topic_with_other_copies_than_the_code_declares_is_found() {
        let mut files: Files = declared(ENUM)
            .unwrap()
            .into_iter()
            .map(|name| {
                (
                    format!("redpanda/topics/{name}.yaml"),
                    yaml(&name, declared_count(&name)),
                )
            })
            .collect();
        files.insert(SOURCE.to_owned(), ENUM.to_owned());
        let other = yaml("bb", 6).replace(": 3", ": 1").replace("\"2\"", "\"1\"");
        files.insert("redpanda/topics/bb.yaml".to_owned(), other);
        assert_eq!(judge(&files).len(), 2, "{:?}", judge(&files));
    }

    #[test]
    fn every_topic_has_dead_letter_and_retry_topics_per_consumer() {
        let expected = [
            "aa",
            "aa.one-svc.dlq",
            "aa.one-svc.retry",
            "aa.two-svc.dlq",
            "aa.two-svc.retry",
            "bb",
        ];
        assert_eq!(declared(ENUM).unwrap(), expected.map(str::to_owned).into());
    }

    #[test]
    fn files_and_enum_are_compared_both_ways() {
        let mut files: Files = declared(ENUM)
            .unwrap()
            .into_iter()
            .map(|name| {
                (
                    format!("redpanda/topics/{name}.yaml"),
                    yaml(&name, declared_count(&name)),
                )
            })
            .collect();
        files.insert(SOURCE.to_owned(), ENUM.to_owned());
        assert_eq!(judge(&files), [""; 0]);
        let moved = files.remove("redpanda/topics/bb.yaml").unwrap();
        files.insert("redpanda/topics/cc.yaml".to_owned(), moved);
        assert_eq!(judge(&files).len(), 3);
    }

    #[test]
    fn each_topic_has_the_declared_number_of_partitions_and_what_is_derived_has_one() {
        let mut files: Files = declared(ENUM)
            .unwrap()
            .into_iter()
            .map(|name| (format!("redpanda/topics/{name}.yaml"), yaml(&name, 12)))
            .collect();
        files.insert(SOURCE.to_owned(), ENUM.to_owned());
        let findings = judge(&files);
        assert_eq!(findings.len(), 5, "{findings:?}");
        assert!(
            findings
                .iter()
                .any(|finding| finding.ends_with("declares 6 partitions"))
        );
    }

    #[test]
    fn a_table_that_cannot_be_read_is_a_finding() {
        let files = Files::from([(SOURCE.to_owned(), "enum Topic {}".to_owned())]);
        assert_eq!(judge(&files).len(), 1);
    }
}
