//! Filters in SQL: what a filter needs to know, and its conditions, put together from fixed pieces. What a filter says is bound,
//! never written into a statement.
//!
//! Each piece is true or false, never null, so that NOT gives the rest: what may be missing is first said to be there. That
//! leaves the comparisons where an index can begin at them.

use chrono::{DateTime, Utc};
use recurrence::Zone;
use shared_events::ids::{ProjectId, TagId, UserId};
use sqlx::{Encode, PgConnection, Postgres, QueryBuilder, Type};

use super::read;
use crate::domain::filter::{
    Calendar, Expr, Fact, Filter, LikeField, Names, Part, Pattern, TextField, TimeField, Window,
};
use crate::domain::project::ProjectName;
use crate::domain::settings::FirstDay;
use crate::domain::tag::TagName;
use crate::domain::task::{Priority, Status};

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

/// Pushes conditions on the columns of `tasks.task`, in a transaction of this user.
pub(super) fn push(query: &mut QueryBuilder<Postgres>, user: &UserId, filter: &Expr<Fact>) {
    match filter {
        Expr::All(parts) => push_joined(query, parts, " AND ", |query, part| push(query, user, part)),
        Expr::Any(parts) => push_joined(query, parts, " OR ", |query, part| push(query, user, part)),
        Expr::Not(part) => {
            query.push("NOT (");
            push(query, user, part);
            query.push(")");
        }
        Expr::Is(fact) => push_fact(query, user, fact),
    }
}

fn push_joined<T>(
    query: &mut QueryBuilder<Postgres>,
    parts: &[T],
    word: &'static str,
    push: impl Fn(&mut QueryBuilder<Postgres>, &T),
) {
    query.push("(");
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            query.push(word);
        }
        push(query, part);
    }
    query.push(")");
}

fn push_fact(query: &mut QueryBuilder<Postgres>, user: &UserId, fact: &Fact) {
    match fact {
        Fact::Has(part) => push_part(query, user, *part),
        Fact::Like(LikeField::Text(field), pattern) => push_texts(query, *field, |query, column| {
            query.push(column).push(" LIKE ");
            push_pattern(query, pattern);
        }),
        Fact::Like(LikeField::Tag, pattern) => {
            query.push("tags && ARRAY(SELECT tag.id FROM tasks.tag WHERE tag.user_id = ");
            push_like_name(
                query,
                user,
                pattern,
                r#" AND tag.deleted_at IS NULL AND lower(tag.name COLLATE "pg_c_utf8")"#,
            );
        }
        Fact::Like(LikeField::Project, pattern) => {
            query.push("(project_id IS NOT NULL AND project_id = ANY(ARRAY(SELECT project.id FROM tasks.project WHERE project.user_id = ");
            push_like_name(
                query,
                user,
                pattern,
                r#" AND project.deleted_at IS NULL AND lower(project.name COLLATE "pg_c_utf8")"#,
            );
            query.push("))");
        }
        Fact::Text(field, texts) => push_texts(query, *field, |query, column| {
            query
                .push(column)
                .push(r#" = ANY(ARRAY(SELECT lower(wanted COLLATE "pg_c_utf8") FROM unnest("#);
            query.push_bind(texts.clone()).push("::text[]) AS wanted))");
        }),
        Fact::Tag(ids) => {
            let ids: Vec<_> = ids.iter().map(TagId::as_uuid).collect();
            query.push("tags && ").push_bind(ids).push("::uuid[]");
        }
        Fact::Project(ids) => push_project(query, ids),
        Fact::Status(statuses) => {
            let words: Vec<_> = statuses.iter().copied().map(Status::as_str).collect();
            query.push("status = ANY(").push_bind(words).push("::text[])");
        }
        Fact::Priority(priorities) => {
            let urgencies: Vec<_> = priorities.iter().copied().map(Priority::urgency).collect();
            query
                .push("urgency = ANY(")
                .push_bind(urgencies)
                .push("::smallint[])");
        }
        Fact::Estimate(windows) => push_joined(query, windows, " OR ", |query, window| {
            query.push("estimate IS NOT NULL");
            push_window(query, "estimate", window);
        }),
        Fact::Time(field, windows) => push_joined(query, windows, " OR ", |query, window| {
            push_time(query, *field, window);
        }),
    }
}

fn push_part(query: &mut QueryBuilder<Postgres>, user: &UserId, part: Part) {
    match part {
        Part::Description => query.push("description IS NOT NULL"),
        // A task may hold the id of a tag that was deleted.
        Part::Tags => query
            .push("tags && ARRAY(SELECT tag.id FROM tasks.tag WHERE tag.user_id = ")
            .push_bind(user.as_str().to_owned())
            .push(" AND tag.deleted_at IS NULL)"),
        Part::Project => query.push("project_id IS NOT NULL"),
        Part::Due => query.push("due_soonest < 'infinity'"),
        Part::Start => query.push("start_at IS NOT NULL"),
        Part::Completed => query.push("completed_at IS NOT NULL"),
        Part::Estimate => query.push("estimate IS NOT NULL"),
        Part::Recurrence => query.push("rrule IS NOT NULL"),
        Part::Parent => query.push("parent_id IS NOT NULL"),
        // Not EXISTS, for which all tasks that are a part of any may be read beforehand.
        Part::SubTasks => query
            .push(
                "(SELECT part.id FROM tasks.task AS part WHERE part.parent_id = task.id AND part.user_id = ",
            )
            .push_bind(user.as_str().to_owned())
            .push(" AND part.deleted_at IS NULL LIMIT 1) IS NOT NULL"),
        Part::Reminders => query.push("reminders <> '[]'"),
    };
}

/// A condition on one column, or on either of two; each is given without its case.
fn push_texts(
    query: &mut QueryBuilder<Postgres>,
    field: TextField,
    condition: impl Fn(&mut QueryBuilder<Postgres>, &'static str),
) {
    const TITLE: &str = r#"lower(title COLLATE "pg_c_utf8")"#;
    const DESCRIPTION: &str = r#"lower(description COLLATE "pg_c_utf8")"#;
    query.push("(");
    if field != TextField::Description {
        condition(query, TITLE);
    }
    if field == TextField::Either {
        query.push(" OR ");
    }
    if field != TextField::Title {
        query.push("description IS NOT NULL AND ");
        condition(query, DESCRIPTION);
    }
    query.push(")");
}

fn push_pattern(query: &mut QueryBuilder<Postgres>, pattern: &Pattern) {
    query
        .push("lower(")
        .push_bind(pattern.for_sql())
        .push(r#"::text COLLATE "pg_c_utf8")"#);
}

/// The end of a list of what has such a name, after its user.
fn push_like_name(query: &mut QueryBuilder<Postgres>, user: &UserId, pattern: &Pattern, name: &'static str) {
    query
        .push_bind(user.as_str().to_owned())
        .push(name)
        .push(" LIKE ");
    push_pattern(query, pattern);
    query.push(")");
}

/// One is compared by itself, so that an index keeps its order.
fn push_project(query: &mut QueryBuilder<Postgres>, ids: &[ProjectId]) {
    query.push("(project_id IS NOT NULL AND project_id = ");
    if let [id] = ids {
        query.push_bind(id.as_uuid());
    } else {
        let ids: Vec<_> = ids.iter().map(ProjectId::as_uuid).collect();
        query.push("ANY(").push_bind(ids).push("::uuid[])");
    }
    query.push(")");
}

fn push_time(query: &mut QueryBuilder<Postgres>, field: TimeField, window: &Window<DateTime<Utc>>) {
    let (is_there, column) = match field {
        TimeField::Due => return push_due(query, window),
        TimeField::Start => ("start_at IS NOT NULL", "start_at"),
        TimeField::Created => ("true", "created_at"),
        TimeField::Updated => ("true", "updated_at"),
        TimeField::Completed => ("completed_at IS NOT NULL", "completed_at"),
    };
    query.push(is_there);
    push_window(query, column, window);
}

fn push_window<T>(query: &mut QueryBuilder<Postgres>, column: &'static str, window: &Window<T>)
where
    T: Copy + Type<Postgres> + for<'q> Encode<'q, Postgres> + Send + 'static,
{
    if let Some(from) = window.from {
        query.push(" AND ").push(column).push(" >= ").push_bind(from);
    }
    if let Some(until) = window.until {
        query.push(" AND ").push(column).push(" < ").push_bind(until);
    }
}

/// A whole day is due within itself, at its last microsecond, and kept with the midnight that ends it.
fn push_due(query: &mut QueryBuilder<Postgres>, window: &Window<DateTime<Utc>>) {
    query.push("due_soonest < 'infinity'");
    if let Some(from) = window.from {
        query.push(" AND due_soonest >= ").push_bind(from);
        query
            .push(" AND (due_soonest > ")
            .push_bind(from)
            .push(" OR length(due_local) > 10)");
    }
    if let Some(until) = window.until {
        query.push(" AND due_soonest <= ").push_bind(until);
        query
            .push(" AND (due_soonest < ")
            .push_bind(until)
            .push(" OR length(due_local) = 10)");
    }
}
