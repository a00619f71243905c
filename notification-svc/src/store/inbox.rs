//! The inbox, and each user's position in it.

use chrono::{DateTime, Utc};
use shared_events::ids::{ActionId, NotificationId, Position, ReminderId, TaskId, UserId, Version};
use sqlx::PgConnection;

/// A notification as stored.
#[derive(Debug, Clone)]
pub struct Notification {
    pub notification_id: NotificationId,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    /// At which version it fired.
    pub reminder_version: Version,
    /// The task's title when the reminder fired.
    pub title: String,
    pub due_at: Option<DateTime<Utc>>,
    pub fire_at: DateTime<Utc>,
    pub fired_at: DateTime<Utc>,
    pub late: bool,
    pub read_at: Option<DateTime<Utc>>,
    /// Rises by one with each change.
    pub version: Version,
    /// The version last told on `notification-events`.
    pub fact_version: Version,
    /// The version last told on `task-updates`.
    pub update_version: Version,
    /// The firing, as an action.
    pub action_id: ActionId,
    /// Where it entered the inbox.
    pub created_position: Position,
    /// Where it last changed.
    pub position: Position,
}

/// A user's row, locked: where the user's stream stands, and the time of record, taken after the lock.
#[derive(Debug, Clone, Copy)]
pub struct LockedUser {
    /// The position of the change that is being made, or of the last one.
    pub position: Position,
    pub now: DateTime<Utc>,
}

/// Locks the user's row and takes the next position.
pub async fn next_position(conn: &mut PgConnection, user: &UserId) -> Result<LockedUser, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position) VALUES ($1, 1)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position + 1
           RETURNING position, clock_timestamp() AS "now!""#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// Locks the user's row and takes the next position for a reminder that fires; `None` when it has fired for that time
/// before. To be asked by who holds the reminder's lock, so that nobody fires it meanwhile.
pub async fn next_position_unless_fired(
    conn: &mut PgConnection,
    user: &UserId,
    reminder_id: ReminderId,
    fire_at: DateTime<Utc>,
) -> Result<Option<LockedUser>, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position)
           SELECT $1, 1 WHERE NOT EXISTS (
               SELECT FROM notification.inbox WHERE user_id = $1 AND reminder_id = $2 AND fire_at = $3)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position + 1
           RETURNING position, clock_timestamp() AS "now!""#,
        user.as_str(),
        reminder_id.as_uuid(),
        fire_at,
    )
    .fetch_optional(conn)
    .await
}

/// Locks the user's row, as every change does first.
pub async fn lock_user(conn: &mut PgConnection, user: &UserId) -> Result<LockedUser, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position) VALUES ($1, 0)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position
           RETURNING position, clock_timestamp() AS "now!""#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// The user's newest position; zero before the first notification.
pub async fn position(conn: &mut PgConnection, user: &UserId) -> Result<Position, sqlx::Error> {
    let position = sqlx::query_scalar!(
        "SELECT position FROM notification.user_state WHERE user_id = $1",
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(position.map(Position).unwrap_or_default())
}

pub async fn insert(
    conn: &mut PgConnection,
    user: &UserId,
    notification: &Notification,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.inbox
             (notification_id, user_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
              version, fact_version, update_version, action_id, created_position, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        notification.notification_id.as_uuid(),
        user.as_str(),
        notification.task_id.as_uuid(),
        notification.reminder_id.as_uuid(),
        notification.reminder_version.get(),
        notification.title,
        notification.due_at,
        notification.fire_at,
        notification.fired_at,
        notification.late,
        notification.version.get(),
        notification.fact_version.get(),
        notification.update_version.get(),
        notification.action_id.as_uuid(),
        notification.created_position.get(),
        notification.position.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn get(
    conn: &mut PgConnection,
    user: &UserId,
    notification_id: NotificationId,
) -> Result<Option<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND notification_id = $2",
        user.as_str(),
        notification_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// The inbox, newest first, those that entered it below this position.
pub async fn newest(
    conn: &mut PgConnection,
    user: &UserId,
    below: Position,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND created_position < $2
         ORDER BY created_position DESC LIMIT $3",
        user.as_str(),
        below.get(),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// What changed after a position, in the order of the changes.
pub async fn changed_since(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND position > $2
         ORDER BY position LIMIT $3",
        user.as_str(),
        after.get(),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Writes what can change of a notification: that it was read, and its versions and position.
pub async fn update(
    conn: &mut PgConnection,
    user: &UserId,
    notification: &Notification,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.inbox
         SET read_at = $3, version = $4, fact_version = $5, update_version = $6, position = $7
         WHERE user_id = $1 AND notification_id = $2",
        user.as_str(),
        notification.notification_id.as_uuid(),
        notification.read_at,
        notification.version.get(),
        notification.fact_version.get(),
        notification.update_version.get(),
        notification.position.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
