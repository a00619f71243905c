//! The statements for tasks that say themselves whose transaction they are, so that each is a transaction of its own and one
//! round trip: those of a task that is created without a lock being held from one statement to the next, and reading one.

use chrono::{DateTime, Utc};
use shared_events::ids::{Epoch, Position, TaskId, UserId};
use shared_events::outbox::{Columns, Encoded};
use sqlx::PgConnection;

use super::{Description, Estimate, Reminder, TZDB_VERSION, TagId, Task, TaskRow, Value};
use crate::domain::idempotency::{Answer, Fingerprint, Key};
use crate::domain::settings::Choices;
use crate::store::settings::read_choices;
use crate::store::{corrupt, idempotency};

/// `serialization_failure`: what was seen no longer holds.
const NO_LONGER_HOLDS: &str = "40001";

/// What a change is made upon.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The last position given out.
    pub position: Position,
    pub epoch: Epoch,
    /// Postgres' clock, read after the position.
    pub at: DateTime<Utc>,
    /// What a new task goes by.
    pub choices: Choices,
}

#[derive(Debug)]
pub enum Looked {
    /// The user never changed anything, so that there is no position yet.
    NewUser,
    /// The outcome of an earlier request with this key, and that request's fingerprint.
    Answered(Fingerprint, Answer),
    Seen(Seen),
}

/// What an Idempotency-Key is answered with from now on.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    pub key: &'a Key,
    pub fingerprint: &'a Fingerprint,
    pub answer: &'a Answer,
}

/// A task that is not deleted.
///
/// The row is looked for once the transaction is the user's, since it is looked for by what that gives; in any other order the
/// policy would refuse to go on.
pub async fn get(conn: &mut PgConnection, user: &UserId, id: TaskId) -> Result<Option<Task>, sqlx::Error> {
    let row = select_tasks!(
        from "(SELECT set_config('taskwire.user', $1, true) AS caller OFFSET 0) entered CROSS JOIN LATERAL (
               SELECT * FROM tasks.task WHERE user_id = entered.caller AND id = $2 AND deleted_at IS NULL LIMIT 1) t",
        user.as_str(),
        id.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Task::try_from).transpose()
}

/// How far the user has come, and what the key was answered; in a transaction of its own.
pub async fn look(conn: &mut PgConnection, user: &UserId, key: Option<&Key>) -> Result<Looked, sqlx::Error> {
    let looked = sqlx::query!(
        r#"SELECT fingerprint, status, etag, location, answered_position, body,
                  last_position, of_epoch AS "of_epoch!", looked_at AS "looked_at!", timezone, default_reminders
             FROM tasks.look($1, $2)"#,
        user.as_str(),
        key.map(Key::as_str),
    )
    .fetch_one(conn)
    .await?;
    if let Some(fingerprint) = looked.fingerprint {
        let (fingerprint, answer) = idempotency::answered(
            fingerprint,
            looked.status,
            looked.etag,
            looked.location,
            looked.answered_position,
            looked.body,
        )?;
        return Ok(Looked::Answered(fingerprint, answer));
    }
    Ok(match looked.last_position {
        None => Looked::NewUser,
        Some(position) => Looked::Seen(Seen {
            position: Position(position),
            epoch: Epoch(looked.of_epoch),
            at: looked.looked_at,
            choices: read_choices(looked.timezone.as_deref(), looked.default_reminders.as_deref())?,
        }),
    })
}

/// Writes a new task at the position after the one that was seen, its events, and the answer to its key, in one statement
/// that is a transaction of its own. False if what was seen no longer holds, and then nothing was written.
pub async fn create(
    conn: &mut PgConnection,
    user: &UserId,
    seen: &Seen,
    task: &Task,
    events: &[Encoded],
    kept: Option<Kept<'_>>,
) -> Result<bool, sqlx::Error> {
    let events = Columns::from(events);
    let answer = kept.map(|kept| kept.answer);
    let status = answer.map(|answer| i16::try_from(answer.status));
    let written = write_task!(
        r#"WITH entered AS MATERIALIZED (SELECT tasks.enter_change($2, $34, $35, $36)),
                written AS (
               INSERT INTO tasks.task (id, user_id, title, description, priority, status, tags, project_id, parent_id,
                                       start_local, start_zone, due_local, due_zone, due_at, reminders, series_id,
                                       ordinal, slot, version, position, created_at, updated_at, completed_at,
                                       closed_at, deleted_at, estimate, rrule, anchor, missed, tzdb,
                                       order_key, template, start_at)
               SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                      $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33 FROM entered
               RETURNING user_id),
                kept AS (
               INSERT INTO tasks.idempotency (user_id, key, fingerprint, status, etag, location, position, body, for_ever)
               SELECT user_id, $36, $37, $38, $39, $40, $20, $41, $42 FROM written WHERE $36 IS NOT NULL
                   ON CONFLICT (user_id, key) DO UPDATE
                  SET fingerprint = excluded.fingerprint, status = excluded.status, etag = excluded.etag,
                      location = excluded.location, position = excluded.position, body = excluded.body,
                      created_at = excluded.created_at, for_ever = excluded.for_ever)
           SELECT true AS "written!", outbox.enqueue($43, $44, $45, $46, $47, $48, $49, $50, $51) AS "enqueued?: ()"
             FROM written"#,
        task,
        user,
        seen.position.get(),
        seen.epoch.0,
        kept.map(|kept| kept.key.as_str()),
        kept.map(|kept| kept.fingerprint.as_slice()),
        status.transpose().map_err(corrupt)?,
        answer.map(|answer| answer.etag.as_str()),
        answer.and_then(|answer| answer.location.as_deref()),
        answer.map(|answer| answer.body.as_slice()),
        kept.is_some_and(|kept| kept.key.is_for_ever()),
        &events.topics as &[&str],
        &events.keys as &[&str],
        &events.event_ids,
        &events.kinds as &[&str],
        &events.sources as &[&str],
        &events.fingerprints as &[&[u8]],
        &events.bodies as &[&[u8]],
        &events.times,
        &events.traces as &[Option<&str>],
    )
    .fetch_one(conn)
    .await;
    match written {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_LONGER_HOLDS) => Ok(false),
        Err(error) => Err(error),
    }
}
