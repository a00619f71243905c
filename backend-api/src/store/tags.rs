//! The statements for tags. Names are compared without case, by the expression of the index `tag_live_name`.

use chrono::{DateTime, Utc};
use shared_events::ids::{Position, TagId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Stored, of_version_before, read};
use crate::domain::tag::Tag;

/// Tags as their rows say.
macro_rules! select_tags {
    ($condition:literal, $($bind:expr),+ $(,)?) => {
        sqlx::query_as!(
            TagRow,
            "SELECT id, name, version, position, created_at, updated_at, deleted_at FROM tasks.tag " + $condition,
            $($bind),+
        )
    };
}

impl Stored for Tag {
    async fn get(conn: &mut PgConnection, user: &UserId, id: TagId) -> Result<Option<Self>, sqlx::Error> {
        let row = select_tags!(
            "WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL",
            user.as_str(),
            id.as_uuid(),
        )
        .fetch_optional(conn)
        .await?;
        row.map(Tag::try_from).transpose()
    }

    async fn insert(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO tasks.tag (id, user_id, name, version, position, created_at, updated_at, deleted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self.id.as_uuid(),
            user.as_str(),
            self.name.as_str(),
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
            "UPDATE tasks.tag SET name = $3, version = $4, position = $5, updated_at = $6, deleted_at = $7
              WHERE user_id = $1 AND id = $2 AND version + 1 = $4",
            user.as_str(),
            self.id.as_uuid(),
            self.name.as_str(),
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

/// The tag that has this name, whatever its case.
pub async fn named(conn: &mut PgConnection, user: &UserId, name: &str) -> Result<Option<TagId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"SELECT id FROM tasks.tag
            WHERE user_id = $1 AND deleted_at IS NULL
              AND lower(name COLLATE "pg_c_utf8") = lower($2::text COLLATE "pg_c_utf8")"#,
        user.as_str(),
        name,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(TagId::from_uuid))
}

pub async fn count(conn: &mut PgConnection, user: &UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM tasks.tag WHERE user_id = $1 AND deleted_at IS NULL"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// Which of these are tags of this user that are not deleted.
pub async fn existing(
    conn: &mut PgConnection,
    user: &UserId,
    ids: &[TagId],
) -> Result<Vec<TagId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(TagId::as_uuid).collect();
    let found = sqlx::query_scalar!(
        "SELECT id FROM tasks.tag WHERE user_id = $1 AND id = ANY($2) AND deleted_at IS NULL",
        user.as_str(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(TagId::from_uuid).collect())
}

/// A page of tags, oldest first, that are newer than the given one.
pub async fn page(
    conn: &mut PgConnection,
    user: &UserId,
    newer_than: Option<(DateTime<Utc>, TagId)>,
    limit: i64,
) -> Result<Vec<Tag>, sqlx::Error> {
    let (created_at, id) = newer_than.unzip();
    let rows = select_tags!(
        "WHERE user_id = $1 AND deleted_at IS NULL
         AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid))
         ORDER BY created_at, id LIMIT $4",
        user.as_str(),
        created_at,
        id.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Tag::try_from).collect()
}

/// The tags that changed after one position, up to another; tombstones too.
pub async fn changed(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
    limit: i64,
) -> Result<Vec<Tag>, sqlx::Error> {
    let rows = select_tags!(
        "WHERE user_id = $1 AND position > $2 AND position <= $3
         ORDER BY position LIMIT $4",
        user.as_str(),
        after.get(),
        until.get(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Tag::try_from).collect()
}

struct TagRow {
    id: Uuid,
    name: String,
    version: i64,
    position: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl TryFrom<TagRow> for Tag {
    type Error = sqlx::Error;

    fn try_from(row: TagRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: TagId::from_uuid(row.id),
            name: read(&row.name)?,
            version: Version(row.version),
            position: Position(row.position),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}
