//! The outbox's statements for the relay's lease.

use sqlx::PgConnection;

/// The name of the lease that all relays of the database compete for.
pub(super) const LEASE: &str = "relay";

/// Takes the lease if it is free, expired, or the holder's already; gives the token.
pub(crate) async fn acquire(
    conn: &mut PgConnection,
    holder: &str,
    lasts_seconds: f64,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "INSERT INTO outbox.lease AS held (name, holder, token, expires_at)
         VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, token = held.token + 1,
                expires_at = clock_timestamp() + make_interval(secs => $3)
          WHERE held.expires_at <= clock_timestamp() OR held.holder = excluded.holder
         RETURNING token",
        LEASE,
        holder,
        lasts_seconds,
    )
    .fetch_optional(conn)
    .await
}

/// Extends the lease; false when somebody else took it meanwhile.
pub(crate) async fn renew(
    conn: &mut PgConnection,
    token: i64,
    lasts_seconds: f64,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "UPDATE outbox.lease SET expires_at = clock_timestamp() + make_interval(secs => $3)
          WHERE name = $1 AND token = $2",
        LEASE,
        token,
        lasts_seconds,
    );
    renewed.execute(conn).await.map(|done| done.rows_affected() == 1)
}

/// Gives the lease back, if it is still held.
pub(crate) async fn release(conn: &mut PgConnection, token: i64) -> Result<(), sqlx::Error> {
    let released = sqlx::query!(
        "UPDATE outbox.lease SET expires_at = clock_timestamp() WHERE name = $1 AND token = $2",
        LEASE,
        token,
    );
    released.execute(conn).await.map(drop)
}
