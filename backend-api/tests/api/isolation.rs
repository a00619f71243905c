//! Two users: neither reads nor writes anything of the other, by statement and by policy.

use reqwest::Method;
use serde_json::json;

use crate::app::{App, ROLE, User, daily, path};
use crate::filters_saved::save;
use crate::projects::{place, project};

/// All tables with rows of users.
const TABLES: [&str; 11] = [
    "user_state",
    "series",
    "task",
    "reminder",
    "tag",
    "project",
    "filter",
    "settings",
    "idempotency",
    "stat_open",
    "stat_done",
];

/// Tables with rows of users that the service reaches by functions alone.
const OUT_OF_REACH: [&str; 3] = ["search_name", "search_term", "search_word"];

/// Makes a row of the user in every table.
async fn fill(user: &User) {
    user.with_key("k").create(daily()).await;
    let done = user.create(json!({"title": "done"})).await;
    user.act(&done, "complete").await.expect(200);
    user.tag("home").await;
    project(user, "Garden").await;
    save(user, "Soon", "due < today + 7d").await;
    user.patch("/v1/me", json!({"timezone": "UTC"})).await.expect(200);
}

#[tokio::test]
async fn the_project_and_the_settings_of_another_user_do_not_exist() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    fill(&alice).await;
    let garden = project(&alice, "Balcony").await;
    let me = alice.get("/v1/me").await.expect(200).body;
    app.take_facts().await;
    let calls = [
        (Method::GET, place(&garden), None),
        (Method::PATCH, place(&garden), Some(json!({"name": "mine"}))),
        (Method::DELETE, place(&garden), None),
        (
            Method::POST,
            format!("{}/move", place(&garden)),
            Some(json!({"after": garden["id"]})),
        ),
    ];
    for (method, path, body) in calls {
        bob.call(method, &path, body, None)
            .await
            .expect_problem(404, "not-found", None);
    }
    let in_project = json!({"title": "x", "project_id": garden["id"]});
    bob.post("/v1/tasks", in_project)
        .await
        .expect_problem(422, "validation", Some("/project_id"));
    let theirs = bob.get("/v1/me").await.expect(200).body;
    assert_eq!(
        (&theirs["version"], &theirs["timezone"]),
        (&json!(0), &json!(null))
    );
    assert_ne!(theirs["id"], me["id"]);
    assert!(bob.list("/v1/projects?limit=9").await.is_empty());
    assert_eq!(alice.get(&place(&garden)).await.expect(200).body, garden);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_with_rows_of_users_is_under_a_policy_and_is_tested() {
    let app = App::start().await;
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'tasks'::regnamespace AND relkind IN ('r', 'p')
                   AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'user_id')
                   AND relrowsecurity AND relforcerowsecurity";
    let mut found: Vec<String> = sqlx::query_scalar(tables).fetch_all(&app.pool).await.unwrap();
    found.sort_unstable();
    let mut tested = [&TABLES[..], &OUT_OF_REACH].concat();
    tested.sort_unstable();
    assert_eq!(found, tested);
    for table in OUT_OF_REACH {
        let reach: bool = sqlx::query_scalar(
            "SELECT has_any_column_privilege($1, 'tasks.' || $2, 'SELECT, INSERT, UPDATE') OR has_table_privilege($1, 'tasks.' || $2, 'DELETE, TRUNCATE')",
        )
        .bind(ROLE)
        .bind(table)
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert!(!reach, "{table}");
    }
    let open =
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'tasks'::regnamespace AND relkind IN ('r', 'p')
                 AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'user_id')
                 AND NOT (relrowsecurity AND relforcerowsecurity)";
    assert_eq!(app.number(open).await, 0);
}

#[tokio::test]
async fn the_task_of_another_user_does_not_exist() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let task = alice.create(daily()).await;
    bob.create(json!({"title": "bob's own"})).await;
    app.take_facts().await;
    let calls = [
        (Method::GET, path(&task), None),
        (Method::PATCH, path(&task), Some(json!({"title": "mine"}))),
        (Method::DELETE, path(&task), None),
        (Method::POST, format!("{}/complete", path(&task)), None),
        (Method::POST, format!("{}/reopen", path(&task)), None),
        (Method::POST, format!("{}/skip", path(&task)), None),
        (Method::POST, format!("{}/restore", path(&task)), None),
        (
            Method::POST,
            format!("{}/move", path(&task)),
            Some(json!({"after": task["id"]})),
        ),
    ];
    for (method, path, body) in calls {
        bob.call(method, &path, body, None)
            .await
            .expect_problem(404, "not-found", None);
    }
    let parented = json!({"title": "x", "parent_id": task["id"]});
    bob.post("/v1/tasks", parented)
        .await
        .expect_problem(422, "validation", Some("/parent_id"));
    assert_eq!(
        bob.get("/v1/tasks").await.expect(200).body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bob.get("/v1/sync").await.expect(200).body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn positions_of_users_do_not_touch() {
    let app = App::start().await;
    app.user("alice").create(daily()).await;
    assert_eq!(app.user("bob").create(json!({"title": "x"})).await["position"], 1);
}

#[tokio::test]
async fn a_query_without_a_user_is_an_error_and_not_an_empty_list() {
    let app = App::start().await;
    app.user("alice").create(daily()).await;
    let pool = app.database.pool_as(ROLE).await;
    let mut connection = pool.acquire().await.unwrap();
    let queries = [
        "SELECT 1 FROM tasks.user_state",
        "SELECT 1 FROM tasks.series",
        "SELECT 1 FROM tasks.task",
        "SELECT 1 FROM tasks.reminder",
        "SELECT 1 FROM tasks.tag",
        "SELECT 1 FROM tasks.project",
        "SELECT 1 FROM tasks.filter",
        "SELECT 1 FROM tasks.settings",
        "SELECT 1 FROM tasks.idempotency",
        "SELECT 1 FROM tasks.stat_open",
        "SELECT 1 FROM tasks.stat_done",
        "UPDATE tasks.task SET title = 'x'",
        "INSERT INTO tasks.user_state (user_id) VALUES ('mallory')",
    ];
    for query in queries {
        sqlx::query(query)
            .execute(&mut *connection)
            .await
            .expect_err(query);
    }
    sqlx::query("BEGIN").execute(&mut *connection).await.unwrap();
    sqlx::query("SELECT set_config('taskwire.user', 'alice', true)")
        .execute(&mut *connection)
        .await
        .unwrap();
    assert_eq!(
        sqlx::query(queries[2])
            .fetch_all(&mut *connection)
            .await
            .unwrap()
            .len(),
        1
    );
    sqlx::query("COMMIT").execute(&mut *connection).await.unwrap();
    for query in queries {
        sqlx::query(query)
            .execute(&mut *connection)
            .await
            .expect_err("the setting ends with its transaction");
    }
}

#[tokio::test]
async fn the_policy_holds_where_a_statement_forgets_its_user() {
    let app = App::start().await;
    fill(&app.user("alice")).await;
    for table in TABLES {
        let query = format!("SELECT count(*) FROM tasks.{table}");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        let rows: i64 = query.fetch_one(&app.pool).await.unwrap();
        assert!(rows > 0, "{table}");
    }
    let pool = app.database.pool_as(ROLE).await;
    let mut bob = pool.begin().await.unwrap();
    sqlx::query("SELECT set_config('taskwire.user', 'bob', true)")
        .execute(&mut *bob)
        .await
        .unwrap();
    for table in TABLES {
        let query = sqlx::AssertSqlSafe(format!("SELECT 1 FROM tasks.{table}"));
        assert!(
            sqlx::query(query).fetch_all(&mut *bob).await.unwrap().is_empty(),
            "{table}"
        );
    }
    let stolen = sqlx::query("UPDATE tasks.task SET user_id = 'bob'")
        .execute(&mut *bob)
        .await
        .unwrap();
    assert_eq!(stolen.rows_affected(), 0);
    sqlx::query("INSERT INTO tasks.user_state (user_id) VALUES ('alice2')")
        .execute(&mut *bob)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn the_service_may_not_delete_rows() {
    let app = App::start().await;
    let pool = app.database.pool_as(ROLE).await;
    for table in TABLES {
        let query = sqlx::AssertSqlSafe(format!("DELETE FROM tasks.{table}"));
        let refused = sqlx::query(query).execute(&pool).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{table}"
        );
    }
}
