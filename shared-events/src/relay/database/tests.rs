//! What the relay's reads cost while a snapshot that stays open keeps every row that was deleted.

use std::path::Path;

use serde_json::Value;
use service_kit::testing::{Database, Migrations};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};

use super::*;

/// Blocks that a read may touch, far below those that dead rows lie in.
const FEW: i64 = 300;

/// The statement as it is prepared, from the metadata that a check keeps equal to the code.
fn statement(part: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sqlx");
    let files = std::fs::read_dir(folder).expect("the metadata").flatten();
    let query = |file: std::fs::DirEntry| {
        let text = std::fs::read_to_string(file.path()).expect("a file");
        let query: Value = serde_json::from_str(&text).expect("JSON");
        query["query"].as_str().expect("a query").to_owned()
    };
    let mut found: Vec<String> = files.map(query).filter(|query| query.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part}");
    found.remove(0)
}

/// Blocks that a plan touched in all.
fn blocks(plan: &Value) -> i64 {
    let plan = &plan[0]["Plan"];
    let count = |name: &str| plan[name].as_i64().expect("a count");
    count("Shared Hit Blocks") + count("Shared Read Blocks")
}

fn explained(statement: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"))
}

/// Commits `count` rows: every second one of a busy user's lane, the others each of a lane of its own.
async fn insert(connection: &mut PgConnection, count: i32) {
    let rows =
        "INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
                SELECT 'task-updates', CASE WHEN n % 2 = 0 THEN 'busy' ELSE gen_random_uuid()::text END,
                       gen_random_uuid(), 'test', 's', decode(repeat('00', 32), 'hex'),
                       decode(repeat('ab', 300), 'hex'), now()
                  FROM generate_series(1, $1) AS n";
    let inserted = sqlx::query(rows).bind(count).execute(connection).await;
    inserted.expect("rows");
}

async fn page(connection: &mut PgConnection, after: i64) -> i64 {
    let none = Vec::<String>::new();
    let plan = sqlx::query_scalar(explained(&statement("AS pending) AS found")))
        .bind(after)
        .bind(Vec::<i64>::new())
        .bind(i64::MAX)
        .bind(256_i64)
        .bind(Vec::<i64>::new())
        .bind(&none)
        .bind(&none)
        .bind(&none)
        .bind(&none)
        .bind("relay")
        .bind(1_i64)
        .bind(vec!["task-updates".to_owned()])
        .bind(vec!["busy".to_owned()])
        .bind(vec!["s".to_owned()])
        .bind(vec![after])
        .bind(Vec::<i64>::new())
        .bind(None::<String>);
    blocks(&plan.fetch_one(connection).await.expect("a plan"))
}

async fn refill(connection: &mut PgConnection, after: i64) -> i64 {
    let plan = sqlx::query_scalar(explained(&statement("AS lane(topic, key, source, after)")))
        .bind(vec!["task-updates".to_owned()])
        .bind(vec!["busy".to_owned()])
        .bind(vec!["s".to_owned()])
        .bind(vec![after])
        .bind(256_i64)
        .bind("relay")
        .bind(1_i64);
    blocks(&plan.fetch_one(connection).await.expect("a plan"))
}

/// What a walk over all rows touches, dead ones included.
async fn walk(connection: &mut PgConnection) -> i64 {
    let plan = sqlx::query_scalar(explained("SELECT min(id) FROM outbox.message WHERE id > 0"));
    blocks(&plan.fetch_one(connection).await.expect("a plan"))
}

#[tokio::test]
async fn reads_beyond_the_tail_walk_over_no_dead_rows() {
    let database = Database::create(&[Migrations {
        schema: "outbox",
        migrator: &crate::MIGRATOR,
    }])
    .await;
    let pool = database.pool().await;
    let mut writer = pool.acquire().await.expect("a connection");
    sqlx::query("INSERT INTO outbox.lease VALUES ('relay', 'test', 1, 'infinity')")
        .execute(&mut *writer)
        .await
        .expect("a lease");
    let mut reader = pool.begin().await.expect("a transaction");
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(&mut *reader)
        .await
        .expect("a level");
    sqlx::query("SELECT count(*) FROM outbox.message")
        .execute(&mut *reader)
        .await
        .expect("a snapshot");
    for _ in 0..4 {
        insert(&mut writer, 10_000).await;
        sqlx::query("DELETE FROM outbox.message")
            .execute(&mut *writer)
            .await
            .expect("no rows");
    }
    let tail: i64 = sqlx::query_scalar("SELECT last_value FROM outbox.message_id_seq")
        .fetch_one(&mut *writer)
        .await
        .expect("an id");
    insert(&mut writer, 40).await;

    let options: PgConnectOptions = pool.connect_options().as_ref().clone();
    let mut relay = options
        .options(CONNECTION_SETTINGS)
        .connect()
        .await
        .expect("a connection");
    let dead = walk(&mut relay).await;
    assert!(
        dead > 4 * FEW,
        "only {dead} blocks are dead: the test shows nothing"
    );
    let touched = page(&mut relay, tail).await;
    assert!(touched < FEW, "a page touched {touched} blocks");
    let touched = refill(&mut relay, tail).await;
    assert!(touched < FEW, "a refill touched {touched} blocks");
    drop(reader);
}
