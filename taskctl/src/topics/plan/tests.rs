//! The comparison, case by case.

use super::*;
use crate::topics::declared::Owners;

fn topic() -> Topic {
    let config = [
        ("retention.ms", "1000"),
        ("write.caching", "false"),
        ("min.insync.replicas", "2"),
    ];
    let owner = || "somebody".to_owned();
    Topic {
        name: "task-events".to_owned(),
        partitions: 12,
        replication: 3,
        config: config
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        owners: Owners {
            kind: owner(),
            key: owner(),
            producers: owner(),
            consumers: owner(),
        },
    }
}

fn cluster(product: Product, brokers: i32) -> Cluster {
    Cluster {
        id: None,
        product,
        brokers,
    }
}

fn existing(partitions: i32, replication: i32, config: &[(&str, &str)]) -> BTreeMap<String, Existing> {
    let setting = |&(key, value): &(&str, &str)| {
        (
            key.to_owned(),
            Setting {
                value: value.to_owned(),
                is_override: true,
            },
        )
    };
    let found = Existing {
        partitions,
        replication,
        config: config.iter().map(setting).collect(),
    };
    BTreeMap::from([("task-events".to_owned(), found)])
}

const AS_DECLARED: [(&str, &str); 3] = [
    ("retention.ms", "1000"),
    ("write.caching", "false"),
    ("min.insync.replicas", "2"),
];

#[test]
fn a_missing_topic_is_created_with_what_its_broker_knows() {
    let plan = compare(&[topic()], &BTreeMap::new(), &cluster(Product::Kafka, 3), None);
    let create = &plan.create[0];
    assert_eq!((create.partitions, create.replication), (12, 3));
    let keys: Vec<&str> = create.config.keys().map(String::as_str).collect();
    assert_eq!(keys, ["min.insync.replicas", "retention.ms"]);
    assert!(plan.has_drift());
}

#[test]
fn redpanda_gets_its_own_keys_and_not_those_it_ignores() {
    let plan = compare(&[topic()], &BTreeMap::new(), &cluster(Product::Redpanda, 3), None);
    let keys: Vec<&str> = plan.create[0].config.keys().map(String::as_str).collect();
    assert_eq!(keys, ["retention.ms", "write.caching"]);
}

#[test]
fn a_topic_gets_its_declared_copies_or_is_not_created() {
    for brokers in [1, 2] {
        let plan = compare(
            &[topic()],
            &BTreeMap::new(),
            &cluster(Product::Kafka, brokers),
            None,
        );
        assert!(plan.create.is_empty(), "{plan:?}");
        let reason = &plan.refuse[0].reason;
        assert!(
            reason.contains(&format!("--replication-override {brokers}")),
            "{reason}"
        );
        assert!(plan.has_drift());
    }
}

#[test]
fn fewer_copies_are_created_only_when_somebody_says_so() {
    let plan = compare(&[topic()], &BTreeMap::new(), &cluster(Product::Kafka, 1), Some(1));
    assert!(plan.refuse.is_empty(), "{plan:?}");
    assert_eq!(plan.create[0].replication, 1);
    assert_eq!(plan.create[0].config["min.insync.replicas"], "1");
    assert_eq!(
        plan.create[0].to_string(),
        "task-events: 12 partitions, replication 1 (declared 3)"
    );
}

#[test]
fn more_copies_than_declared_can_be_asked_for() {
    let plan = compare(&[topic()], &BTreeMap::new(), &cluster(Product::Kafka, 5), Some(5));
    assert_eq!(plan.create[0].replication, 5);
    assert_eq!(plan.create[0].config["min.insync.replicas"], "2");
}

#[test]
fn a_broker_that_is_down_changes_nothing_of_an_existing_topic() {
    for brokers in [1, 2] {
        let plan = compare(
            &[topic()],
            &existing(12, 3, &AS_DECLARED),
            &cluster(Product::Kafka, brokers),
            None,
        );
        assert!(!plan.has_drift(), "{brokers} brokers: {plan:?}");
        assert_eq!(plan.unchanged, 1);
    }
}

#[test]
fn what_an_earlier_apply_lowered_is_raised_again_while_a_broker_is_down() {
    let lowered = [("retention.ms", "1000"), ("min.insync.replicas", "1")];
    let plan = compare(
        &[topic()],
        &existing(12, 3, &lowered),
        &cluster(Product::Kafka, 1),
        None,
    );
    assert_eq!(
        plan.configure[0].to_string(),
        "task-events: min.insync.replicas 1 → 2"
    );
}

#[test]
fn a_topic_of_one_copy_needs_one_in_sync_and_is_drift_unless_that_is_meant() {
    let single = [("retention.ms", "1000"), ("min.insync.replicas", "1")];
    let compare = |replication_override| {
        compare(
            &[topic()],
            &existing(12, 1, &single),
            &cluster(Product::Kafka, 1),
            replication_override,
        )
    };
    let plan = compare(None);
    assert!(plan.configure.is_empty(), "{plan:?}");
    let reason = &plan.refuse[0].reason;
    assert!(reason.contains("--replication-override 1"), "{reason}");
    assert!(!compare(Some(1)).has_drift());
}

#[test]
fn an_override_lowers_nothing_of_a_topic_with_all_its_copies() {
    let plan = compare(
        &[topic()],
        &existing(12, 3, &AS_DECLARED),
        &cluster(Product::Kafka, 3),
        Some(1),
    );
    assert!(plan.configure.is_empty() && plan.refuse.len() == 1, "{plan:?}");
}

#[test]
fn what_is_as_declared_is_no_drift() {
    let plan = compare(
        &[topic()],
        &existing(12, 3, &AS_DECLARED),
        &cluster(Product::Kafka, 3),
        None,
    );
    assert!(!plan.has_drift());
    assert_eq!(plan.unchanged, 1);
}

#[test]
fn keys_that_are_not_declared_are_left_alone() {
    let mut config = AS_DECLARED.to_vec();
    config.push(("segment.bytes", "1"));
    let plan = compare(
        &[topic()],
        &existing(12, 3, &config),
        &cluster(Product::Kafka, 3),
        None,
    );
    assert!(!plan.has_drift());
}

#[test]
fn another_value_is_configured() {
    let config = [("retention.ms", "5"), ("min.insync.replicas", "2")];
    let plan = compare(
        &[topic()],
        &existing(12, 3, &config),
        &cluster(Product::Kafka, 3),
        None,
    );
    assert_eq!(
        plan.configure[0].to_string(),
        "task-events: retention.ms 5 → 1000"
    );
    assert!(plan.refuse.is_empty());
}

#[test]
fn partitions_are_neither_added_nor_taken_away() {
    for count in [6, 24] {
        let plan = compare(
            &[topic()],
            &existing(count, 3, &AS_DECLARED),
            &cluster(Product::Kafka, 3),
            None,
        );
        assert!(plan.create.is_empty() && plan.configure.is_empty());
        assert!(
            plan.refuse[0].reason.contains("breaks their order"),
            "{}",
            plan.refuse[0]
        );
        assert!(plan.has_drift());
    }
}

#[test]
fn another_number_of_copies_is_left_to_the_clusters_own_tools() {
    let plan = compare(
        &[topic()],
        &existing(12, 1, &AS_DECLARED),
        &cluster(Product::Kafka, 3),
        None,
    );
    assert!(
        plan.refuse[0].reason.contains("replication.factor=3"),
        "{}",
        plan.refuse[0]
    );
}

#[test]
fn undeclared_topics_are_named_and_internal_ones_are_not() {
    let mut topics = existing(12, 3, &AS_DECLARED);
    let stranger = topics["task-events"].clone();
    topics.insert("stranger".to_owned(), stranger.clone());
    topics.insert("__consumer_offsets".to_owned(), stranger);
    let plan = compare(&[topic()], &topics, &cluster(Product::Kafka, 3), None);
    assert_eq!(plan.undeclared, ["stranger"]);
    assert!(!plan.has_drift());
}

#[test]
fn a_list_has_no_order() {
    assert!(same_value("compact,delete", "delete, compact"));
    assert!(!same_value("compact", "delete"));
}

#[test]
fn one_partition_with_fewer_copies_weakens_no_other() {
    let found = existing(12, 1, &[("retention.ms", "1000"), ("min.insync.replicas", "2")]);
    let plan = |replication_override| {
        compare(
            &[topic()],
            &found,
            &cluster(Product::Kafka, 3),
            replication_override,
        )
    };
    assert!(plan(None).configure.is_empty(), "{:?}", plan(None));
    assert!(plan(None).has_drift(), "and it is told");
    let changes = &plan(Some(1)).configure[0].changes;
    assert_eq!(changes[0].to, "1", "only when that is meant");
}
