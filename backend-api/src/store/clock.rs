//! What time it is, to who changes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(pool)
        .await
}
