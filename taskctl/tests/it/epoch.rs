//! `taskctl epoch` on a real Postgres.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::taskctl::{provided, taskctl, unique};

#[tokio::test]
async fn an_epoch_is_shown_and_raised_with_its_audit_record() {
    let server = PgConnectOptions::from_str(&provided("TEST_DATABASE_URL")).unwrap();
    let name = format!("taskctl_{}", unique());
    let mut admin = server.connect().await.unwrap();
    admin
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let options = server.database(&name);
    let url = options.to_url_lossy().to_string();
    let run = |arguments: &[&str]| taskctl(arguments, &[("DATABASE_URL", &url)]);
    run(&["migrate"]).expect_code(0);
    let mut database = options.connect().await.unwrap();

    let shown = run(&["epoch", "show", "--json"]).expect_code(0).json();
    assert_eq!((&shown["epoch"], &shown["confirmed"]), (&1.into(), &true.into()));
    // As after a start that no relay has looked at.
    database
        .execute("UPDATE outbox.epoch SET started_at = started_at - interval '1 day'")
        .await
        .unwrap();
    let shown = run(&["epoch", "show"]).expect_code(0).stdout;
    assert!(shown.contains("not confirmed yet"), "{shown}");

    let why = ["--reason", "a dump was loaded", "--operator", "ann"];
    let raise = [&["epoch", "raise"], &why[..]].concat();
    let dry = [&raise[..], &["--dry-run"]].concat();
    let would = run(&dry).expect_code(0).stdout;
    assert!(would.contains("nothing was changed"), "{would}");
    let raised = run(&[&raise[..], &["--json"]].concat()).expect_code(0).json();
    assert_eq!(raised["from"], 1);
    let shown = run(&["epoch", "show", "--json"]).expect_code(0).json();
    assert_eq!(
        (&shown["epoch"], &shown["confirmed"]),
        (&raised["to"], &true.into())
    );
    let audited = "SELECT event_id::text FROM outbox.message WHERE kind = 'operator.epoch_raised'";
    let audited: Vec<String> = sqlx::query_scalar(audited)
        .fetch_all(&mut database)
        .await
        .unwrap();
    assert_eq!(audited, [raised["event_id"].as_str().unwrap()]);

    let unexplained = run(&["epoch", "raise", "--operator", "ann"]).expect_code(2);
    assert!(unexplained.stderr.contains("--reason"), "{unexplained:#?}");
}
