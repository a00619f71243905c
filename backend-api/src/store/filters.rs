//! The statements for filters. Names are compared without case, by the expression of the index `filter_live_name`.

use chrono::{DateTime, Utc};
use shared_events::ids::{FilterId, Position, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Ordered, Side, Stored, of_version_before, read};
use crate::domain::order::OrderKey;
use crate::domain::saved_filter::{FilterDetails, FilterText, SavedFilter};
use crate::domain::sort::Sort;

/// Filters as their rows say.
macro_rules! select_filters {
    (from $from:literal, $($bind:expr),+ $(,)?) => {
        select_filters!(@ [$from] $($bind),+)
    };
    ($condition:literal, $($bind:expr),+ $(,)?) => {
        select_filters!(@ ["tasks.filter " + $condition] $($bind),+)
    };
    (@ [$($from:tt)+] $($bind:expr),+) => {
        sqlx::query_as!(
            FilterRow,
            "SELECT id, name, filter, sort, order_key, version, position, created_at, updated_at, deleted_at
               FROM " + $($from)+,
            $($bind),+
        )
    };
}

/// One that is not deleted, by a statement that says itself whose transaction it is.
pub async fn get_at_once(
    conn: &mut PgConnection,
    user: &UserId,
    id: FilterId,
) -> Result<Option<SavedFilter>, sqlx::Error> {
    let row = select_filters!(
        from "(SELECT set_config('taskwire.user', $1, true) AS caller OFFSET 0) entered CROSS JOIN LATERAL (
               SELECT * FROM tasks.filter WHERE user_id = entered.caller AND id = $2 AND deleted_at IS NULL LIMIT 1) f",
        user.as_str(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(SavedFilter::try_from).transpose()
}

impl Stored for SavedFilter {
    async fn get(conn: &mut PgConnection, user: &UserId, id: FilterId) -> Result<Option<Self>, sqlx::Error> {
        let row = select_filters!(
            "WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL",
            user.as_str(),
            id.as_uuid(),
        )
        .fetch_optional(conn)
        .await?;
        row.map(SavedFilter::try_from).transpose()
    }

    async fn insert(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO tasks.filter (id, user_id, name, filter, sort, order_key, version, position, created_at,
                                        updated_at, deleted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            self.id.as_uuid(),
            user.as_str(),
            self.details.name.as_str(),
            self.details.text.as_str(),
            self.details.sort.as_ref().map(Sort::to_string),
            self.order.to_string(),
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
            "UPDATE tasks.filter
                SET name = $3, filter = $4, sort = $5, order_key = $6, version = $7, position = $8, updated_at = $9,
                    deleted_at = $10
              WHERE user_id = $1 AND id = $2 AND version + 1 = $7",
            user.as_str(),
            self.id.as_uuid(),
            self.details.name.as_str(),
            self.details.text.as_str(),
            self.details.sort.as_ref().map(Sort::to_string),
            self.order.to_string(),
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

impl Ordered for SavedFilter {
    fn order(&self) -> &OrderKey {
        &self.order
    }

    async fn next_place(
        conn: &mut PgConnection,
        user: &UserId,
        moved: FilterId,
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

/// The filter that has this name, whatever its case.
pub async fn named(
    conn: &mut PgConnection,
    user: &UserId,
    name: &str,
) -> Result<Option<FilterId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"SELECT id FROM tasks.filter
            WHERE user_id = $1 AND deleted_at IS NULL
              AND lower(name COLLATE "pg_c_utf8") = lower($2::text COLLATE "pg_c_utf8")"#,
        user.as_str(),
        name,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(FilterId::from_uuid))
}

pub async fn count(conn: &mut PgConnection, user: &UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM tasks.filter WHERE user_id = $1 AND deleted_at IS NULL"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// A page of filters in their order, after the given place.
pub async fn page(
    conn: &mut PgConnection,
    user: &UserId,
    after: Option<(&OrderKey, FilterId)>,
    limit: i64,
) -> Result<Vec<SavedFilter>, sqlx::Error> {
    let rows = select_filters!(
        "WHERE user_id = $1 AND deleted_at IS NULL
         AND ($2::text IS NULL OR (order_key, id) > ($2, $3::uuid))
         ORDER BY order_key, id LIMIT $4",
        user.as_str(),
        after.map(|(order, _)| order.to_string()),
        after.map(|(_, id)| id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SavedFilter::try_from).collect()
}

/// The place of the first filter after the given one, but for the one that is moved.
async fn first_after(
    conn: &mut PgConnection,
    user: &UserId,
    moved: FilterId,
    (order, id): (&OrderKey, FilterId),
) -> Result<Option<OrderKey>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "SELECT order_key FROM tasks.filter
          WHERE user_id = $1 AND deleted_at IS NULL AND id <> $2 AND (order_key, id) > ($3, $4)
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

/// The place of the last filter before the given one, but for the one that is moved.
async fn last_before(
    conn: &mut PgConnection,
    user: &UserId,
    moved: FilterId,
    (order, id): (&OrderKey, FilterId),
) -> Result<Option<OrderKey>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "SELECT order_key FROM tasks.filter
          WHERE user_id = $1 AND deleted_at IS NULL AND id <> $2 AND (order_key, id) < ($3, $4)
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

/// The filters that changed after one position, up to another; tombstones too.
pub async fn changed(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
    limit: i64,
) -> Result<Vec<SavedFilter>, sqlx::Error> {
    let rows = select_filters!(
        "WHERE user_id = $1 AND position > $2 AND position <= $3
         ORDER BY position LIMIT $4",
        user.as_str(),
        after.get(),
        until.get(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SavedFilter::try_from).collect()
}

struct FilterRow {
    id: Uuid,
    name: String,
    filter: String,
    sort: Option<String>,
    order_key: String,
    version: i64,
    position: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl TryFrom<FilterRow> for SavedFilter {
    type Error = sqlx::Error;

    fn try_from(row: FilterRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: FilterId::from_uuid(row.id),
            details: FilterDetails {
                name: read(&row.name)?,
                text: FilterText::stored(row.filter),
                sort: row.sort.as_deref().map(read).transpose()?,
            },
            order: read(&row.order_key)?,
            version: Version(row.version),
            position: Position(row.position),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}
