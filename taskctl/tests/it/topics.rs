//! `taskctl topics` on a real broker.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use tempfile::TempDir;

use crate::taskctl::{Run, provided, repository, taskctl, unique};

/// Declared topics under names that no other test uses.
struct Declared {
    directory: TempDir,
    prefix: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Declared {
    /// Copies of the files whose name `wanted` accepts.
    fn copy(wanted: impl Fn(&str) -> bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let prefix = format!("t{}-", unique());
        for entry in fs::read_dir(repository("redpanda/topics")).unwrap() {
            let path = entry.unwrap().path();
            let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if wanted(&file_name) {
                let text = fs::read_to_string(&path)
                    .unwrap()
                    .replace("  name: ", &format!("  name: {prefix}"));
                let text = text.replace(&format!("name: {prefix}redpanda"), "name: redpanda");
                fs::write(directory.path().join(format!("{prefix}{file_name}")), text).unwrap();
            }
        }
        let admin = ClientConfig::new()
            .set("bootstrap.servers", provided("TEST_KAFKA_BROKERS"))
            .create()
            .unwrap();
        Self {
            directory,
            prefix,
            admin,
        }
    }

    fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.prefix)
    }

    /// Replaces text in the file of a topic.
    fn edit(&self, topic: &str, from: &str, to: &str) {
        let path = self.directory.path().join(format!("{}.yaml", self.name(topic)));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// With the one copy that the one broker of the tests can keep.
    fn topics(&self, command: &str) -> Run {
        topics(command, self.directory.path(), &["--replication-override", "1"])
    }

    /// As a deployment runs it.
    fn topics_as_declared(&self, command: &str) -> Run {
        topics(command, self.directory.path(), &[])
    }

    async fn config(&self, topic: &str, key: &str) -> Option<String> {
        let name = self.name(topic);
        let resource = ResourceSpecifier::Topic(&name);
        let config = self
            .admin
            .describe_configs([&resource], &AdminOptions::new())
            .await
            .unwrap();
        let config = config.into_iter().next().unwrap().unwrap();
        config.get(key).unwrap().value.clone()
    }

    /// Plans until the broker shows what a test has just done to it.
    fn plan_until(&self, code: i32) -> serde_json::Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let run = self.topics("plan");
            if run.code == code || Instant::now() > deadline {
                return run.expect_code(code).json();
            }
        }
    }

    async fn delete(self) {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            names.insert(
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.admin
            .delete_topics(&names, &AdminOptions::new())
            .await
            .unwrap();
    }
}

fn topics(command: &str, directory: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["topics", command, "--json", "--dir", directory.to_str().unwrap()];
    arguments.extend(more);
    taskctl(&arguments, &[("KAFKA_BROKERS", &provided("TEST_KAFKA_BROKERS"))])
}

fn count(run: &Run, what: &str) -> usize {
    run.json()[what].as_array().unwrap().len()
}

#[tokio::test]
async fn every_declared_topic_is_created_once_and_then_as_declared() {
    let declared = Declared::copy(|_| true);
    let before = declared.topics("plan").expect_code(3);
    let total = count(&before, "create");
    assert_eq!(total, fs::read_dir(declared.directory.path()).unwrap().count());

    assert_eq!(count(&declared.topics("apply").expect_code(0), "create"), total);
    let after = declared.topics("plan").expect_code(0);
    assert_eq!(after.json()["unchanged"], total);
    assert_eq!(count(&declared.topics("apply").expect_code(0), "create"), 0);
    declared.delete().await;
}

#[tokio::test]
async fn a_changed_value_is_drift_and_is_configured_while_other_overrides_stay() {
    let declared = Declared::copy(|name| name == "task-commands.yaml");
    declared.topics("apply").expect_code(0);
    let name = declared.name("task-commands");
    let drifted = AlterConfig::new(ResourceSpecifier::Topic(&name))
        .set("retention.ms", "5000")
        .set("index.interval.bytes", "8192");
    let altered = declared
        .admin
        .alter_configs(&[drifted], &AdminOptions::new())
        .await
        .unwrap();
    assert!(altered[0].is_ok(), "{altered:?}");

    let plan = declared.plan_until(3);
    let changes = plan["configure"][0]["changes"].as_array().unwrap().clone();
    let retention = changes
        .iter()
        .find(|change| change["key"] == "retention.ms")
        .unwrap();
    assert_eq!(
        (&retention["from"], &retention["to"]),
        (&"5000".into(), &"1209600000".into())
    );

    declared.topics("apply").expect_code(0);
    declared.topics("plan").expect_code(0);
    let interval = declared.config("task-commands", "index.interval.bytes").await;
    assert_eq!(interval.as_deref(), Some("8192"));
    declared.delete().await;
}

#[tokio::test]
async fn a_partition_count_is_never_changed_and_the_rest_is_still_applied() {
    let declared = Declared::copy(|name| name == "task-updates.yaml");
    declared.topics("apply").expect_code(0);
    declared.edit("task-updates", "partitions: 12", "partitions: 24");
    declared.edit(
        "task-updates",
        "retention.ms: \"86400000\"",
        "retention.ms: \"86400001\"",
    );
    let plan = declared.topics("plan").expect_code(3).json();
    let reason = plan["refuse"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("24 partitions are declared, 12 exist"),
        "{reason}"
    );

    declared.topics("apply").expect_code(4);
    let plan = declared.topics("plan").expect_code(3).json();
    assert_eq!(plan["configure"].as_array().unwrap().len(), 0, "{plan}");
    declared.delete().await;
}

#[tokio::test]
async fn one_broker_gets_no_topic_with_fewer_copies_than_declared() {
    let declared = Declared::copy(|_| true);
    let total = fs::read_dir(declared.directory.path()).unwrap().count();
    let run = declared.topics_as_declared("apply").expect_code(4);
    assert_eq!((count(&run, "create"), count(&run, "refuse")), (0, total));
    for refused in run.json()["refuse"].as_array().unwrap() {
        let reason = refused["reason"].as_str().unwrap();
        assert!(reason.contains("--replication-override 1"), "{reason}");
    }
    let plan = declared.topics("plan").expect_code(3);
    assert_eq!(count(&plan, "create"), total, "nothing was created");
}

#[tokio::test]
async fn a_topic_that_exists_with_one_copy_is_left_as_it_is_without_the_flag() {
    let declared = Declared::copy(|name| name == "reminders.yaml");
    declared.topics("apply").expect_code(0);
    let run = declared.topics_as_declared("apply").expect_code(4);
    assert_eq!((count(&run, "configure"), count(&run, "refuse")), (0, 1));
    let in_sync = declared.config("reminders", "min.insync.replicas").await;
    assert_eq!(
        in_sync.as_deref(),
        Some("1"),
        "two of one copy could never be in sync"
    );
    declared.delete().await;
}

#[tokio::test]
async fn partitions_that_somebody_added_are_drift() {
    let declared = Declared::copy(|name| name == "reminders.yaml");
    declared.topics("apply").expect_code(0);
    let name = declared.name("reminders");
    let more = NewPartitions::new(&name, 13);
    declared
        .admin
        .create_partitions(&[more], &AdminOptions::new())
        .await
        .unwrap();
    let plan = declared.plan_until(3);
    assert!(
        plan["refuse"][0]["reason"].as_str().unwrap().contains("13 exist"),
        "{plan}"
    );
    declared.delete().await;
}

#[tokio::test]
async fn a_value_that_the_broker_refuses_is_an_error() {
    let declared = Declared::copy(|name| name == "reminders.yaml");
    declared.topics("apply").expect_code(0);
    declared.edit(
        "reminders",
        "retention.ms: \"2592000000\"",
        "retention.ms: \"soon\"",
    );
    let run = declared.topics("apply").expect_code(1);
    assert!(run.stderr.contains("retention.ms 2592000000 → soon"), "{run:#?}");
    declared.delete().await;
}

#[test]
fn a_topic_that_a_broker_cannot_take_is_an_error() {
    let declared = Declared::copy(|name| name == "reminders.yaml");
    let run = topics(
        "apply",
        declared.directory.path(),
        &["--replication-override", "99"],
    )
    .expect_code(1);
    assert!(run.stderr.contains(&declared.name("reminders")), "{run:#?}");
}

#[test]
fn a_bad_file_is_named() {
    let declared = Declared::copy(|name| name == "reminders.yaml");
    declared.edit("reminders", "partitions: 12", "partitions: twelve");
    let run = declared.topics("plan").expect_code(2);
    assert!(
        run.stderr.contains("reminders.yaml") && run.stderr.contains("partitions"),
        "{run:#?}"
    );
}

#[test]
fn an_empty_directory_is_not_an_empty_declaration() {
    let directory = tempfile::tempdir().unwrap();
    topics("apply", directory.path(), &[]).expect_code(2);
}

#[test]
fn a_broker_that_does_not_answer_is_named_with_the_cause() {
    let run = taskctl(&["topics", "plan"], &[("KAFKA_BROKERS", "127.0.0.1:1")]).expect_code(1);
    assert!(run.stderr.contains("KAFKA_BROKERS=127.0.0.1:1"), "{run:#?}");
    assert!(run.stderr.contains("refused"), "{run:#?}");
}
