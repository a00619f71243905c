//! The figures that are kept of tasks, beside what their rows come to.

use sqlx::postgres::PgConnection;

use super::PAGE;

/// Some users in the order of their names.
#[derive(Debug, Clone)]
pub(crate) struct UsersPage {
    pub(crate) users: i64,
    pub(crate) last: String,
}

pub(crate) async fn page_of_users(conn: &mut PgConnection, after: &str) -> sqlx::Result<Option<UsersPage>> {
    sqlx::query_as!(
        UsersPage,
        r#"SELECT count(*) AS "users!", max(user_id) AS "last!"
             FROM (SELECT user_id FROM tasks.user_state WHERE user_id > $1 ORDER BY user_id LIMIT $2) AS page
           HAVING count(*) > 0"#,
        after,
        PAGE,
    )
    .fetch_optional(conn)
    .await
}

/// Counts of a user that are kept otherwise than the rows of tasks say.
#[derive(Debug, Clone)]
pub(crate) struct WrongFigures {
    pub(crate) user_id: String,
    /// `open` or `done`.
    pub(crate) kind: String,
    /// What these come to.
    pub(crate) kept: i64,
    pub(crate) counted: i64,
}

/// Of the users after one, up to another. Sums may be equal where the days are not.
pub(crate) async fn wrong_figures(
    conn: &mut PgConnection,
    after: &str,
    until: &str,
) -> sqlx::Result<Vec<WrongFigures>> {
    sqlx::query_as!(
        WrongFigures,
        r#"SELECT user_id AS "user_id!", kind AS "kind!", coalesce(sum(kept.count), 0)::bigint AS "kept!",
                  coalesce(sum(counted.count), 0)::bigint AS "counted!"
             FROM (SELECT * FROM tasks.stat_as_kept WHERE user_id > $1 AND user_id <= $2) AS kept
             FULL JOIN (SELECT * FROM tasks.stat_of_rows WHERE user_id > $1 AND user_id <= $2) AS counted
            USING (user_id, kind, day, quarter, project_id)
            WHERE kept.count IS DISTINCT FROM counted.count
            GROUP BY user_id, kind ORDER BY user_id, kind"#,
        after,
        until,
    )
    .fetch_all(conn)
    .await
}
