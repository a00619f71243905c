//! What the service's own role cannot do, whatever its code says.

use shared_events::ids::TaskId;
use sqlx::{Connection as _, PgPool};

use crate::facts::{ROLE, database, log, second, task_fact};

#[tokio::test]
async fn the_log_can_be_added_to_and_read_but_never_changed() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    log(
        &pool,
        &task_fact("alice", TaskId::new(), "task.created", 1, second(0)),
        1,
    )
    .await;
    for change in [
        "UPDATE audit.entry SET actor = 'user:mallory'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry CASCADE",
        "DROP TABLE audit.entry",
        "ALTER TABLE audit.entry DISABLE ROW LEVEL SECURITY",
        "UPDATE audit.payload SET body = ''",
        "DELETE FROM audit.payload",
        "TRUNCATE audit.payload",
        "INSERT INTO audit.entry SELECT * FROM audit.entry",
    ] {
        let error = refusal(&pool, change).await;
        assert!(["42501", "428C9"].contains(&error.as_str()), "{change}: {error}");
    }
}

#[tokio::test]
async fn reading_without_saying_for_whom_is_an_error_also_on_a_used_connection() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    log(
        &pool,
        &task_fact("alice", TaskId::new(), "task.created", 1, second(0)),
        1,
    )
    .await;
    let mut connection = pool.acquire().await.unwrap();
    for state in ["fresh", "used"] {
        for read in ["SELECT * FROM audit.entry", "SELECT * FROM audit.payload"] {
            let error = sqlx::query(read).execute(&mut *connection).await.expect_err(read);
            assert!(
                error.to_string().contains("taskwire.user is not set"),
                "{state}: {error}"
            );
        }
        let mut tx = connection.begin().await.unwrap();
        shared_events::outbox::act_as(&mut tx, "alice").await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn row_level_security_hides_other_users_even_from_a_forgetful_statement() {
    let database = database().await;
    let pool = database.pool_as(ROLE).await;
    log(
        &pool,
        &task_fact("alice", TaskId::new(), "task.created", 1, second(0)),
        1,
    )
    .await;
    log(
        &pool,
        &task_fact("bob", TaskId::new(), "task.created", 1, second(0)),
        2,
    )
    .await;
    let mut tx = pool.begin().await.unwrap();
    shared_events::outbox::act_as(&mut tx, "bob").await.unwrap();
    let users: Vec<String> = sqlx::query_scalar("SELECT user_id FROM audit.entry")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    assert_eq!(users, ["bob"]);
    let payloads: i64 = sqlx::query_scalar("SELECT count(*) FROM audit.payload")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(payloads, 1);
}

async fn refusal(pool: &PgPool, statement: &'static str) -> String {
    let error = sqlx::query(statement).execute(pool).await.expect_err(statement);
    error
        .as_database_error()
        .and_then(|error| error.code())
        .expect("a database error")
        .into_owned()
}
