//! What was stored before a migration is still there after it.

use notification_svc::MIGRATOR;
use service_kit::testing::Database;
use sqlx::migrate::{Migration, Migrator};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::world::all_migrations;

/// Rows as the first version of the schema holds them: two firings of one reminder at one time, which its key allowed;
/// a delivery that failed once and is to be tried again, and one that was dropped.
const ROWS: &str = "
    INSERT INTO notification.inbox (notification_id, user_id, task_id, reminder_id, reminder_version, title, fire_at,
                                    fired_at, late, version, fact_version, update_version, action_id, created_position,
                                    position)
    SELECT format('00000000-0000-0000-0000-00000000000%s', number)::uuid, 'alice', gen_random_uuid(),
           '00000000-0000-0000-0000-0000000000aa', number, 'Water the plants', '2026-12-01T07:00:00Z',
           '2026-12-01T07:00:01Z', false, 1, 1, 1, gen_random_uuid(), number, number
      FROM generate_series(1, 3) AS number;
    INSERT INTO notification.delivery (delivery_id, user_id, notification_id, endpoint_id, state, attempts)
    VALUES ('00000000-0000-0000-0000-0000000000d1', 'alice', '00000000-0000-0000-0000-000000000001',
            '00000000-0000-0000-0000-0000000000e1', 'pending', 2),
           ('00000000-0000-0000-0000-0000000000d2', 'alice', '00000000-0000-0000-0000-000000000002',
            '00000000-0000-0000-0000-0000000000e2', 'failed', 1);
    INSERT INTO notification.delivery_attempt (delivery_id, attempt, user_id, started_at, ended_at, outcome, status,
                                               detail)
    VALUES ('00000000-0000-0000-0000-0000000000d1', 1, 'alice', '2026-12-01T07:00:02Z', '2026-12-01T07:00:03.25Z',
            'rejected', 500, 'answered 500'),
           ('00000000-0000-0000-0000-0000000000d1', 2, 'alice', '2026-12-01T07:00:08Z', NULL, NULL, NULL, NULL),
           ('00000000-0000-0000-0000-0000000000d2', 1, 'alice', '2026-12-01T07:00:02Z', '2026-12-01T07:00:03Z',
            'dropped', NULL, 'the endpoint was deleted');";

/// Number, outcome, status and latency.
type Attempt = (i32, Option<String>, Option<i32>, Option<i32>);

fn first_version() -> &'static Migrator {
    let first: Vec<Migration> = MIGRATOR
        .iter()
        .filter(|migration| migration.version == 1)
        .cloned()
        .collect();
    let mut migrator = Migrator::with_migrations(first);
    migrator.dangerous_set_table_name(MIGRATOR.table_name.clone());
    Box::leak(Box::new(migrator))
}

#[tokio::test]
async fn deliveries_and_attempts_of_the_first_schema_are_kept() {
    let database = Database::create(&all_migrations(first_version()).await).await;
    let mut admin = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&mut admin).await.unwrap();
    MIGRATOR.run_direct(None, &mut admin, false).await.unwrap();
    let deliveries: Vec<(String, String, String, i32, bool)> = sqlx::query_as(
        "SELECT channel, target, origin, attempts, created_at = '2026-12-01T07:00:01Z'
         FROM notification.delivery ORDER BY target",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let expected = |number: u128, attempts| {
        let target = Uuid::from_u128(0xe0 + number).to_string();
        (
            "webhook".to_owned(),
            target,
            "reminder".to_owned(),
            attempts,
            true,
        )
    };
    assert_eq!(deliveries, [expected(1, 2), expected(2, 1)]);
    let attempts: Vec<Attempt> = sqlx::query_as(
        "SELECT number, outcome, status, latency_ms FROM notification.attempt ORDER BY delivery_id, number",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert_eq!(
        attempts,
        [
            (1, Some("rejected".to_owned()), Some(500), Some(1_250)),
            (2, None, None, None),
            (1, Some("dropped".to_owned()), None, None),
        ]
    );
    let times: Vec<String> = sqlx::query_scalar(
        "SELECT to_char(fire_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') FROM notification.inbox ORDER BY created_position",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert_eq!(times, ["07:00:00.000000", "06:59:59.999999", "06:59:59.999998"]);
}
