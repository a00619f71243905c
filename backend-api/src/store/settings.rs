//! The statements for settings, of which each user has one row at most.

use chrono::{DateTime, Utc};
use shared_events::ids::{Position, SettingsId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Stored, of_version_before, read};
use crate::domain::reminder::Before;
use crate::domain::settings::{Choices, Settings};

/// Settings as their row says.
macro_rules! select_settings {
    ($condition:literal, $($bind:expr),+ $(,)?) => {
        sqlx::query_as!(
            SettingsRow,
            "SELECT id, timezone, first_day_of_week, default_reminders, version, position, created_at, updated_at,
                    deleted_at
               FROM tasks.settings " + $condition,
            $($bind),+
        )
    };
}

impl Stored for Settings {
    async fn get(
        conn: &mut PgConnection,
        user: &UserId,
        id: SettingsId,
    ) -> Result<Option<Self>, sqlx::Error> {
        let row = select_settings!("WHERE user_id = $1 AND id = $2", user.as_str(), id.as_uuid())
            .fetch_optional(conn)
            .await?;
        row.map(Settings::try_from).transpose()
    }

    async fn insert(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO tasks.settings (user_id, id, timezone, first_day_of_week, default_reminders, version, position,
                                         created_at, updated_at, deleted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            user.as_str(),
            self.id.as_uuid(),
            self.choices.zone.map(|zone| zone.name()),
            self.choices.first_day_of_week.as_str(),
            &written(&self.choices.default_reminders),
            self.version.get(),
            self.position.get(),
            self.created_at,
            self.updated_at,
            self.deleted_at,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn update(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        let written = sqlx::query!(
            "UPDATE tasks.settings
                SET timezone = $2, first_day_of_week = $3, default_reminders = $4, version = $5, position = $6,
                    updated_at = $7, deleted_at = $8
              WHERE user_id = $1 AND version + 1 = $5",
            user.as_str(),
            self.choices.zone.map(|zone| zone.name()),
            self.choices.first_day_of_week.as_str(),
            &written(&self.choices.default_reminders),
            self.version.get(),
            self.position.get(),
            self.updated_at,
            self.deleted_at,
        )
        .execute(conn)
        .await?;
        of_version_before::<Self>(written)
    }
}

/// The settings, if they changed after one position, up to another; a tombstone too.
pub async fn changed(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
) -> Result<Option<Settings>, sqlx::Error> {
    let row = select_settings!(
        "WHERE user_id = $1 AND position > $2 AND position <= $3",
        user.as_str(),
        after.get(),
        until.get(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(Settings::try_from).transpose()
}

fn written(reminders: &[Before]) -> Vec<String> {
    reminders.iter().map(Before::to_string).collect()
}

/// What a new task goes by.
pub(super) fn read_choices(
    timezone: Option<&str>,
    default_reminders: Option<&[String]>,
) -> Result<Choices, sqlx::Error> {
    let reminders = default_reminders.unwrap_or_default().iter();
    Ok(Choices {
        zone: timezone.map(read).transpose()?,
        default_reminders: reminders.map(|text| read(text)).collect::<Result<_, _>>()?,
        ..Choices::default()
    })
}

struct SettingsRow {
    id: Uuid,
    timezone: Option<String>,
    first_day_of_week: String,
    default_reminders: Vec<String>,
    version: i64,
    position: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl TryFrom<SettingsRow> for Settings {
    type Error = sqlx::Error;

    fn try_from(row: SettingsRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: SettingsId::from_uuid(row.id),
            choices: Choices {
                first_day_of_week: read(&row.first_day_of_week)?,
                ..read_choices(row.timezone.as_deref(), Some(&row.default_reminders))?
            },
            version: Version(row.version),
            position: Position(row.position),
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            deleted_at: row.deleted_at,
        })
    }
}
