//! What the channels have to deliver, and the log of their attempts. Nothing here is of one channel: a target is what
//! its channel calls it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shared_events::event::notification::channel;
use shared_events::ids::{DeliveryId, NotificationId, UserId};
use sqlx::PgConnection;

/// A delivery to be made now: claimed, and invisible to other senders for the visibility timeout.
#[derive(Debug, Clone)]
pub struct ClaimedDelivery {
    pub delivery_id: DeliveryId,
    /// As the row says: one that is no user id must not hold up the other deliveries.
    pub user_id: String,
    /// What it is about; nothing for a test event.
    pub notification_id: Option<NotificationId>,
    /// Whom it goes to, as the channel says it.
    pub target: String,
    /// Which attempt this is, from 1. Also the fence: who finishes an older attempt changes nothing.
    pub attempt: i32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// The time of the claim, which is the time of the attempt.
    pub claimed_at: DateTime<Utc>,
}

/// What came of an attempt, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// In a word: the metric's label.
    pub outcome: &'static str,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How long the other side took, where it was asked.
    pub latency: Option<Duration>,
    /// For people, in our words.
    pub detail: String,
    /// The beginning of what was answered, or of the error in its place.
    pub response: Option<String>,
}

/// Plans the delivery of a reminder that fired: one webhook call for each enabled endpoint of the user.
pub async fn plan(
    conn: &mut PgConnection,
    user: &UserId,
    notification_id: NotificationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.delivery (delivery_id, user_id, notification_id, channel, target, origin)
         SELECT gen_random_uuid(), user_id, $2, $3, endpoint_id::text, 'reminder'
         FROM notification.webhook_endpoint WHERE user_id = $1 AND enabled
         ON CONFLICT (notification_id, channel, target) WHERE origin = 'reminder' DO NOTHING",
        user.as_str(),
        notification_id.as_uuid(),
        channel::WEBHOOK,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Claims a channel's delivery that has been due longest, leaving out targets that are being served already.
pub async fn claim_next(
    conn: &mut PgConnection,
    channel: &str,
    busy_targets: &[String],
    visibility: Duration,
) -> Result<Option<ClaimedDelivery>, sqlx::Error> {
    sqlx::query_as!(
        ClaimedDelivery,
        r#"WITH due AS MATERIALIZED (
               SELECT delivery_id FROM notification.delivery
               WHERE state = 'pending' AND channel = $1 AND next_attempt_at <= (SELECT clock_timestamp())
                 AND target <> ALL($2)
               ORDER BY next_attempt_at
               LIMIT 1
               FOR UPDATE SKIP LOCKED)
           UPDATE notification.delivery AS mine
           SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $3)
           FROM due WHERE mine.delivery_id = due.delivery_id
           RETURNING mine.delivery_id, user_id, notification_id AS "notification_id: NotificationId", target, attempts AS attempt, created_at,
                     clock_timestamp() AS "claimed_at!""#,
        channel,
        busy_targets,
        visibility.as_secs_f64(),
    )
    .fetch_optional(conn)
    .await
}

/// Seconds until a channel's next delivery is due by the database's clock, targets that are being served left out.
pub async fn seconds_to_next(
    conn: &mut PgConnection,
    channel: &str,
    busy_targets: &[String],
) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT EXTRACT(EPOCH FROM min(next_attempt_at) - clock_timestamp())::float8
         FROM notification.delivery WHERE state = 'pending' AND channel = $1 AND target <> ALL($2)",
        channel,
        busy_targets,
    )
    .fetch_one(conn)
    .await
}

/// Opens the log entry of an attempt.
pub async fn begin_attempt(conn: &mut PgConnection, delivery: &ClaimedDelivery) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.attempt (delivery_id, number, user_id, at) VALUES ($1, $2, $3, $4)",
        delivery.delivery_id.as_uuid(),
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
    result: &AttemptResult,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.attempt SET outcome = $4, status = $5, latency_ms = $6, detail = $7, response = $8
         WHERE delivery_id = $1 AND number = $2 AND user_id = $3",
        delivery.delivery_id.as_uuid(),
        delivery.attempt,
        delivery.user_id,
        result.outcome,
        result.status.map(i32::from),
        result
            .latency
            .map(|latency| i32::try_from(latency.as_millis()).unwrap_or(i32::MAX)),
        result.detail,
        result.response,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a delivery: `delivered` or `failed`. False when another sender took it over meanwhile.
pub async fn finish(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    state: &str,
) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "UPDATE notification.delivery SET state = $4
         WHERE delivery_id = $1 AND user_id = $2 AND attempts = $3 AND state = 'pending'",
        delivery.delivery_id.as_uuid(),
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
        delivery.delivery_id.as_uuid(),
        delivery.user_id,
        delivery.attempt,
        pause.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes what waits for a target due at once: the target is closed, and each delivery is ended and reported.
pub async fn make_due(
    conn: &mut PgConnection,
    user: &UserId,
    channel: &str,
    target: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.delivery SET next_attempt_at = clock_timestamp()
         WHERE user_id = $1 AND channel = $2 AND target = $3 AND state = 'pending'
           AND next_attempt_at > clock_timestamp()",
        user.as_str(),
        channel,
        target,
    )
    .execute(conn)
    .await?;
    Ok(())
}
