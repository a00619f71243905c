//! Everything that a look asks of the database. Pages go by primary key, each statement on its own: a look takes minutes,
//! and a snapshot that old would keep the outbox from being tidied.

mod figures;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

pub(crate) use figures::{WrongFigures, page_of_users, wrong_figures};

/// How many rows a page has.
pub(crate) const PAGE: i64 = 5_000;

/// An aggregate, and what the audit log has of it in all.
#[derive(Debug, Clone)]
pub(crate) struct Coverage {
    pub(crate) id: Uuid,
    /// The key of its records.
    pub(crate) key: Uuid,
    pub(crate) user_id: String,
    /// The version of its last event.
    pub(crate) told: i64,
    pub(crate) changed_at: DateTime<Utc>,
    /// The sum of what each entry adds to the version.
    pub(crate) covered: i64,
    pub(crate) first_epoch: Option<i64>,
    pub(crate) last_epoch: Option<i64>,
}

/// A page of aggregates, `$1` being the id before it, `$2` its size.
macro_rules! coverage {
    ($rows:literal, $conn:expr, $after:expr) => {
        sqlx::query_as!(
            Coverage,
            "WITH page AS (" + $rows + r#")
             SELECT page.id AS "id!", page.key AS "key!", page.user_id AS "user_id!", page.told AS "told!",
                    page.changed_at AS "changed_at!", log.covered AS "covered!", log.first_epoch, log.last_epoch
               FROM page CROSS JOIN LATERAL (
                    SELECT coalesce(sum(e.version - e.previous), 0)::bigint AS covered, min(e.epoch) AS first_epoch,
                           max(e.epoch) AS last_epoch
                      FROM audit.entry e WHERE e.aggregate_id COLLATE "C" = page.id::text) log
              ORDER BY page.id"#,
            $after,
            PAGE,
        )
        .fetch_all($conn)
        .await
    };
}

pub(crate) async fn tasks(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.task WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn series(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.series WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn tags(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.tag WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn projects(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.project WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn filters(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.filter WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn settings(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT id, id AS key, user_id, version AS told, updated_at AS changed_at
           FROM tasks.settings WHERE id > $1 ORDER BY id LIMIT $2",
        conn,
        after
    )
}

/// A reminder changes with its task, and keeps no time of its own.
pub(crate) async fn reminders(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT r.id, r.task_id AS key, r.user_id, r.version AS told, t.updated_at AS changed_at
           FROM tasks.reminder r JOIN tasks.task t ON t.id = r.task_id WHERE r.id > $1 ORDER BY r.id LIMIT $2",
        conn,
        after
    )
}

pub(crate) async fn notifications(conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
    coverage!(
        "SELECT notification_id AS id, task_id AS key, user_id, fact_version AS told, fired_at AS changed_at
           FROM notification.inbox WHERE notification_id > $1 ORDER BY notification_id LIMIT $2",
        conn,
        after
    )
}

/// An entry of the audit log: its place in the order of versions, and where its record lay.
#[derive(Debug, Clone)]
pub(crate) struct StoredEntry {
    pub(crate) epoch: i64,
    pub(crate) version: i64,
    pub(crate) previous: i64,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

pub(crate) async fn entries(conn: &mut PgConnection, id: Uuid) -> sqlx::Result<Vec<StoredEntry>> {
    sqlx::query_as!(
        StoredEntry,
        r#"SELECT epoch, version, previous, topic, partition, "offset"
             FROM audit.entry WHERE aggregate_id COLLATE "C" = $1::uuid::text ORDER BY epoch, version"#,
        id,
    )
    .fetch_all(conn)
    .await
}

/// Which of these events the audit log has.
pub(crate) async fn known(conn: &mut PgConnection, events: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT event_id FROM audit.entry WHERE event_id = ANY($1)",
        events
    )
    .fetch_all(conn)
    .await
}

/// Lets this session change nothing, whoever it is.
pub(crate) async fn read_only(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SET default_transaction_read_only = on")
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn epoch(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!("SELECT epoch FROM outbox.epoch")
        .fetch_one(conn)
        .await
}

/// `open`, `redriven` or `dropped` where a dead letter left a hole.
pub(crate) async fn hole(
    conn: &mut PgConnection,
    group: &str,
    topic: &str,
    partition: i32,
    offset: i64,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"SELECT state FROM outbox.hole
            WHERE group_id = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 LIMIT 1"#,
        group,
        topic,
        partition,
        offset,
    )
    .fetch_optional(conn)
    .await
}

/// A row that waits to be published.
#[derive(Debug, Clone)]
pub(crate) struct PendingRow {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) is_parked: bool,
}

/// How many rows of one key are looked into.
pub(crate) const PENDING: i64 = 1_000;

pub(crate) async fn anything_pending(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM outbox.message) AS "is!""#)
        .fetch_one(conn)
        .await
}

/// What waits under a topic and key, the oldest first.
pub(crate) async fn pending(
    conn: &mut PgConnection,
    topic: &str,
    key: &str,
) -> sqlx::Result<Vec<PendingRow>> {
    sqlx::query_as!(
        PendingRow,
        r#"SELECT m.fingerprint, m.body, p.topic IS NOT NULL AS "is_parked!"
             FROM outbox.message m LEFT JOIN outbox.parked p USING (topic, key, source)
            WHERE m.topic = $1 AND m.key = $2 ORDER BY m.id LIMIT $3"#,
        topic,
        key,
        PENDING,
    )
    .fetch_all(conn)
    .await
}

/// Where a user's stream stands.
#[derive(Debug, Clone)]
pub(crate) struct StreamEnd {
    pub(crate) user_id: String,
    pub(crate) position: i64,
    /// When that position was given out.
    pub(crate) changed_at: Option<DateTime<Utc>>,
    /// The first position that was given out after the given time.
    pub(crate) oldest: Option<i64>,
}

/// Every position belongs to one aggregate, and nothing has overwritten the last.
pub(crate) async fn task_streams(
    conn: &mut PgConnection,
    after: &str,
    since: DateTime<Utc>,
    epoch: i64,
) -> sqlx::Result<Vec<StreamEnd>> {
    sqlx::query_as!(
        StreamEnd,
        r#"WITH page AS (SELECT user_id, position FROM tasks.user_state
                          WHERE user_id > $1 ORDER BY user_id LIMIT $2)
           SELECT page.user_id, page.position,
                  (SELECT max(at) FROM (
                       SELECT updated_at AS at FROM tasks.task t
                        WHERE t.user_id = page.user_id AND t.position = page.position
                       UNION ALL SELECT updated_at FROM tasks.series s
                        WHERE s.user_id = page.user_id AND s.position = page.position
                       UNION ALL SELECT updated_at FROM tasks.tag g
                        WHERE g.user_id = page.user_id AND g.position = page.position
                       UNION ALL SELECT updated_at FROM tasks.project p
                        WHERE p.user_id = page.user_id AND p.position = page.position
                       UNION ALL SELECT updated_at FROM tasks.filter f
                        WHERE f.user_id = page.user_id AND f.position = page.position
                       UNION ALL SELECT updated_at FROM tasks.settings c
                        WHERE c.user_id = page.user_id AND c.position = page.position) last) AS changed_at,
                  (SELECT e.position FROM audit.entry e
                    WHERE e.user_id = page.user_id AND e.occurred_at > $3 AND e.epoch = $4
                      AND e.position > 0 AND e.aggregate <> 'notification'
                    ORDER BY e.occurred_at, e.event_id LIMIT 1) AS oldest
             FROM page ORDER BY page.user_id"#,
        after,
        PAGE,
        since,
        epoch,
    )
    .fetch_all(conn)
    .await
}

pub(crate) async fn notification_streams(
    conn: &mut PgConnection,
    after: &str,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<StreamEnd>> {
    sqlx::query_as!(
        StreamEnd,
        r#"WITH page AS (SELECT user_id, position FROM notification.user_state
                          WHERE user_id > $1 ORDER BY user_id LIMIT $2)
           SELECT page.user_id, page.position,
                  (SELECT coalesce(i.read_at, i.fired_at) FROM notification.inbox i
                    WHERE i.user_id = page.user_id AND i.position = page.position) AS changed_at,
                  (SELECT min(i.position) FROM notification.inbox i
                    WHERE i.user_id = page.user_id AND coalesce(i.read_at, i.fired_at) > $3) AS oldest
             FROM page ORDER BY page.user_id"#,
        after,
        PAGE,
        since,
    )
    .fetch_all(conn)
    .await
}

/// A living series, and its newest occurrence where that is closed or not there at all.
#[derive(Debug, Clone)]
pub(crate) struct SeriesRow {
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    pub(crate) rrule: String,
    pub(crate) anchor: String,
    pub(crate) missed: String,
    pub(crate) dtstart: String,
    pub(crate) zone: String,
    pub(crate) count_base: i32,
    pub(crate) exdates: Vec<String>,
    pub(crate) rdates: Vec<String>,
    pub(crate) last_ordinal: i32,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) task_id: Option<Uuid>,
    pub(crate) slot: Option<String>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
}

/// Living series; with `only`, those of them.
pub(crate) async fn living_series(
    conn: &mut PgConnection,
    after: Uuid,
    only: Option<&[Uuid]>,
) -> sqlx::Result<Vec<SeriesRow>> {
    sqlx::query_as!(
        SeriesRow,
        r#"SELECT s.id, s.user_id, s.rrule, s.anchor, s.missed, s.dtstart, s.zone, s.count_base, s.exdates, s.rdates, s.last_ordinal,
                  s.updated_at, t.id AS "task_id?", t.slot, t.completed_at, t.closed_at
             FROM tasks.series s LEFT JOIN tasks.task t ON t.series_id = s.id AND t.ordinal = s.last_ordinal
            WHERE s.alive AND s.id > $1 AND ($3::uuid[] IS NULL OR s.id = ANY($3)) ORDER BY s.id LIMIT $2"#,
        after,
        PAGE,
        only,
    )
    .fetch_all(conn)
    .await
}

/// A reminder that is to fire, and what notification-svc knows of it.
#[derive(Debug, Clone)]
pub(crate) struct ReminderRow {
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    pub(crate) task_id: Uuid,
    pub(crate) version: i64,
    pub(crate) fire_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) state: Option<String>,
    pub(crate) scheduled_for: Option<DateTime<Utc>>,
    pub(crate) has_fired: bool,
}

/// Reminders that are to fire, as `tasks.reminder_truth` says; with `only`, those of them.
pub(crate) async fn reminder_states(
    conn: &mut PgConnection,
    after: Uuid,
    only: Option<&[Uuid]>,
) -> sqlx::Result<Vec<ReminderRow>> {
    sqlx::query_as!(
        ReminderRow,
        r#"SELECT r.id, r.user_id, r.task_id, r.version, r.fire_at, t.updated_at AS changed_at,
                  s.state AS "state?", s.fire_at AS "scheduled_for?",
                  EXISTS (SELECT FROM notification.inbox i
                           WHERE i.reminder_id = r.id AND i.fire_at = r.fire_at) AS "has_fired!"
             FROM tasks.reminder r JOIN tasks.task t ON t.id = r.task_id
             LEFT JOIN notification.schedule s ON s.reminder_id = r.id
            WHERE r.state = 'scheduled' AND t.status = 'open' AND t.deleted_at IS NULL
              AND r.id > $1 AND ($3::uuid[] IS NULL OR r.id = ANY($3))
            ORDER BY r.id LIMIT $2"#,
        after,
        PAGE,
        only,
    )
    .fetch_all(conn)
    .await
}
