//! All SQL of this service: adding entries, and reading them back for their owner.

use chrono::{DateTime, Utc};
use shared_events::ids::{ActionId, EventId, TaskId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::entry::{Entry, Payload};

/// What a list reads of an [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub event_id: EventId,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub kind: String,
    pub aggregate: String,
    pub aggregate_id: String,
    pub task_id: Option<TaskId>,
    pub version: Version,
    pub actor: String,
    pub intent: String,
    pub action_id: ActionId,
    pub occurred_at: DateTime<Utc>,
}

/// Adds an entry unless its event id is known; false means it was.
///
/// The conflict names no column, since an arbiter would need a read that row-level security rightly refuses here.
pub async fn insert_entry(conn: &mut PgConnection, entry: &Entry) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"INSERT INTO audit.entry
               (event_id, topic, partition, "offset", kind, user_id, aggregate, aggregate_id, task_id, version,
                previous, epoch, position, actor, intent, action_id, causation_id, occurred_at, data_schema,
                traceparent, payload_hash)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
           ON CONFLICT DO NOTHING"#,
        entry.event_id.as_uuid(),
        entry.topic,
        entry.partition,
        entry.offset,
        entry.kind,
        entry.user.as_str(),
        entry.aggregate,
        entry.aggregate_id,
        entry.task_id.map(|id| id.as_uuid()),
        entry.version.get(),
        entry.previous.get(),
        entry.epoch.get(),
        entry.position.get(),
        entry.actor,
        entry.intent,
        entry.action_id.as_uuid(),
        entry.causation_id.map(|id| id.as_uuid()),
        entry.occurred_at,
        entry.data_schema,
        entry.traceparent,
        entry.payload_hash.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Adds entries whose event ids are not known, in their order, and says how many those were. One that is told of twice is
/// added once.
pub async fn insert_entries(conn: &mut PgConnection, entries: &[Entry]) -> Result<u64, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"INSERT INTO audit.entry
               (event_id, topic, partition, "offset", kind, user_id, aggregate, aggregate_id, task_id, version,
                previous, epoch, position, actor, intent, action_id, causation_id, occurred_at, data_schema,
                traceparent, payload_hash)
           SELECT event_id, topic, partition, "offset", kind, user_id, aggregate, aggregate_id, task_id, version,
                  previous, epoch, position, actor, intent, action_id, causation_id, occurred_at, data_schema,
                  traceparent, payload_hash
             FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::uuid[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                         $14::text[], $15::text[], $16::uuid[], $17::uuid[], $18::timestamptz[], $19::text[],
                         $20::text[], $21::bytea[])
                  WITH ORDINALITY AS e(event_id, topic, partition, "offset", kind, user_id, aggregate, aggregate_id,
                                       task_id, version, previous, epoch, position, actor, intent, action_id,
                                       causation_id, occurred_at, data_schema, traceparent, payload_hash, place)
            ORDER BY place
           ON CONFLICT DO NOTHING"#,
        &column(entries, |entry| entry.event_id.as_uuid()),
        &column(entries, |entry| entry.topic.as_str()) as &[&str],
        &column(entries, |entry| entry.partition),
        &column(entries, |entry| entry.offset),
        &column(entries, |entry| entry.kind.as_str()) as &[&str],
        &column(entries, |entry| entry.user.as_str()) as &[&str],
        &column(entries, |entry| entry.aggregate.as_str()) as &[&str],
        &column(entries, |entry| entry.aggregate_id.as_str()) as &[&str],
        &column(entries, |entry| entry.task_id.map(|id| id.as_uuid())) as &[Option<Uuid>],
        &column(entries, |entry| entry.version.get()),
        &column(entries, |entry| entry.previous.get()),
        &column(entries, |entry| entry.epoch.get()),
        &column(entries, |entry| entry.position.get()),
        &column(entries, |entry| entry.actor.as_str()) as &[&str],
        &column(entries, |entry| entry.intent.as_str()) as &[&str],
        &column(entries, |entry| entry.action_id.as_uuid()),
        &column(entries, |entry| entry.causation_id.map(|id| id.as_uuid())) as &[Option<Uuid>],
        &column(entries, |entry| entry.occurred_at),
        &column(entries, |entry| entry.data_schema.as_deref()) as &[Option<&str>],
        &column(entries, |entry| entry.traceparent.as_deref()) as &[Option<&str>],
        &column(entries, |entry| entry.payload_hash.as_slice()) as &[&[u8]],
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected())
}

fn column<'a, T>(entries: &'a [Entry], value: impl Fn(&'a Entry) -> T) -> Vec<T> {
    entries.iter().map(value).collect()
}

/// Keeps the record's value beside its entry.
pub async fn insert_payload(
    conn: &mut PgConnection,
    event_id: EventId,
    payload: &Payload,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO audit.payload (event_id, salt, body) VALUES ($1, $2, $3)",
        event_id.as_uuid(),
        payload.salt.as_slice(),
        payload.body,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the records' values beside their entries, which are as many and in the same order.
pub async fn insert_payloads(
    conn: &mut PgConnection,
    entries: &[Entry],
    payloads: &[Payload],
) -> Result<(), sqlx::Error> {
    let salts: Vec<&[u8]> = payloads.iter().map(|payload| payload.salt.as_slice()).collect();
    let bodies: Vec<&[u8]> = payloads.iter().map(|payload| payload.body.as_slice()).collect();
    sqlx::query!(
        "INSERT INTO audit.payload (event_id, salt, body)
         SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])",
        &column(entries, |entry| entry.event_id.as_uuid()),
        &salts as &[&[u8]],
        &bodies as &[&[u8]],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When an entry happened, and its event id, which breaks ties.
pub type EntryKey = (DateTime<Utc>, EventId);

/// Before every entry there can be: no change was committed in 1970.
const START: EntryKey = (DateTime::UNIX_EPOCH, EventId::from_uuid(Uuid::nil()));

/// A user's entries about one task, oldest first, those after the cursor.
pub async fn entries_of_task(
    conn: &mut PgConnection,
    user: &UserId,
    task_id: TaskId,
    after: Option<EntryKey>,
    limit: i64,
) -> Result<Vec<StoredEntry>, sqlx::Error> {
    let (occurred_at, event_id) = after.unwrap_or(START);
    sqlx::query_as!(
        StoredEntry,
        r#"SELECT event_id, topic, partition, "offset", kind, aggregate, aggregate_id, task_id AS "task_id: TaskId",
                  version, actor, intent, action_id, occurred_at
           FROM audit.entry
           WHERE user_id = $1 AND task_id = $2 AND (occurred_at, event_id) > ($3, $4)
           ORDER BY occurred_at, event_id
           LIMIT $5"#,
        user.as_str(),
        task_id.as_uuid(),
        occurred_at,
        event_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// All of a user's entries, oldest first, those after the cursor.
pub async fn entries_of_user(
    conn: &mut PgConnection,
    user: &UserId,
    after: Option<EntryKey>,
    limit: i64,
) -> Result<Vec<StoredEntry>, sqlx::Error> {
    let (occurred_at, event_id) = after.unwrap_or(START);
    sqlx::query_as!(
        StoredEntry,
        r#"SELECT event_id, topic, partition, "offset", kind, aggregate, aggregate_id, task_id AS "task_id: TaskId",
                  version, actor, intent, action_id, occurred_at
           FROM audit.entry
           WHERE user_id = $1 AND (occurred_at, event_id) > ($2, $3)
           ORDER BY occurred_at, event_id
           LIMIT $4"#,
        user.as_str(),
        occurred_at,
        event_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await
}
