//! Webhook calls to be made, and the log of those that were.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A call to be made now: claimed, and invisible to other senders for the visibility timeout.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// The call.
    pub delivery_id: Uuid,
    /// Whose it is.
    pub user_id: String,
    /// What it is about.
    pub notification_id: Uuid,
    /// Where it goes.
    pub endpoint_id: Uuid,
    /// Which attempt this is, from 1. Also the fence: who finishes an older attempt changes nothing.
    pub attempt: i32,
    /// The time of the claim, which is the time the call is signed with.
    pub claimed_at: DateTime<Utc>,
}

/// How an attempt ended, for the log.
#[derive(Clone, Debug)]
pub struct AttemptEnd<'a> {
    /// In a word: the metric's label.
    pub outcome: &'a str,
    /// The HTTP status, where there was an answer.
    pub status: Option<i32>,
    /// For people.
    pub detail: Option<&'a str>,
}

/// Plans one call for each enabled endpoint of the user; how many that are.
pub async fn plan(conn: &mut PgConnection, user_id: &str, notification_id: Uuid) -> Result<u64, sqlx::Error> {
    let planned = sqlx::query!(
        "INSERT INTO notification.delivery (delivery_id, user_id, notification_id, endpoint_id)
         SELECT gen_random_uuid(), user_id, $2, endpoint_id
         FROM notification.webhook_endpoint WHERE user_id = $1 AND enabled
         ON CONFLICT (notification_id, endpoint_id) DO NOTHING",
        user_id,
        notification_id,
    )
    .execute(conn)
    .await?;
    Ok(planned.rows_affected())
}

/// Claims the call that has been due longest, leaving out endpoints that are being called already.
pub async fn claim_next(
    conn: &mut PgConnection,
    busy_endpoints: &[Uuid],
    visibility: Duration,
) -> Result<Option<ClaimedDelivery>, sqlx::Error> {
    sqlx::query_as!(
        ClaimedDelivery,
        r#"WITH due AS MATERIALIZED (
               SELECT delivery_id FROM notification.delivery
               WHERE state = 'pending' AND next_attempt_at <= (SELECT clock_timestamp()) AND endpoint_id <> ALL($1)
               ORDER BY next_attempt_at
               LIMIT 1
               FOR UPDATE SKIP LOCKED)
           UPDATE notification.delivery AS mine
           SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
           FROM due WHERE mine.delivery_id = due.delivery_id
           RETURNING mine.delivery_id, user_id, notification_id, endpoint_id, attempts AS attempt,
                     clock_timestamp() AS "claimed_at!""#,
        busy_endpoints,
        visibility.as_secs_f64(),
    )
    .fetch_optional(conn)
    .await
}

/// Seconds until the next call is due by the database's clock, endpoints that are being called left out.
pub async fn seconds_to_next(
    conn: &mut PgConnection,
    busy_endpoints: &[Uuid],
) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT EXTRACT(EPOCH FROM min(next_attempt_at) - clock_timestamp())::float8
         FROM notification.delivery WHERE state = 'pending' AND endpoint_id <> ALL($1)",
        busy_endpoints,
    )
    .fetch_one(conn)
    .await
}

/// Opens the log entry of an attempt.
pub async fn begin_attempt(conn: &mut PgConnection, delivery: &ClaimedDelivery) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.delivery_attempt (delivery_id, attempt, user_id, started_at) VALUES ($1, $2, $3, $4)",
        delivery.delivery_id,
        delivery.attempt,
        delivery.user_id,
        delivery.claimed_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Completes the log entry of an attempt.
pub async fn end_attempt(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    end: &AttemptEnd<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.delivery_attempt SET ended_at = clock_timestamp(), outcome = $4, status = $5, detail = $6
         WHERE delivery_id = $1 AND attempt = $2 AND user_id = $3",
        delivery.delivery_id,
        delivery.attempt,
        delivery.user_id,
        end.outcome,
        end.status,
        end.detail,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a call: `delivered` or `failed`. False when another sender took it over meanwhile.
pub async fn finish(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    state: &str,
) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "UPDATE notification.delivery SET state = $4
         WHERE delivery_id = $1 AND user_id = $2 AND attempts = $3 AND state = 'pending'",
        delivery.delivery_id,
        delivery.user_id,
        delivery.attempt,
        state,
    )
    .execute(conn)
    .await?;
    Ok(finished.rows_affected() == 1)
}

/// Plans the next attempt. Nothing happens when another sender took it over meanwhile.
pub async fn retry_after(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    pause: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.delivery SET next_attempt_at = clock_timestamp() + make_interval(secs => $4)
         WHERE delivery_id = $1 AND user_id = $2 AND attempts = $3 AND state = 'pending'",
        delivery.delivery_id,
        delivery.user_id,
        delivery.attempt,
        pause.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the waiting calls of an endpoint that is gone come up at once, so that each is ended and reported.
pub async fn hurry(conn: &mut PgConnection, user_id: &str, endpoint_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.delivery SET next_attempt_at = clock_timestamp()
         WHERE user_id = $1 AND endpoint_id = $2 AND state = 'pending' AND next_attempt_at > clock_timestamp()",
        user_id,
        endpoint_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
