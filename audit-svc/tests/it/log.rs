//! What goes into the log, and how often.

use sha2::{Digest as _, Sha256};
use shared_events::ids::TaskId;
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
