//! The handler over the published examples of `task-events`: today's and, with them, every old record.

use std::fs;
use std::path::{Path, PathBuf};

use recurring_svc::handler::Successors;
use shared_events::consumer::{CommandHandler, HandlerError, Record};
use shared_events::event::command::TaskCommand;
use shared_events::event::task::TaskEvent;
use shared_events::record::RawRecord;

fn record(message: TaskEvent) -> Record<TaskEvent> {
    let raw = RawRecord {
        topic: "task-events".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: None,
        key: None,
        payload: None,
        headers: Vec::new(),
    };
    Record { message, raw }
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every version of the two subjects; the last is what is written today.
pub(crate) const VERSIONS: [&str; 2] = ["v1", "v2"];

pub(crate) fn examples(subject: &str, version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../schemas")
        .join(subject)
        .join(version)
}

async fn commands(version: &str, example: &str) -> Result<Vec<TaskCommand>, HandlerError> {
    let event: TaskEvent = read(&examples("task-events-value", version).join(example));
    Successors::default().handle(&record(event)).await
}

#[tokio::test]
async fn every_published_example_is_understood() {
    for version in VERSIONS {
        for entry in fs::read_dir(examples("task-events-value", version)).expect("the examples") {
            let path = entry.expect("an example").path();
            let handled = Successors::default().handle(&record(read(&path))).await;
            assert!(handled.is_ok(), "{}: {handled:?}", path.display());
        }
    }
}

#[tokio::test]
async fn completing_deleting_and_revising_each_give_one_command() {
    for (example, start, revision) in [
        ("task-completed.json", "2026-12-02T09:00:00", 1),
        ("task-deleted.json", "2026-12-02T09:00:00", 1),
        ("series-updated.json", "2026-12-07T09:00:00", 2),
    ] {
        let commands = commands("v2", example).await.expect(example);
        let [
            TaskCommand {
                create_occurrence: Some(create),
                ..
            },
        ] = commands.as_slice()
        else {
            panic!("{example}: {commands:?}");
        };
        assert_eq!(
            (create.ordinal, create.start.as_str(), create.series_revision),
            (2, start, revision),
            "{example}"
        );
    }
}

#[tokio::test]
async fn creating_and_editing_give_none() {
    for example in [
        "task-created.json",
        "task-updated.json",
        "series-created.json",
        "occurrence-recurred.json",
        "tag-updated.json",
        "operator-offsets-set.json",
    ] {
        assert_eq!(commands("v2", example).await.expect(example), [], "{example}");
    }
}

#[tokio::test]
async fn the_published_command_is_what_the_published_completion_gives() {
    for version in VERSIONS {
        let path = examples("task-commands-value", version).join("create-occurrence.json");
        let mut published: TaskCommand = read(&path);
        let command = commands(version, "task-completed.json")
            .await
            .expect("a command")
            .remove(0);
        // The example's id and time are invented; all the rest is computed.
        published.meta.event_id = command.meta.event_id;
        published.meta.occurred_at = command.meta.occurred_at;
        assert_eq!(command, published, "{version}");
    }
}

#[tokio::test]
async fn a_fact_that_contradicts_itself_is_poison_and_says_why() {
    let mut event: TaskEvent = read(&examples("task-events-value", "v2").join("task-completed.json"));
    event.task = None;
    match Successors::default().handle(&record(event)).await {
        Err(HandlerError::Poison {
            reason: "snapshot_missing",
            detail,
        }) => {
            assert_eq!(detail, "an event of kind task.completed carries no task");
        }
        other => panic!("not poison: {other:?}"),
    }
}
