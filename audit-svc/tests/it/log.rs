//! What goes into the log, and how often.

use sha2::{Digest as _, Sha256};
use shared_events::event::fact::AnyFact;
use shared_events::event::operator::{OperatorAction, kind};
use shared_events::ids::{Epoch, TaskId};
use sqlx::Row as _;

use crate::facts::{ROLE, database, log, record, reminder_fact, second, task_fact};

#[tokio::test]
async fn a_fact_that_comes_twice_is_one_entry() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    let fact = task_fact("alice", TaskId::new(), "task.created", 1, second(0));
    assert!(log(&pool, &fact, 7).await);
    assert!(!log(&pool, &fact, 8).await);
    let offsets: Vec<i64> = sqlx::query_scalar(r#"SELECT "offset" FROM audit.entry"#)
        .fetch_all(&database.pool().await)
        .await
        .unwrap();
    assert_eq!(offsets, [7]);
}

#[tokio::test]
async fn two_replicas_may_log_the_same_fact_at_the_same_moment() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    let fact = task_fact("alice", TaskId::new(), "task.created", 1, second(0));
    let (one, other) = tokio::join!(log(&pool, &fact, 7), log(&pool, &fact, 7));
    assert!(one != other, "one of the two, and not the other");
}

#[tokio::test]
async fn a_kind_that_nobody_knows_is_kept_with_its_task() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    let task = TaskId::new();
    log(
        &pool,
        &task_fact("alice", task, "task.teleported", 4, second(0)),
        1,
    )
    .await;
    let row = sqlx::query("SELECT kind, task_id, version, previous, traceparent FROM audit.entry")
        .fetch_one(&database.pool().await)
        .await
        .unwrap();
    assert_eq!(row.get::<String, _>("kind"), "task.teleported");
    assert_eq!(row.get::<sqlx::types::Uuid, _>("task_id"), task.as_uuid());
    assert_eq!(
        (row.get::<i64, _>("version"), row.get::<i64, _>("previous")),
        (4, 3)
    );
    assert_eq!(row.get::<String, _>("traceparent"), "00-1-2-01");
}

#[tokio::test]
async fn an_action_of_an_operator_is_kept_with_who_did_it() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    let action = OperatorAction {
        operator: "carol".to_owned(),
        command: "offsets set".to_owned(),
        subject: "audit-svc.log.v1 task-events/3".to_owned(),
        detail: "next offset 17 instead of 12".to_owned(),
    };
    let event = action.event(kind::OFFSETS_SET, Epoch(1), second(0).into());
    assert!(log(&pool, &AnyFact::Task(Box::new(event)), 1).await);
    let row =
        sqlx::query("SELECT kind, user_id, aggregate, task_id, actor, intent, position FROM audit.entry")
            .fetch_one(&database.pool().await)
            .await
            .unwrap();
    let text = |column| row.get::<String, _>(column);
    assert_eq!(text("kind"), "operator.offsets_set");
    assert_eq!(
        (text("user_id"), text("actor")),
        ("operator".into(), "operator:carol".into())
    );
    assert_eq!(
        (text("aggregate"), text("intent")),
        ("operator".into(), "operate".into())
    );
    assert_eq!(row.get::<Option<sqlx::types::Uuid>, _>("task_id"), None);
    assert_eq!(row.get::<i64, _>("position"), 0);
}

#[tokio::test]
async fn an_entry_commits_to_salt_and_bytes_of_its_payload() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    let fact = reminder_fact("alice", TaskId::new(), second(0));
    log(&pool, &fact, 1).await;
    let row =
        sqlx::query("SELECT salt, body, payload_hash FROM audit.entry JOIN audit.payload USING (event_id)")
            .fetch_one(&database.pool().await)
            .await
            .unwrap();
    let (salt, body): (Vec<u8>, Vec<u8>) = (row.get("salt"), row.get("body"));
    assert_eq!(body, record(&fact, 1).payload.unwrap());
    let commitment = Sha256::new().chain_update(&salt).chain_update(&body).finalize();
    assert_eq!(row.get::<Vec<u8>, _>("payload_hash"), commitment.as_slice());
}
