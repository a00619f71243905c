//! `taskctl outbox` on a real Postgres.

use std::str::FromStr;

use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::taskctl::{Run, provided, taskctl, unique};

/// A migrated database; it goes with the throw-away server.
struct Outbox {
    url: String,
    connection: PgConnection,
}

impl Outbox {
    async fn create() -> Self {
        let server = PgConnectOptions::from_str(&provided("TEST_DATABASE_URL")).unwrap();
        let name = format!("taskctl_{}", unique());
        let mut admin = server.connect().await.unwrap();
        admin
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .unwrap();
        admin.close().await.unwrap();
        let options = server.database(&name);
        let url = options.to_url_lossy().to_string();
        taskctl(&["migrate"], &[("DATABASE_URL", &url)]).expect_code(0);
        let connection = options.connect().await.unwrap();
        Self { url, connection }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let arguments = [&["outbox"], arguments].concat();
        taskctl(&arguments, &[("DATABASE_URL", &self.url)])
    }

    /// A row that waits, and the lane that it has been parked for.
    async fn park(&mut self, key: &str, source: &str) {
        sqlx::query(
            "WITH row AS (INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
                          VALUES ('task-updates', $1, gen_random_uuid(), 'task.created', $2,
                                  decode(repeat('00', 32), 'hex'), '', now())
                          RETURNING id, topic, key, source)
             INSERT INTO outbox.parked (message_id, topic, key, source, error)
             SELECT id, topic, key, source, 'message too large' FROM row",
        )
        .bind(key)
        .bind(source)
        .execute(&mut self.connection)
        .await
        .unwrap();
    }

    /// Records of an operator's retries that wait for the audit log.
    async fn audited(&mut self) -> i64 {
        let count = "SELECT count(*) FROM outbox.message WHERE kind = 'operator.outbox_retried'";
        sqlx::query_scalar(count)
            .fetch_one(&mut self.connection)
            .await
            .unwrap()
    }

    fn parked(&self) -> Vec<(String, String)> {
        let report = self.run(&["list", "--json"]).expect_code(0).json();
        let lane = |lane: &serde_json::Value| {
            (
                lane["key"].as_str().unwrap().to_owned(),
                lane["source"].as_str().unwrap().to_owned(),
            )
        };
        report["parked"].as_array().unwrap().iter().map(lane).collect()
    }
}

#[tokio::test]
async fn parked_lanes_are_listed_and_given_free_one_by_one_or_all() {
    let mut outbox = Outbox::create().await;
    let empty = outbox.run(&["list"]).expect_code(0);
    assert_eq!(empty.stdout, "no lane is parked; nothing waits to be published\n");
    for (key, source) in [
        ("ann", "/taskwire/backend-api"),
        ("ann", "/taskwire/notification-svc"),
        ("bob", "/taskwire/backend-api"),
    ] {
        outbox.park(key, source).await;
    }
    let listed = outbox.run(&["list"]).expect_code(0).stdout;
    for word in [
        "task-updates",
        "ann",
        "/taskwire/notification-svc",
        "message too large",
        "3 lanes parked; 3 rows wait",
    ] {
        assert!(listed.contains(word), "{word} is not in\n{listed}");
    }
    let report = outbox.run(&["list", "--json"]).expect_code(0).json();
    assert_eq!(report["pending"], 3);
    assert_eq!(report["parked"][0]["row"], 1);

    let why = ["--reason", "the limit was raised", "--operator", "ann"];
    let of_ann = [&["retry", "--topic", "task-updates", "--key", "ann"], &why[..]].concat();
    let all = [&["retry", "--all"], &why[..]].concat();
    let one = [&of_ann[..], &["--source", "notification-svc", "--json"]].concat();
    let freed = outbox.run(&one).expect_code(0).json();
    assert_eq!(freed[0]["source"], json!("/taskwire/notification-svc"));
    assert!(freed[0]["event_id"].is_string(), "{freed}");
    let left = [("ann", "/taskwire/backend-api"), ("bob", "/taskwire/backend-api")];
    assert_eq!(
        outbox.parked(),
        left.map(|(key, source)| (key.to_owned(), source.to_owned()))
    );

    outbox.run(&of_ann).expect_code(0);
    let again = outbox.run(&of_ann).expect_code(1);
    assert!(again.stderr.contains("taskctl outbox list"), "{again:#?}");
    outbox.run(&all).expect_code(0);
    assert_eq!(outbox.parked(), []);
    outbox.run(&all).expect_code(0);
    assert_eq!(
        outbox.audited().await,
        3,
        "one record for each lane that was given free"
    );
}

#[test]
fn a_retry_says_which_lanes_or_all() {
    let url = [("DATABASE_URL", "postgres://me@127.0.0.1:1/x")];
    for arguments in [
        &["outbox", "retry"][..],
        &["outbox", "retry", "--topic", "task-events"],
        &["outbox", "retry", "--key", "k"],
        &["outbox", "retry", "--all", "--topic", "task-events", "--key", "k"],
        &["outbox", "retry", "--all", "--source", "backend-api"],
    ] {
        let why = ["--reason", "as the test wants", "--operator", "ann"];
        taskctl(&[arguments, &why[..]].concat(), &url).expect_code(2);
    }
    let unexplained = taskctl(&["outbox", "retry", "--all", "--operator", "ann"], &url).expect_code(2);
    assert!(unexplained.stderr.contains("--reason"), "{unexplained:#?}");
}
