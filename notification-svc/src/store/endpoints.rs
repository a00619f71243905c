//! Webhook subscriptions.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A subscription as its owner sees it: without the secret.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its identity.
    pub endpoint_id: Uuid,
    /// Where calls go.
    pub url: String,
    /// Whether calls are made.
    pub enabled: bool,
    /// Why not, where they are not.
    pub disabled_reason: Option<String>,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
}

/// What a call needs to know of its endpoint.
#[derive(Clone)]
pub struct Target {
    /// Where the call goes.
    pub url: String,
    /// Signs it.
    pub secret: Vec<u8>,
    /// Whether it is still wanted.
    pub enabled: bool,
}

/// How many subscriptions the user has.
pub async fn count(conn: &mut PgConnection, user_id: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM notification.webhook_endpoint WHERE user_id = $1"#,
        user_id,
    )
    .fetch_one(conn)
    .await
}

/// Adds a subscription.
pub async fn insert(
    conn: &mut PgConnection,
    user_id: &str,
    endpoint_id: Uuid,
    url: &str,
    secret: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.webhook_endpoint (endpoint_id, user_id, url, secret) VALUES ($1, $2, $3, $4)",
        endpoint_id,
        user_id,
        url,
        secret,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All subscriptions of the user, oldest first. Their number is bounded, so there is no page to turn.
pub async fn list(conn: &mut PgConnection, user_id: &str) -> Result<Vec<Endpoint>, sqlx::Error> {
    sqlx::query_as!(
        Endpoint,
        "SELECT endpoint_id, url, enabled, disabled_reason, created_at
         FROM notification.webhook_endpoint WHERE user_id = $1 ORDER BY created_at, endpoint_id",
        user_id,
    )
    .fetch_all(conn)
    .await
}

/// Removes a subscription and its secret; false when the user has none of that id.
pub async fn delete(conn: &mut PgConnection, user_id: &str, endpoint_id: Uuid) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "DELETE FROM notification.webhook_endpoint WHERE user_id = $1 AND endpoint_id = $2",
        user_id,
        endpoint_id,
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Where and how to call, if the subscription that a delivery names as its target still exists. Compared as text: a
/// target that names none is none. A user has so few that this costs nothing.
pub async fn target(
    conn: &mut PgConnection,
    user_id: &str,
    target: &str,
) -> Result<Option<Target>, sqlx::Error> {
    sqlx::query_as!(
        Target,
        "SELECT url, secret, enabled FROM notification.webhook_endpoint
         WHERE user_id = $1 AND endpoint_id::text = $2",
        user_id,
        target,
    )
    .fetch_optional(conn)
    .await
}

/// Ends calls to a subscription, which stays visible with the reason.
pub async fn disable(
    conn: &mut PgConnection,
    user_id: &str,
    target: &str,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.webhook_endpoint SET enabled = false, disabled_reason = $3
         WHERE user_id = $1 AND endpoint_id::text = $2",
        user_id,
        target,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
