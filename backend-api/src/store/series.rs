//! The statements for series.

use chrono::{DateTime, Utc};
use recurrence::{Exceptions, WallTime};
use shared_events::ids::{Position, SeriesId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Stored, corrupt, of_version_before, read};
use crate::domain::recurrence::Series;

/// Series as their rows say.
macro_rules! select_series {
    ($condition:literal, $($bind:expr),+ $(,)?) => {
        sqlx::query_as!(
            SeriesRow,
            "SELECT id, rrule, anchor, missed, dtstart, zone, count_base, revision, alive, last_ordinal, version,
                    position, created_at, updated_at, exdates, rdates
               FROM tasks.series " + $condition,
            $($bind),+
        )
    };
}

impl Stored for Series {
    async fn get(conn: &mut PgConnection, user: &UserId, id: SeriesId) -> Result<Option<Self>, sqlx::Error> {
        let row = select_series!("WHERE user_id = $1 AND id = $2", user.as_str(), id.as_uuid(),)
            .fetch_optional(conn)
            .await?;
        row.map(Series::try_from).transpose()
    }

    async fn insert(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO tasks.series (id, user_id, rrule, anchor, missed, dtstart, zone, count_base, revision, alive,
                                       last_ordinal, version, position, created_at, updated_at, exdates, rdates)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            self.id.as_uuid(),
            user.as_str(),
            self.plan.rule.to_string(),
            self.plan.anchor.as_str(),
            self.plan.missed.as_str(),
            self.plan.dtstart.to_string(),
            self.plan.zone.name(),
            self.plan.count_base,
            self.revision,
            self.alive,
            self.last_ordinal,
            self.version.get(),
            self.position.get(),
            self.created_at,
            self.updated_at,
            &written(self.plan.exceptions.excluded()),
            &written(self.plan.exceptions.added()),
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn update(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        let written = sqlx::query!(
            "UPDATE tasks.series
                SET rrule = $3, anchor = $4, missed = $5, dtstart = $6, zone = $7, count_base = $8, revision = $9,
                    alive = $10, version = $11, position = $12, updated_at = $13, exdates = $14, rdates = $15
              WHERE user_id = $1 AND id = $2 AND version + 1 = $11",
            user.as_str(),
            self.id.as_uuid(),
            self.plan.rule.to_string(),
            self.plan.anchor.as_str(),
            self.plan.missed.as_str(),
            self.plan.dtstart.to_string(),
            self.plan.zone.name(),
            self.plan.count_base,
            self.revision,
            self.alive,
            self.version.get(),
            self.position.get(),
            self.updated_at,
            &written(self.plan.exceptions.excluded()),
            &written(self.plan.exceptions.added()),
        )
        .execute(conn)
        .await?;
        of_version_before::<Self>(written)
    }
}

/// Counts one more occurrence; false if it is not the next one.
pub async fn advance(
    conn: &mut PgConnection,
    user: &UserId,
    id: SeriesId,
    ordinal: i32,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE tasks.series SET last_ordinal = $3 WHERE user_id = $1 AND id = $2 AND last_ordinal = $3 - 1",
        user.as_str(),
        id.as_uuid(),
        ordinal,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The series that changed after one position, up to another.
pub async fn changed(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
    limit: i64,
) -> Result<Vec<Series>, sqlx::Error> {
    let rows = select_series!(
        "WHERE user_id = $1 AND position > $2 AND position <= $3
         ORDER BY position LIMIT $4",
        user.as_str(),
        after.get(),
        until.get(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Series::try_from).collect()
}

fn written(slots: &[WallTime]) -> Vec<String> {
    slots.iter().map(WallTime::to_string).collect()
}

fn wall_times(texts: &[String]) -> Result<Vec<WallTime>, sqlx::Error> {
    texts.iter().map(|text| read(text)).collect()
}

struct SeriesRow {
    id: Uuid,
    rrule: String,
    anchor: String,
    missed: String,
    dtstart: String,
    zone: String,
    count_base: i32,
    revision: i64,
    alive: bool,
    last_ordinal: i32,
    version: i64,
    position: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    exdates: Vec<String>,
    rdates: Vec<String>,
}

impl TryFrom<SeriesRow> for Series {
    type Error = sqlx::Error;

    fn try_from(row: SeriesRow) -> Result<Self, sqlx::Error> {
        let plan = recurrence::Series {
            rule: read(&row.rrule)?,
            zone: read(&row.zone)?,
            dtstart: read(&row.dtstart)?,
            count_base: row.count_base,
            anchor: read(&row.anchor)?,
            missed: read(&row.missed)?,
            exceptions: Exceptions::new(wall_times(&row.exdates)?, wall_times(&row.rdates)?)
                .map_err(corrupt)?,
        };
        Ok(Self {
            id: SeriesId::from_uuid(row.id),
            plan,
            revision: row.revision,
            alive: row.alive,
            last_ordinal: row.last_ordinal,
            version: Version(row.version),
            position: Position(row.position),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
