//! Filters in SQL: what is to be known before one has a meaning, and its conditions.

mod conditions;

use recurrence::Zone;
use shared_events::ids::{ProjectId, TagId, UserId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::read;
use crate::domain::filter::{Calendar, Filter, Names};
use crate::domain::settings::FirstDay;

pub(super) use conditions::push;

/// How many lists with filters are made at once, of those that the pool can serve.
const SHARE_OF_POOL: u32 = 2;
/// So many statements are kept by each connection: there is no end of filters, and one may be long.
const STATEMENTS: usize = 32;

/// Connections for lists with filters. None of their statements may take longer than two seconds, and each is planned for its
/// values: one plan for all would read each user's tasks as if most passed.
#[must_use]
pub fn pool(pool: &PgPool) -> PgPool {
    let options = pool.connect_options().as_ref().clone();
    let options = options.statement_cache_capacity(STATEMENTS).options([
        ("statement_timeout", "2s"),
        ("plan_cache_mode", "force_custom_plan"),
    ]);
    let most = pool.options().get_max_connections().div_ceil(SHARE_OF_POOL);
    pool.options()
        .clone()
        .max_connections(most)
        .connect_lazy_with(options)
}

/// By what the user counts time now, and what the names in the filter are of.
pub async fn known(
    conn: &mut PgConnection,
    user: &UserId,
    filter: &Filter,
) -> Result<(Calendar, Names), sqlx::Error> {
    let (tags, projects) = filter.names();
    let row = sqlx::query!(
        r#"SELECT now() AS "now!", chosen.timezone AS "timezone?", chosen.first_day_of_week AS "first_day_of_week?",
                  ARRAY(SELECT tag.id
                          FROM unnest($2::text[]) WITH ORDINALITY AS wanted (name, place)
                          LEFT JOIN tasks.tag AS tag
                                 ON tag.user_id = entered.caller AND tag.deleted_at IS NULL
                                AND lower(tag.name COLLATE "pg_c_utf8") = lower(wanted.name COLLATE "pg_c_utf8")
                         ORDER BY wanted.place) AS "tags!: Vec<Option<Uuid>>",
                  ARRAY(SELECT project.id
                          FROM unnest($3::text[]) WITH ORDINALITY AS wanted (name, place)
                          LEFT JOIN tasks.project AS project
                                 ON project.user_id = entered.caller AND project.deleted_at IS NULL
                                AND lower(project.name COLLATE "pg_c_utf8") = lower(wanted.name COLLATE "pg_c_utf8")
                         ORDER BY wanted.place) AS "projects!: Vec<Option<Uuid>>"
             FROM (SELECT set_config('taskwire.user', $1, true) AS caller OFFSET 0) AS entered
             LEFT JOIN LATERAL (SELECT timezone, first_day_of_week FROM tasks.settings
                                 WHERE user_id = entered.caller AND deleted_at IS NULL) AS chosen ON true"#,
        user.as_str(),
        &texts(&tags),
        &texts(&projects),
    )
    .fetch_one(conn)
    .await?;
    let zone: Option<Zone> = row.timezone.as_deref().map(read).transpose()?;
    let first_day: Option<FirstDay> = row.first_day_of_week.as_deref().map(read).transpose()?;
    let calendar = Calendar {
        now: row.now,
        zone: zone.unwrap_or(Zone::UTC),
        first_day: first_day.unwrap_or_default().weekday(),
    };
    let names = Names {
        tags: named(&tags, row.tags, TagId::from_uuid),
        projects: named(&projects, row.projects, ProjectId::from_uuid),
    };
    Ok((calendar, names))
}

fn texts<Name: std::fmt::Display>(names: &[&Name]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Each name with the id of what has it.
fn named<Name: Clone, Id>(
    names: &[&Name],
    ids: Vec<Option<Uuid>>,
    id: impl Fn(Uuid) -> Id,
) -> Vec<(Name, Option<Id>)> {
    let ids = ids.into_iter().map(|found| found.map(&id));
    names.iter().map(|name| (*name).clone()).zip(ids).collect()
}

/// True if a statement took longer than [`pool`] allows.
#[must_use]
pub fn is_too_slow(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == QUERY_CANCELED)
}

const QUERY_CANCELED: &str = "57014";
