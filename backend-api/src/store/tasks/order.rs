//! The statements for the user's own order of tasks.

use shared_events::ids::{TaskId, UserId};
use sqlx::PgConnection;

use crate::domain::order::OrderKey;
use crate::domain::task::Task;
use crate::store::{Ordered, Side, read};

impl Ordered for Task {
    fn order(&self) -> &OrderKey {
        &self.order
    }

    async fn next_place(
        conn: &mut PgConnection,
        user: &UserId,
        moved: TaskId,
        beside: &Self,
        side: Side,
    ) -> Result<Option<OrderKey>, sqlx::Error> {
        let place = (&beside.order, beside.id);
        match side {
            Side::After => first_after(conn, user, moved, place).await,
            Side::Before => last_before(conn, user, moved, place).await,
        }
    }
}

/// The place of the first open task after the given one, but for the one that is moved.
async fn first_after(
    conn: &mut PgConnection,
    user: &UserId,
    moved: TaskId,
    (order, id): (&OrderKey, TaskId),
) -> Result<Option<OrderKey>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "SELECT order_key FROM tasks.task
          WHERE user_id = $1 AND status = 'open' AND deleted_at IS NULL AND id <> $2 AND (order_key, id) > ($3, $4)
          ORDER BY order_key, id LIMIT 1",
        user.as_str(),
        moved.as_uuid(),
        order.to_string(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    found.as_deref().map(read).transpose()
}

/// The place of the last open task before the given one, but for the one that is moved.
async fn last_before(
    conn: &mut PgConnection,
    user: &UserId,
    moved: TaskId,
    (order, id): (&OrderKey, TaskId),
) -> Result<Option<OrderKey>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "SELECT order_key FROM tasks.task
          WHERE user_id = $1 AND status = 'open' AND deleted_at IS NULL AND id <> $2 AND (order_key, id) < ($3, $4)
          ORDER BY order_key DESC, id DESC LIMIT 1",
        user.as_str(),
        moved.as_uuid(),
        order.to_string(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    found.as_deref().map(read).transpose()
}
