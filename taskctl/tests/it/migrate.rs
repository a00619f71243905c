//! `taskctl migrate` on a real Postgres.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::taskctl::{Run, provided, taskctl, unique};

/// A database that exists until `drop` is called; one left behind by a failure goes with the throw-away server.
pub(crate) struct Database {
    name: String,
    options: PgConnectOptions,
}

impl Database {
    pub(crate) async fn create() -> Self {
        let server = PgConnectOptions::from_str(&provided("TEST_DATABASE_URL")).unwrap();
        let name = format!("taskctl_{}", unique());
        let mut connection = server.connect().await.unwrap();
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .unwrap();
        connection.close().await.unwrap();
        Self {
            options: server.database(&name),
            name,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    pub(crate) fn migrate(&self, variables: &[(&str, &str)]) -> Run {
        let url = self.url();
        let mut all = vec![("DATABASE_URL", url.as_str())];
        all.extend(variables);
        taskctl(&["migrate", "--json"], &all)
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        self.options.connect().await.unwrap()
    }

    pub(crate) async fn drop(self) {
        let server = PgConnectOptions::from_str(&provided("TEST_DATABASE_URL")).unwrap();
        let mut connection = server.connect().await.unwrap();
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}

fn applied(run: &Run) -> Vec<(String, usize)> {
    let report = run.json();
    let schemas = report["schemas"].as_array().unwrap();
    let count = |schema: &serde_json::Value| schema["applied"].as_array().unwrap().len();
    schemas
        .iter()
        .map(|schema| (schema["schema"].as_str().unwrap().to_owned(), count(schema)))
        .collect()
}

#[tokio::test]
async fn an_empty_database_gets_every_schema_and_a_second_run_finds_nothing_to_do() {
    let database = Database::create().await;
    let first = applied(&database.migrate(&[]).expect_code(0));
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["outbox", "tasks", "notification", "audit", "auth"]);
    assert!(first.iter().all(|(_, count)| *count > 0), "{first:?}");

    let second = applied(&database.migrate(&[]).expect_code(0));
    assert!(second.iter().all(|(_, count)| *count == 0), "{second:?}");
    database.drop().await;
}

#[tokio::test]
async fn every_schema_keeps_its_own_history() {
    let database = Database::create().await;
    database.migrate(&[]).expect_code(0);
    let mut connection = database.connect().await;
    for schema in ["outbox", "tasks", "notification", "audit", "auth"] {
        let statement = format!("SELECT count(*) FROM {schema}._sqlx_migrations WHERE success");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(count > 0, "{schema}");
    }
    connection.close().await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn two_migrations_at_once_both_succeed() {
    let database = Database::create().await;
    let (left, right) = std::thread::scope(|scope| {
        let left = scope.spawn(|| database.migrate(&[]));
        let right = scope.spawn(|| database.migrate(&[]));
        (left.join().unwrap(), right.join().unwrap())
    });
    let total: usize = applied(&left.expect_code(0))
        .iter()
        .chain(&applied(&right.expect_code(0)))
        .map(|(_, count)| count)
        .sum();
    let again: usize = applied(&database.migrate(&[]).expect_code(0))
        .iter()
        .map(|(_, count)| count)
        .sum();
    assert!(total >= 5 && again == 0, "{total} {again}");
    database.drop().await;
}

#[tokio::test]
async fn passwords_are_set_for_the_roles_that_are_given_one() {
    let database = Database::create().await;
    let password = format!("it's {}", unique());
    let run = database
        .migrate(&[("TASKWIRE_AUDIT_SVC_PASSWORD", &password)])
        .expect_code(0);
    assert_eq!(run.json()["passwords"], serde_json::json!(["taskwire_audit_svc"]));
    assert!(
        !run.stdout.contains(&password) && !run.stderr.contains(&password),
        "{run:#?}"
    );

    let mut connection = database.connect().await;
    let stored: Option<String> =
        sqlx::query_scalar("SELECT rolpassword FROM pg_authid WHERE rolname = 'taskwire_audit_svc'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(stored.unwrap().starts_with("SCRAM-SHA-256$"));
    connection.close().await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn only_the_front_end_reads_who_people_are_and_it_reads_nothing_else() {
    let database = Database::create().await;
    database.migrate(&[]).expect_code(0);
    let mut connection = database.connect().await;
    let schemas: Vec<(String, String)> = sqlx::query_as(
        r"SELECT rolname::text, nspname::text FROM pg_roles CROSS JOIN pg_namespace
         WHERE rolname LIKE 'taskwire\_%' AND has_schema_privilege(rolname, nspname, 'USAGE')
         AND (nspname = 'auth' OR rolname = 'taskwire_frontend')
         AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(schemas, [("taskwire_frontend".to_owned(), "auth".to_owned())]);
    let readable: Vec<(String, String)> = sqlx::query_as(
        r"SELECT DISTINCT rolname::text, nspname::text FROM pg_roles CROSS JOIN pg_class
         JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE rolname LIKE 'taskwire\_%' AND relkind IN ('r', 'p', 'v', 'm')
         AND has_any_column_privilege(rolname, pg_class.oid, 'SELECT, INSERT, UPDATE')
         AND (nspname = 'auth' OR rolname = 'taskwire_frontend')
         AND nspname !~ '^pg_' AND nspname <> 'information_schema'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(readable, schemas);
    for (role, query) in [
        ("taskwire_backend_api", "SELECT id FROM auth.\"user\""),
        ("taskwire_reconciler", "SELECT token FROM auth.session"),
        ("taskwire_frontend", "SELECT id FROM tasks.task"),
        ("taskwire_frontend", "SELECT version FROM auth._sqlx_migrations"),
    ] {
        let statement = format!("BEGIN; SET LOCAL ROLE {role}; {query}");
        let refused = connection.execute(AssertSqlSafe(statement)).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{role}: {refused}");
        connection.execute("ROLLBACK").await.unwrap();
    }
    connection.close().await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn an_edited_migration_is_refused_with_the_way_out() {
    let database = Database::create().await;
    database.migrate(&[]).expect_code(0);
    let mut connection = database.connect().await;
    connection
        .execute(r"UPDATE tasks._sqlx_migrations SET checksum = '\x00' WHERE version = 1")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let run = database.migrate(&[]).expect_code(1);
    assert!(
        run.stderr.contains("schema tasks") && run.stderr.contains("was edited"),
        "{run:#?}"
    );
    database.drop().await;
}

#[test]
fn a_missing_or_senseless_address_is_named() {
    let run = taskctl(&["migrate"], &[]).expect_code(2);
    assert!(run.stderr.contains("DATABASE_URL"), "{run:#?}");
    let run = taskctl(&["migrate"], &[("DATABASE_URL", "nonsense")]).expect_code(2);
    assert!(run.stderr.contains("DATABASE_URL"), "{run:#?}");
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let run = taskctl(
        &["migrate"],
        &[("DATABASE_URL", "postgres://me:secret@127.0.0.1:1/x")],
    )
    .expect_code(1);
    assert!(
        run.stderr.contains("127.0.0.1:1") && !run.stderr.contains("secret"),
        "{run:#?}"
    );
}
