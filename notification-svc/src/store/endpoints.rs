//! Webhook endpoints.

use chrono::{DateTime, Utc};
use shared_events::ids::{UserId, WebhookEndpointId};
use sqlx::PgConnection;

use crate::domain::secret::SigningSecret;

/// An endpoint as its owner sees it: without the secret.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub endpoint_id: WebhookEndpointId,
    pub url: String,
    pub enabled: bool,
    /// Why not, where they are not.
    pub disabled_reason: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// What a call needs to know of its endpoint.
#[derive(Debug, Clone)]
pub struct Callee {
    pub url: String,
    pub secret: SigningSecret,
    pub enabled: bool,
}

pub async fn count(conn: &mut PgConnection, user: &UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM notification.webhook_endpoint WHERE user_id = $1"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await
}

pub async fn insert(
    conn: &mut PgConnection,
    user: &UserId,
    endpoint_id: WebhookEndpointId,
    url: &str,
    secret: &SigningSecret,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.webhook_endpoint (endpoint_id, user_id, url, secret) VALUES ($1, $2, $3, $4)",
        endpoint_id.as_uuid(),
        user.as_str(),
        url,
        secret.as_bytes(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All endpoints of the user, oldest first. Their number is bounded, so there is no page to turn.
pub async fn list(conn: &mut PgConnection, user: &UserId) -> Result<Vec<Endpoint>, sqlx::Error> {
    sqlx::query_as!(
        Endpoint,
        "SELECT endpoint_id, url, enabled, disabled_reason, created_at
         FROM notification.webhook_endpoint WHERE user_id = $1 ORDER BY created_at, endpoint_id",
        user.as_str(),
    )
    .fetch_all(conn)
    .await
}

/// Removes an endpoint and its secret; false when the user has none of that id.
pub async fn delete(
    conn: &mut PgConnection,
    user: &UserId,
    endpoint_id: WebhookEndpointId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "DELETE FROM notification.webhook_endpoint WHERE user_id = $1 AND endpoint_id = $2",
        user.as_str(),
        endpoint_id.as_uuid(),
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Where and how to call, if the endpoint still exists.
pub async fn callee(
    conn: &mut PgConnection,
    user: &UserId,
    endpoint_id: WebhookEndpointId,
) -> Result<Option<Callee>, sqlx::Error> {
    sqlx::query_as!(
        Callee,
        "SELECT url, secret, enabled FROM notification.webhook_endpoint WHERE user_id = $1 AND endpoint_id = $2",
        user.as_str(),
        endpoint_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// Ends calls to an endpoint, which stays visible with the reason.
pub async fn disable(
    conn: &mut PgConnection,
    user: &UserId,
    endpoint_id: WebhookEndpointId,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.webhook_endpoint SET enabled = false, disabled_reason = $3
         WHERE user_id = $1 AND endpoint_id = $2",
        user.as_str(),
        endpoint_id.as_uuid(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
