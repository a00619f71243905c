//! The built-in users against the closed list of topics and services.

use std::collections::BTreeSet;

use shared_events::topic::{self, Service, Topic};

use super::*;

/// The topics on which a user has an operation by a literal right.
fn topics(user: &str, operation: Operation) -> BTreeSet<String> {
    let users = read(None, Some(user)).unwrap();
    users[0]
        .acls
        .iter()
        .filter(|acl| acl.permission == Permission::Allow && acl.resource.kind == ResourceKind::Topic)
        .filter(|acl| acl.resource.pattern_type == PatternType::Literal)
        .filter(|acl| acl.operations.contains(&operation))
        .filter_map(|acl| acl.resource.name.clone())
        .collect()
}

#[test]
fn every_service_reads_what_it_consumes_and_its_retry_topics_and_nothing_else() {
    for service in Service::ALL {
        let mut expected: BTreeSet<String> = BTreeSet::new();
        for topic in Topic::ALL
            .into_iter()
            .filter(|topic| topic.consumers().contains(&service))
        {
            expected.insert(topic.name().to_owned());
            expected.insert(topic.retry(service));
        }
        if service == Service::WsGateway {
            expected.insert(Topic::TaskUpdates.name().to_owned());
        }
        assert_eq!(topics(service.name(), Operation::Read), expected, "{service}");
    }
}

#[test]
fn every_service_writes_its_own_dead_letters() {
    for service in Service::ALL {
        let written = topics(service.name(), Operation::Write);
        let dead_letters: BTreeSet<String> = written
            .iter()
            .filter(|name| name.ends_with(".dlq"))
            .cloned()
            .collect();
        let consumed = Topic::ALL
            .into_iter()
            .filter(|topic| topic.consumers().contains(&service));
        assert_eq!(
            dead_letters,
            consumed.map(|topic| topic.dead_letter(service)).collect(),
            "{service}"
        );
    }
}

#[test]
fn each_main_topic_has_one_writer() {
    for topic in Topic::ALL {
        let writers: Vec<&str> = Service::ALL
            .into_iter()
            .map(Service::name)
            .filter(|user| topics(user, Operation::Write).contains(topic.name()))
            .collect();
        let expected = if topic == Topic::TaskCommands {
            "recurring-svc"
        } else {
            "backend-api"
        };
        assert_eq!(writers, [expected], "{topic}");
    }
}

#[test]
fn the_operator_writes_retry_topics_and_reads_dead_letters_and_what_is_committed_in_kafka() {
    let declared = topic::declared();
    let ending = |suffix: &str| -> BTreeSet<String> {
        declared
            .iter()
            .filter(|name| name.ends_with(suffix))
            .cloned()
            .collect()
    };
    // recurring-svc has no database: its offsets are set by a commit, which takes the right to read.
    let mut read = topics(Service::RecurringSvc.name(), Operation::Read);
    read.extend(ending(".dlq"));
    assert_eq!(topics("operator", Operation::Read), read);
    assert_eq!(
        topics("operator", Operation::Describe),
        declared
            .iter()
            .filter(|name| *name != Topic::TaskUpdates.name())
            .cloned()
            .collect(),
        "every topic that a group reads"
    );
    assert_eq!(topics("operator", Operation::Write), ending(".retry"));
}

#[test]
fn the_reconciler_reads_all_that_tells_of_changes_and_writes_nothing() {
    let told = Topic::ALL
        .into_iter()
        .filter(|topic| *topic != Topic::TaskCommands);
    let told: BTreeSet<String> = told.map(|topic| topic.name().to_owned()).collect();
    assert_eq!(topics("reconciler", Operation::Read), told);
    let user = read(None, Some("reconciler")).unwrap().remove(0);
    let mut operations = user.acls.iter().flat_map(|acl| &acl.operations);
    assert!(operations.all(|operation| matches!(operation, Operation::Read | Operation::Describe)));
}

#[test]
fn a_right_names_a_declared_topic() {
    let declared = topic::declared();
    for user in read(None, None).unwrap() {
        for acl in user
            .acls
            .iter()
            .filter(|acl| acl.resource.kind == ResourceKind::Topic)
        {
            let name = acl.resource.name.clone().unwrap();
            assert!(declared.contains(&name), "{} of {}", name, user.name);
        }
    }
}

#[test]
fn an_unknown_user_is_answered_with_the_known_ones() {
    let error = read(None, Some("nobody")).unwrap_err().to_string();
    assert!(error.contains("audit-svc"), "{error}");
}

/// The relay commits there how far the database is: a commit is a right on the group and on the topic.
#[test]
fn backend_api_may_record_the_epoch_at_the_broker() {
    let group = |acl: &&Acl| {
        acl.resource.kind == ResourceKind::Group
            && acl.resource.pattern_type == PatternType::Prefixed
            && "backend-api.epoch.v1".starts_with(acl.resource.name.as_deref().unwrap())
    };
    let users = read(None, Some("backend-api")).unwrap();
    let group = users[0].acls.iter().find(group).unwrap();
    for operation in [Operation::Read, Operation::Describe] {
        assert!(group.operations.contains(&operation), "{operation:?}");
        assert!(topics("backend-api", operation).contains(Topic::TaskCommands.name()));
    }
}
