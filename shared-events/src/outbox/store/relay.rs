//! The outbox's statements for the relay that holds the lease: reads, deletes, parked lanes, schema ids.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;
use uuid::Uuid;

use super::lease::LEASE;
use crate::codec::schema::Fingerprint;
use crate::outbox::{Lane, Published};

/// A row of the outbox, flat as sqlx's macro fills it, and the row before it of the same lane.
#[derive(Debug, Clone)]
pub(crate) struct OutboxRow {
    pub(crate) id: i64,
    pub(crate) previous: Option<i64>,
    pub(crate) topic: String,
    pub(crate) key: String,
    pub(crate) event_id: Uuid,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) traceparent: Option<String>,
}

/// What a page leaves out, as arrays.
#[derive(Debug, Default)]
pub(crate) struct ExcludedArrays {
    pub(crate) ids: Vec<i64>,
    /// Topics whose rows are left out beyond the id at the same place of `read_until`.
    pub(crate) topics: Vec<String>,
    pub(crate) read_until: Vec<i64>,
    pub(crate) lanes: Lanes,
}

/// Lanes as arrays, side by side.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    pub(crate) topics: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) sources: Vec<String>,
}

impl<'a> FromIterator<&'a Lane> for Lanes {
    fn from_iter<I: IntoIterator<Item = &'a Lane>>(lanes: I) -> Self {
        let mut arrays = Self::default();
        for lane in lanes {
            arrays.topics.push(lane.topic.to_string());
            arrays.keys.push(lane.key.to_string());
            arrays.sources.push(lane.source.to_string());
        }
        arrays
    }
}

/// A lane with pending rows that the relay has set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Parked {
    pub topic: String,
    pub key: String,
    /// The service that wrote the rows.
    pub source: String,
    /// The outbox row that cannot be published.
    pub message_id: i64,
    pub error: String,
    /// Since when the lane is parked.
    pub since: DateTime<Utc>,
}

/// The backlog at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Backlog {
    /// Pending rows, counted up to the limit given.
    pub rows: i64,
    pub oldest_seconds: f64,
}

/// Which rows a read is after.
#[derive(Debug)]
pub(crate) struct PageRange<'a> {
    /// Of this topic only.
    pub(crate) topic: Option<&'a str>,
    pub(crate) after: i64,
    pub(crate) until: i64,
    /// Ids that are looked for as well.
    pub(crate) holes: &'a [i64],
}

/// Rows of the holes and rows of the range, by id, at most `limit` of either.
///
/// `previous` comes from the same snapshot as the row: what it names was pending when the row was seen.
/// It is not looked for behind what a lane has `reached`. A relay whose lease has passed on reads nothing.
///
/// Rows are compared as a whole, since the planner would else take the index of the ids for a row before another and
/// walk over the dead rows of all lanes: while a snapshot is older, they stay.
pub(crate) async fn page(
    conn: &mut PgConnection,
    token: i64,
    range: &PageRange<'_>,
    excluded: &ExcludedArrays,
    (lanes, reached): &(Lanes, Vec<i64>),
    limit: i64,
) -> Result<Vec<OutboxRow>, sqlx::Error> {
    sqlx::query_as!(
        OutboxRow,
        r#"SELECT id AS "id!",
                  (SELECT e.id FROM outbox.message e
                    WHERE (e.topic, e.key, e.source, e.id) < (found.topic, found.key, found.source, found.id)
                      AND (e.topic, e.key, e.source, e.id) > (found.topic, found.key, found.source, found.reached)
                    ORDER BY e.topic DESC, e.key DESC, e.source DESC, e.id DESC LIMIT 1) AS previous,
                  topic AS "topic!", key AS "key!", event_id AS "event_id!", kind AS "kind!",
                  source AS "source!", fingerprint AS "fingerprint!", body AS "body!",
                  occurred_at AS "occurred_at!", traceparent
             FROM (SELECT pending.*,
                          coalesce((SELECT max(lane.id)
                                      FROM unnest($12::text[], $13::text[], $14::text[], $15::bigint[])
                                           AS lane(topic, key, source, id)
                                     WHERE lane.topic = pending.topic AND lane.key = pending.key
                                       AND lane.source = pending.source), 0) AS reached
                     FROM ((SELECT m.* FROM outbox.message m
                             WHERE m.id = ANY($2::bigint[])
                               AND m.id <= coalesce(($16::bigint[])[array_position($6::text[], m.topic)], m.id)
                               AND EXISTS (SELECT FROM outbox.lease WHERE name = $10 AND token = $11)
                             ORDER BY m.id LIMIT $4)
                           UNION ALL
                           (SELECT m.* FROM outbox.message m
                             WHERE m.id > $1 AND m.id <= $3
                               AND m.topic = coalesce($17::text, m.topic)
                               AND m.id NOT IN (SELECT unnest($5::bigint[]))
                               AND m.id <= coalesce(($16::bigint[])[array_position($6::text[], m.topic)], m.id)
                               AND (m.topic, m.key, m.source) NOT IN
                                   (SELECT * FROM unnest($7::text[], $8::text[], $9::text[]))
                               AND EXISTS (SELECT FROM outbox.lease WHERE name = $10 AND token = $11)
                             ORDER BY m.id LIMIT $4)) AS pending) AS found
            ORDER BY id"#,
        range.after,
        range.holes,
        range.until,
        limit,
        &excluded.ids,
        &excluded.topics,
        &excluded.lanes.topics,
        &excluded.lanes.keys,
        &excluded.lanes.sources,
        LEASE,
        token,
        &lanes.topics,
        &lanes.keys,
        &lanes.sources,
        reached,
        &excluded.read_until,
        range.topic,
    )
    .fetch_all(conn)
    .await
}

/// What [`page`] finds where nothing is left out and no lane is known: most reads, at less than half the cost.
pub(crate) async fn plain_page(
    conn: &mut PgConnection,
    token: i64,
    after: i64,
    holes: &[i64],
    limit: i64,
) -> Result<Vec<OutboxRow>, sqlx::Error> {
    sqlx::query_as!(
        OutboxRow,
        r#"SELECT m.id AS "id!",
                  (SELECT e.id FROM outbox.message e
                    WHERE (e.topic, e.key, e.source, e.id) < (m.topic, m.key, m.source, m.id)
                      AND (e.topic, e.key, e.source, e.id) > (m.topic, m.key, m.source, 0)
                    ORDER BY e.topic DESC, e.key DESC, e.source DESC, e.id DESC LIMIT 1) AS previous,
                  m.topic AS "topic!", m.key AS "key!", m.event_id AS "event_id!", m.kind AS "kind!",
                  m.source AS "source!", m.fingerprint AS "fingerprint!", m.body AS "body!",
                  m.occurred_at AS "occurred_at!", m.traceparent
             FROM ((SELECT * FROM outbox.message WHERE id = ANY($2::bigint[]) ORDER BY id LIMIT $5)
                   UNION ALL
                   (SELECT * FROM outbox.message WHERE id > $1 ORDER BY id LIMIT $5)) m
            WHERE EXISTS (SELECT FROM outbox.lease WHERE name = $3 AND token = $4)
            ORDER BY m.id"#,
        after,
        holes,
        LEASE,
        token,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// The first rows of each lane beyond the id given for it, at most `limit` per lane, by id.
///
/// Up to that id the lane is known: the row before another is not looked for there.
pub(crate) async fn refill(
    conn: &mut PgConnection,
    token: i64,
    lanes: &Lanes,
    after: &[i64],
    limit: i64,
) -> Result<Vec<OutboxRow>, sqlx::Error> {
    sqlx::query_as!(
        OutboxRow,
        r#"SELECT m.id AS "id!",
                  (SELECT e.id FROM outbox.message e
                    WHERE (e.topic, e.key, e.source, e.id) < (m.topic, m.key, m.source, m.id)
                      AND (e.topic, e.key, e.source, e.id) > (m.topic, m.key, m.source, lane.after)
                    ORDER BY e.topic DESC, e.key DESC, e.source DESC, e.id DESC LIMIT 1) AS previous,
                  m.topic AS "topic!", m.key AS "key!", m.event_id AS "event_id!", m.kind AS "kind!",
                  m.source AS "source!", m.fingerprint AS "fingerprint!", m.body AS "body!",
                  m.occurred_at AS "occurred_at!", m.traceparent
             FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS lane(topic, key, source, after)
            CROSS JOIN LATERAL (SELECT * FROM outbox.message r
                                 WHERE (r.topic, r.key, r.source, r.id)
                                       > (lane.topic, lane.key, lane.source, lane.after)
                                   AND (r.topic, r.key, r.source, r.id)
                                       <= (lane.topic, lane.key, lane.source, 9223372036854775807)
                                 ORDER BY r.topic, r.key, r.source, r.id LIMIT $5) m
            WHERE EXISTS (SELECT FROM outbox.lease WHERE name = $6 AND token = $7)
            ORDER BY m.id"#,
        &lanes.topics,
        &lanes.keys,
        &lanes.sources,
        after,
        limit,
        LEASE,
        token,
    )
    .fetch_all(conn)
    .await
}

/// The lowest and the highest id beyond `after`.
pub(crate) async fn span(conn: &mut PgConnection, after: i64) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let span = sqlx::query!(
        "SELECT (SELECT min(id) FROM outbox.message WHERE id > $1) AS first,
                (SELECT max(id) FROM outbox.message WHERE id > $1) AS last",
        after,
    );
    let span = span.fetch_one(conn).await?;
    Ok(span.first.zip(span.last))
}

/// Deletes rows that the broker has acknowledged; right whoever holds the lease by now.
///
/// An id alone does not say which row: after a restore the next ones come again, for other events.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    published: &[Published],
) -> Result<PgQueryResult, sqlx::Error> {
    let ids: Vec<i64> = published.iter().map(|row| row.id).collect();
    let event_ids: Vec<Uuid> = published.iter().map(|row| row.event_id).collect();
    let deleted = sqlx::query!(
        "DELETE FROM outbox.message
          WHERE id = ANY($1::bigint[]) AND (id, event_id) IN (SELECT * FROM unnest($1::bigint[], $2::uuid[]))",
        &ids,
        &event_ids,
    );
    deleted.execute(conn).await
}

/// How much is pending, counted up to `limit`, in one walk.
pub(crate) async fn backlog(conn: &mut PgConnection, limit: i64) -> Result<Backlog, sqlx::Error> {
    sqlx::query_as!(
        Backlog,
        r#"SELECT count(*) AS "rows!",
                  coalesce(extract(epoch FROM clock_timestamp() - min(created_at))::double precision, 0)
                      AS "oldest_seconds!"
             FROM (SELECT created_at FROM outbox.message ORDER BY id LIMIT $1) AS counted"#,
        limit,
    )
    .fetch_one(conn)
    .await
}

/// All parked lanes, the oldest first.
pub(crate) async fn parked(conn: &mut PgConnection) -> Result<Vec<Parked>, sqlx::Error> {
    sqlx::query_as!(
        Parked,
        "SELECT topic, key, source, message_id, error, since FROM outbox.parked
          ORDER BY since, topic, key, source"
    )
    .fetch_all(conn)
    .await
}

/// Notes that a lane is parked.
pub(crate) async fn park(
    conn: &mut PgConnection,
    lane: &Lane,
    message_id: i64,
    error: &str,
) -> Result<(), sqlx::Error> {
    let parked = sqlx::query!(
        "INSERT INTO outbox.parked (topic, key, source, message_id, error) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (topic, key, source) DO UPDATE
            SET message_id = excluded.message_id, error = excluded.error",
        &*lane.topic,
        &*lane.key,
        &*lane.source,
        message_id,
        error,
    );
    parked.execute(conn).await.map(drop)
}

/// Gives parked lanes free, those of a topic, key and source where one is named, and says which they were.
pub(crate) async fn unpark(
    conn: &mut PgConnection,
    topic: Option<&str>,
    key: Option<&str>,
    source: Option<&str>,
) -> Result<Vec<Parked>, sqlx::Error> {
    sqlx::query_as!(
        Parked,
        "DELETE FROM outbox.parked
          WHERE ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = $2)
            AND ($3::text IS NULL OR source = $3)
         RETURNING topic, key, source, message_id, error, since",
        topic,
        key,
        source,
    )
    .fetch_all(conn)
    .await
}

/// The registry ids known so far.
pub(crate) async fn schema_ids(
    conn: &mut PgConnection,
    registry: &str,
) -> Result<Vec<(String, Vec<u8>, i32)>, sqlx::Error> {
    let ids = sqlx::query!(
        "SELECT subject, fingerprint, id FROM outbox.schema_id WHERE registry = $1",
        registry
    );
    let ids = ids.fetch_all(conn).await?;
    Ok(ids
        .into_iter()
        .map(|row| (row.subject, row.fingerprint, row.id))
        .collect())
}

/// Keeps a registry id, so that an outage of the registry stops nothing that was ever sent before.
pub(crate) async fn keep_schema_id(
    conn: &mut PgConnection,
    registry: &str,
    subject: &str,
    fingerprint: &Fingerprint,
    id: i32,
) -> Result<(), sqlx::Error> {
    let kept = sqlx::query!(
        "INSERT INTO outbox.schema_id (registry, subject, fingerprint, id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (registry, fingerprint, subject) DO UPDATE SET id = excluded.id",
        registry,
        subject,
        fingerprint.as_slice(),
        id,
    );
    kept.execute(conn).await.map(drop)
}

/// Tells listeners; a statement of its own, never part of a business transaction.
pub(crate) async fn notify(conn: &mut PgConnection, channel: &str, payload: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_notify($1, $2)", channel, payload)
        .execute(conn)
        .await
        .map(drop)
}
