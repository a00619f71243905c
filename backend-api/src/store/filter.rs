//! Filters in SQL: what is to be known before one has a meaning, and its conditions.

mod conditions;

use recurrence::Zone;
use shared_events::ids::{ProjectId, TagId, UserId};
use sqlx::PgConnection;

use super::read;
use crate::domain::filter::{Calendar, Filter, Names};
use crate::domain::project::ProjectName;
use crate::domain::settings::FirstDay;
use crate::domain::tag::TagName;

pub(super) use conditions::push;

/// Bounds the statements of this transaction that follow, has them planned for their values, and says by what the user counts
/// time now.
pub async fn begin(conn: &mut PgConnection, user: &UserId) -> Result<Calendar, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT set_config('statement_timeout', '2s', true) AS "bounded!",
                  set_config('plan_cache_mode', 'force_custom_plan', true) AS "planned!",
                  now() AS "now!", chosen.timezone, chosen.first_day_of_week AS "first_day_of_week?"
             FROM (VALUES (1)) AS one
             LEFT JOIN tasks.settings AS chosen ON chosen.user_id = $1 AND chosen.deleted_at IS NULL"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await?;
    let zone: Option<Zone> = row.timezone.as_deref().map(read).transpose()?;
    let first_day: Option<FirstDay> = row.first_day_of_week.as_deref().map(read).transpose()?;
    Ok(Calendar {
        now: row.now,
        zone: zone.unwrap_or(Zone::UTC),
        first_day: first_day.unwrap_or_default().weekday(),
    })
}

/// True if a statement took longer than [`begin`] allows.
#[must_use]
pub fn is_too_slow(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == QUERY_CANCELED)
}

const QUERY_CANCELED: &str = "57014";

/// Looks up the names in a filter.
pub async fn names(conn: &mut PgConnection, user: &UserId, filter: &Filter) -> Result<Names, sqlx::Error> {
    let (tags, projects) = filter.names();
    Ok(Names {
        tags: find_tags(conn, user, &tags).await?,
        projects: find_projects(conn, user, &projects).await?,
    })
}

async fn find_tags(
    conn: &mut PgConnection,
    user: &UserId,
    names: &[&TagName],
) -> Result<Vec<(TagName, Option<TagId>)>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
    let ids = sqlx::query_scalar!(
        r#"SELECT tag.id AS "id?"
             FROM unnest($2::text[]) WITH ORDINALITY AS wanted (name, place)
             LEFT JOIN tasks.tag AS tag
                    ON tag.user_id = $1 AND tag.deleted_at IS NULL
                   AND lower(tag.name COLLATE "pg_c_utf8") = lower(wanted.name COLLATE "pg_c_utf8")
            ORDER BY wanted.place"#,
        user.as_str(),
        &texts,
    )
    .fetch_all(conn)
    .await?;
    let ids = ids.into_iter().map(|id| id.map(TagId::from_uuid));
    Ok(names.iter().map(|name| (*name).clone()).zip(ids).collect())
}

async fn find_projects(
    conn: &mut PgConnection,
    user: &UserId,
    names: &[&ProjectName],
) -> Result<Vec<(ProjectName, Option<ProjectId>)>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
    let ids = sqlx::query_scalar!(
        r#"SELECT project.id AS "id?"
             FROM unnest($2::text[]) WITH ORDINALITY AS wanted (name, place)
             LEFT JOIN tasks.project AS project
                    ON project.user_id = $1 AND project.deleted_at IS NULL
                   AND lower(project.name COLLATE "pg_c_utf8") = lower(wanted.name COLLATE "pg_c_utf8")
            ORDER BY wanted.place"#,
        user.as_str(),
        &texts,
    )
    .fetch_all(conn)
    .await?;
    let ids = ids.into_iter().map(|id| id.map(ProjectId::from_uuid));
    Ok(names.iter().map(|name| (*name).clone()).zip(ids).collect())
}
