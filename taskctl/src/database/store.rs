//! What the database says of the role that asks.

use sqlx::postgres::PgConnection;

/// Whether this role sees the rows of every service: their policies hide all of them from any other role.
pub(super) async fn sees_all(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT rolsuper OR rolbypassrls AS "sees!" FROM pg_roles WHERE rolname = current_user"#
    )
    .fetch_one(conn)
    .await
}
