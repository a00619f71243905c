//! The inbox, and each user's position in it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A notification as stored.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Its identity.
    pub notification_id: Uuid,
    /// The task it is about.
    pub task_id: Uuid,
    /// The reminder that fired.
    pub reminder_id: Uuid,
    /// At which version.
    pub reminder_version: i64,
    /// The task's title when the reminder fired.
    pub title: String,
    /// When the task is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When the reminder was to fire.
    pub fire_at: DateTime<Utc>,
    /// When it fired.
    pub fired_at: DateTime<Utc>,
    /// Whether that was late.
    pub late: bool,
    /// When its user read it.
    pub read_at: Option<DateTime<Utc>>,
    /// Rises by one with each change.
    pub version: i64,
    /// The version last told on `notification-events`.
    pub fact_version: i64,
    /// The version last told on `task-updates`.
    pub update_version: i64,
    /// The firing, as an action.
    pub action_id: Uuid,
    /// Where it entered the inbox.
    pub created_position: i64,
    /// Where it last changed.
    pub position: i64,
}

/// A user's row, locked: where the user's stream stands, and the time of record, taken after the lock.
#[derive(Debug, Clone, Copy)]
pub struct LockedUser {
    /// The position of the change that is being made, or of the last one.
    pub position: i64,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Locks the user's row and takes the next position.
pub async fn next_position(conn: &mut PgConnection, user_id: &str) -> Result<LockedUser, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position) VALUES ($1, 1)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position + 1
           RETURNING position, clock_timestamp() AS "now!""#,
        user_id,
    )
    .fetch_one(conn)
    .await
}

/// Locks the user's row and takes the next position for a reminder that fires; `None` when it has fired for that time
/// before. To be asked by who holds the reminder's lock, so that nobody fires it meanwhile.
pub async fn next_position_unless_fired(
    conn: &mut PgConnection,
    user_id: &str,
    reminder_id: Uuid,
    fire_at: DateTime<Utc>,
) -> Result<Option<LockedUser>, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position)
           SELECT $1, 1 WHERE NOT EXISTS (
               SELECT FROM notification.inbox WHERE user_id = $1 AND reminder_id = $2 AND fire_at = $3)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position + 1
           RETURNING position, clock_timestamp() AS "now!""#,
        user_id,
        reminder_id,
        fire_at,
    )
    .fetch_optional(conn)
    .await
}

/// Locks the user's row, as every change does first.
pub async fn lock_user(conn: &mut PgConnection, user_id: &str) -> Result<LockedUser, sqlx::Error> {
    sqlx::query_as!(
        LockedUser,
        r#"INSERT INTO notification.user_state AS known (user_id, position) VALUES ($1, 0)
           ON CONFLICT (user_id) DO UPDATE SET position = known.position
           RETURNING position, clock_timestamp() AS "now!""#,
        user_id,
    )
    .fetch_one(conn)
    .await
}

/// The user's newest position; zero before the first notification.
pub async fn position(conn: &mut PgConnection, user_id: &str) -> Result<i64, sqlx::Error> {
    let position = sqlx::query_scalar!(
        "SELECT position FROM notification.user_state WHERE user_id = $1",
        user_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(position.unwrap_or(0))
}

/// Puts a new notification into the inbox.
pub async fn insert(
    conn: &mut PgConnection,
    user_id: &str,
    notification: &Notification,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO notification.inbox
             (notification_id, user_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
              version, fact_version, update_version, action_id, created_position, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        notification.notification_id,
        user_id,
        notification.task_id,
        notification.reminder_id,
        notification.reminder_version,
        notification.title,
        notification.due_at,
        notification.fire_at,
        notification.fired_at,
        notification.late,
        notification.version,
        notification.fact_version,
        notification.update_version,
        notification.action_id,
        notification.created_position,
        notification.position,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One notification of the user.
pub async fn get(
    conn: &mut PgConnection,
    user_id: &str,
    notification_id: Uuid,
) -> Result<Option<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND notification_id = $2",
        user_id,
        notification_id,
    )
    .fetch_optional(conn)
    .await
}

/// The inbox, newest first, from below `before`.
pub async fn newest(
    conn: &mut PgConnection,
    user_id: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND created_position < $2
         ORDER BY created_position DESC LIMIT $3",
        user_id,
        before,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// What changed after a position, in the order of the changes.
pub async fn changed_since(
    conn: &mut PgConnection,
    user_id: &str,
    since: i64,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    sqlx::query_as!(
        Notification,
        "SELECT notification_id, task_id, reminder_id, reminder_version, title, due_at, fire_at, fired_at, late,
                read_at, version, fact_version, update_version, action_id, created_position, position
         FROM notification.inbox WHERE user_id = $1 AND position > $2
         ORDER BY position LIMIT $3",
        user_id,
        since,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Writes what can change of a notification: that it was read, and its versions and position.
pub async fn update(
    conn: &mut PgConnection,
    user_id: &str,
    notification: &Notification,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.inbox
         SET read_at = $3, version = $4, fact_version = $5, update_version = $6, position = $7
         WHERE user_id = $1 AND notification_id = $2",
        user_id,
        notification.notification_id,
        notification.read_at,
        notification.version,
        notification.fact_version,
        notification.update_version,
        notification.position,
    )
    .execute(conn)
    .await?;
    Ok(())
}
