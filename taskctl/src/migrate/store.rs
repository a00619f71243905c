//! The statements around the migrations: one lock, and passwords.

use sqlx::postgres::PgConnection;

/// Takes the lock that lets one migration run at a time; the connection's end releases it.
pub(crate) async fn try_lock(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock(hashtext('taskctl migrate')) AS "locked!""#)
        .fetch_one(connection)
        .await
}

/// Waits for that lock, as long as `limit_waiting` allows.
pub(crate) async fn wait_for_lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_lock(hashtext('taskctl migrate'))")
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// Lets no statement of this connection wait for a lock for more than ten minutes.
pub(crate) async fn limit_waiting(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SET lock_timeout = '10min'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps role and password for the rest of the transaction: ALTER ROLE itself takes no parameters.
pub(crate) async fn remember_password(
    connection: &mut PgConnection,
    role: &str,
    password: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT set_config('taskwire_migrate.role', $1, true) AS role, \
         set_config('taskwire_migrate.password', $2, true) AS password",
        role,
        password
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Sets the remembered password; the statement's text, which a server may log, does not hold it.
pub(crate) async fn apply_password(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', current_setting('taskwire_migrate.role'), \
         current_setting('taskwire_migrate.password')); END $$"
    )
    .execute(connection)
    .await?;
    Ok(())
}
