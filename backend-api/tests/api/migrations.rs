//! Migrations on rows that the versions before wrote.

use backend_api::MIGRATOR;
use service_kit::testing::{Database, Migrations};
use sqlx::migrate::Migrator;
use sqlx::types::Uuid;

/// What a version wrote that had no `closed_at`, and names in `tags`.
const BEFORE: &str = r#"
INSERT INTO tasks.user_state (user_id, position) VALUES ('alice', 7), ('bob', 1), ('carol', 3);
INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position, created_at,
                        updated_at, completed_at, deleted_at)
SELECT t.id::uuid, t.user_id, 't', 'normal', t.status, t.tags::text[], '[]', 1, t.position, t.at::timestamptz,
       t.at::timestamptz, t.completed_at::timestamptz, t.deleted_at::timestamptz
  FROM (VALUES
    ('00000000-0000-0000-0000-000000000001', 'alice', 'open', '{Home,Grün}', 1, '2026-01-01Z', NULL, NULL),
    ('00000000-0000-0000-0000-000000000002', 'alice', 'done', '{home,HOME,other}', 2, '2026-01-02Z', '2026-02-02Z', NULL),
    ('00000000-0000-0000-0000-000000000003', 'alice', 'open', '{GRÜN}', 3, '2026-01-03Z', NULL, '2026-03-03Z'),
    ('00000000-0000-0000-0000-000000000004', 'alice', 'skipped', '{}', 4, '2026-01-04Z', '2026-02-04Z', '2026-03-04Z'),
    ('00000000-0000-0000-0000-000000000005', 'bob', 'open', '{home}', 1, '2026-01-05Z', NULL, NULL),
    ('00000000-0000-0000-0000-000000000006', 'carol', 'open', '{}', 3, '2026-01-06Z', NULL, NULL)
  ) t (id, user_id, status, tags, position, at, completed_at, deleted_at);
"#;

/// Everything that was applied before a migration.
fn before(version: i64) -> &'static Migrator {
    let known = MIGRATOR.iter().filter(|it| it.version < version).cloned();
    let mut migrator = Migrator::with_migrations(known.collect());
    migrator.dangerous_set_table_name("tasks._sqlx_migrations");
    Box::leak(Box::new(migrator))
}

/// The rows of [`BEFORE`] after all migrations.
async fn migrated() -> Database {
    migrated_from(3, BEFORE).await
}

/// Rows as they were before a migration, after all of them.
async fn migrated_from(version: i64, rows: &'static str) -> Database {
    let schemas = [
        Migrations {
            schema: "outbox",
            migrator: &shared_events::MIGRATOR,
        },
        Migrations {
            schema: "tasks",
            migrator: before(version),
        },
    ];
    let database = Database::create(&schemas).await;
    let pool = database.pool().await;
    sqlx::raw_sql(rows).execute(&pool).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    MIGRATOR.run_direct(None, &mut *connection, false).await.unwrap();
    database
}

#[tokio::test]
async fn what_was_closed_keeps_the_time_at_which_it_was() {
    let database = migrated().await;
    let closed: Vec<Option<String>> =
        sqlx::query_scalar("SELECT (closed_at AT TIME ZONE 'UTC')::date::text FROM tasks.task ORDER BY id")
            .fetch_all(&database.pool().await)
            .await
            .unwrap();
    let closed: Vec<_> = closed.iter().map(Option::as_deref).collect();
    let expected = [
        None,
        Some("2026-02-02"),
        Some("2026-03-03"),
        Some("2026-02-04"),
        None,
        None,
    ];
    assert_eq!(closed, expected);
}

/// What a version wrote that had no `start_at`.
const STARTING: &str = r#"
INSERT INTO tasks.user_state (user_id, position) VALUES ('alice', 4);
INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position, created_at, updated_at,
                        start_local, start_zone)
SELECT gen_random_uuid(), 'alice', 't', 'normal', 'open', '{}', '[]', 1, t.position, now(), now(), t.wall, t.zone
  FROM (VALUES (1, '2026-07-01T09:00:00', 'Europe/Berlin'), (2, '2026-12-01', 'Europe/Berlin'),
               (3, '2026-12-01T09:00:00', 'Mars/Olympus'), (4, NULL, NULL)) AS t (position, wall, zone);
"#;

#[tokio::test]
async fn a_start_is_kept_in_universal_time_and_in_an_unknown_zone_as_if_it_were_that() {
    let database = migrated_from(17, STARTING).await;
    let starts: Vec<Option<String>> =
        sqlx::query_scalar("SELECT (start_at AT TIME ZONE 'UTC')::text FROM tasks.task ORDER BY position")
            .fetch_all(&database.pool().await)
            .await
            .unwrap();
    let starts: Vec<_> = starts.iter().map(Option::as_deref).collect();
    let expected = [
        Some("2026-07-01 07:00:00"),
        Some("2026-11-30 23:00:00"),
        Some("2026-12-01 09:00:00"),
        None,
    ];
    assert_eq!(starts, expected);
}

#[tokio::test]
async fn names_become_tags_of_their_user_and_tasks_hold_their_ids() {
    let database = migrated().await;
    let pool = database.pool().await;
    let tags: Vec<(Uuid, String, String, i64)> =
        sqlx::query_as("SELECT id, user_id, name, position FROM tasks.tag ORDER BY user_id, position")
            .fetch_all(&pool)
            .await
            .unwrap();
    let named: Vec<_> = tags
        .iter()
        .map(|(_, user, name, at)| (user.as_str(), name.as_str(), *at))
        .collect();
    let expected = [
        ("alice", "Grün", 8),
        ("alice", "Home", 9),
        ("alice", "other", 10),
        ("bob", "home", 2),
    ];
    assert_eq!(named, expected);
    let [green, home, other, bobs]: [Uuid; 4] = tags
        .iter()
        .map(|tag| tag.0)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(green.get_version_num(), 8);
    let held: Vec<Vec<Uuid>> = sqlx::query_scalar("SELECT tags FROM tasks.task ORDER BY id")
        .fetch_all(&pool)
        .await
        .unwrap();
    let expected = [
        vec![home, green],
        vec![home, other],
        vec![green],
        vec![],
        vec![bobs],
        vec![],
    ];
    assert_eq!(held, expected);
    let users: Vec<(String, i64, i64)> =
        sqlx::query_as("SELECT user_id, position, sync_floor FROM tasks.user_state ORDER BY user_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let users: Vec<_> = users
        .iter()
        .map(|(user, at, floor)| (user.as_str(), *at, *floor))
        .collect();
    assert_eq!(users, [("alice", 10, 10), ("bob", 2, 2), ("carol", 3, 0)]);

    let again = migrated().await;
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM tasks.tag ORDER BY user_id, position")
        .fetch_all(&again.pool().await)
        .await
        .unwrap();
    assert_eq!(ids, [green, home, other, bobs], "the same rows give the same ids");
}

/// Of before there were figures: open and due or not, whole days, done, skipped, deleted, and an account that was erased.
const UNCOUNTED: &str = "
INSERT INTO tasks.user_state (user_id, position, erased_at) VALUES ('alice', 9, NULL), ('bob', 9, '2026-03-01Z');
INSERT INTO tasks.task (id, user_id, title, priority, status, tags, project_id, due_local, due_zone, due_at, reminders, version,
                        position, created_at, updated_at, completed_at, closed_at, deleted_at)
SELECT md5(t.position::text || t.user_id)::uuid, t.user_id, 't', 'normal', t.status, '{}', t.project_id::uuid, t.due_local,
       CASE WHEN t.due_local IS NOT NULL THEN 'Asia/Kathmandu' END, t.due_at::timestamptz, '[]', 1, t.position, now(), now(),
       t.completed_at::timestamptz, coalesce(t.completed_at, t.deleted_at)::timestamptz, t.deleted_at::timestamptz
  FROM (VALUES
    ('alice', 1, 'open', NULL, NULL, NULL, NULL, NULL),
    ('alice', 2, 'open', NULL, '2026-02-01', '2026-02-01T18:15Z', NULL, NULL),
    ('alice', 3, 'open', NULL, '2026-02-02T00:00:00', '2026-02-01T18:15Z', NULL, NULL),
    ('alice', 4, 'open', NULL, '2026-02-02T00:14:59', '2026-02-01T18:29:59Z', NULL, NULL),
    ('alice', 5, 'open', '00000000-0000-0000-0000-00000000000f', '2026-02-02T00:00:00', '2026-02-01T18:15Z', NULL, NULL),
    ('alice', 6, 'open', NULL, NULL, NULL, NULL, '2026-02-03Z'),
    ('alice', 7, 'skipped', NULL, NULL, NULL, '2026-02-03Z', NULL),
    ('alice', 8, 'done', NULL, NULL, NULL, '2026-02-03T23:59:59.999999Z', NULL),
    ('alice', 9, 'done', NULL, NULL, NULL, '2026-02-03T23:45Z', '2026-02-04Z'),
    ('bob', 1, 'done', NULL, NULL, NULL, '2026-02-03Z', '2026-02-28Z'),
    ('bob', 2, 'done', NULL, NULL, NULL, '2026-03-03Z', '2026-03-04Z')
  ) t (user_id, position, status, project_id, due_local, due_at, completed_at, deleted_at);
";

#[tokio::test]
async fn rows_of_before_are_counted() {
    let database = migrated_from(20, UNCOUNTED).await;
    let pool = database.pool().await;
    let open = "SELECT concat_ws(' ', user_id, day, right(project_id::text, 1), count, quarters) FROM tasks.stat_open ORDER BY 1";
    let open: Vec<String> = sqlx::query_scalar(open).fetch_all(&pool).await.unwrap();
    let expected = [
        "alice 2026-02-01 0 3 [72:73]={1,2}",
        "alice 2026-02-01 f 1 [73:73]={1}",
        "alice infinity 0 1 [0:0]={1}",
    ];
    assert_eq!(open, expected);
    let done = "SELECT concat_ws(' ', user_id, to_char(quarter AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), count) FROM tasks.stat_done ORDER BY 1";
    let done: Vec<String> = sqlx::query_scalar(done).fetch_all(&pool).await.unwrap();
    assert_eq!(done, ["alice 02-03 23:45 2", "bob 03-03 00:00 1"]);
    let takes_out = "UPDATE tasks.task SET project_id = md5('p')::uuid";
    sqlx::query(takes_out)
        .execute(&pool)
        .await
        .expect("what was counted can be taken out");
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_is_refused() {
    const ID: &str = "'00000000-0000-0000-0000-000000000007'";
    let broken = [
        ("version", "0"),
        ("position", "0"),
        ("priority", "'urgent'"),
        ("status", "'gone'"),
        // Closed without its times, with one of them, and the times of an open one.
        ("status", "'done'"),
        ("status, completed_at", "'done', now()"),
        ("status, closed_at", "'done', now()"),
        ("completed_at", "now()"),
        ("closed_at", "now()"),
        ("deleted_at, closed_at", "now(), NULL"),
        ("parent_id", ID),
        ("start_local", "'2026-01-01'"),
        ("start_zone", "'UTC'"),
        ("due_local, due_at", "'2026-01-01', now()"),
        ("due_zone, due_at", "'UTC', now()"),
        ("due_at", "now()"),
        ("due_local, due_zone", "'2026-01-01', 'UTC'"),
        ("reminders", "'{}'"),
        ("ordinal", "1"),
        ("slot", "'2026-01-01'"),
        ("ordinal, slot", "1, '2026-01-01'"),
        ("rrule", "'FREQ=DAILY'"),
        ("anchor", "'schedule'"),
        ("missed", "'keep'"),
        ("rrule, anchor, missed", "'FREQ=DAILY', 'schedule', 'keep'"),
        ("estimate", "0"),
        ("estimate", "525601"),
    ];
    let database = migrated().await;
    let pool = database.pool().await;
    let write = async |columns: &str, values: &str| {
        let given: Vec<&str> = columns.split(", ").collect();
        let rest = REST.iter().filter(|(column, _)| !given.contains(column));
        let (mut columns, mut values) = (columns.to_owned(), values.to_owned());
        for (column, value) in rest {
            columns.push_str(&format!(", {column}"));
            values.push_str(&format!(", {value}"));
        }
        let insert = format!("INSERT INTO tasks.task (id, {columns}) VALUES ({ID}, {values})");
        sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&pool).await
    };
    for (columns, values) in broken {
        let refused = write(columns, values).await.expect_err(columns);
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("23514"), "{columns} = {values}: {refused}");
    }
    write("estimate", "1").await.expect("a row that keeps the rules");
}

/// What a task has that nothing else is said of.
const REST: [(&str, &str); 10] = [
    ("user_id", "'alice'"),
    ("title", "'t'"),
    ("priority", "'normal'"),
    ("status", "'open'"),
    ("tags", "'{}'"),
    ("reminders", "'[]'"),
    ("version", "1"),
    ("position", "100"),
    ("created_at", "now()"),
    ("updated_at", "now()"),
];
