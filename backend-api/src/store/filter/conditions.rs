//! The conditions of a filter, put together from fixed pieces. What it says is bound, never written into a statement.
//!
//! Each piece is true or false, never null, so that NOT gives the rest: what may be missing is first said to be there. That
//! leaves the comparisons where an index can begin at them.

use chrono::{DateTime, Utc};
use shared_events::ids::{ProjectId, TagId, UserId};
use sqlx::{Encode, Postgres, QueryBuilder, Type};

use crate::domain::filter::{Expr, Fact, LikeField, Part, Pattern, TextField, TimeField, Window};
use crate::domain::task::{Priority, Status};

/// Pushes conditions on the columns of `tasks.task`, for a statement that says whose it is.
pub(in crate::store) fn push(query: &mut QueryBuilder<Postgres>, user: &UserId, filter: &Expr<Fact>) {
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
        Fact::Like(field, pattern) => push_like(query, user, *field, pattern),
        Fact::Text(field, texts) => push_one_of(query, *field, texts),
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

fn push_one_of(query: &mut QueryBuilder<Postgres>, field: TextField, texts: &[String]) {
    push_texts(query, field, |query, column| {
        query
            .push(column)
            .push(r#" = ANY(ARRAY(SELECT lower(wanted COLLATE "pg_c_utf8") FROM unnest("#);
        query.push_bind(texts.to_vec()).push("::text[]) AS wanted))");
    });
}

fn push_like(query: &mut QueryBuilder<Postgres>, user: &UserId, field: LikeField, pattern: &Pattern) {
    match field {
        LikeField::Text(field) => push_texts(query, field, |query, column| {
            query.push(column);
            push_pattern(query, pattern);
        }),
        LikeField::Tag => {
            query.push("tags && ARRAY(SELECT tag.id FROM tasks.tag WHERE tag.user_id = ");
            query.push_bind(user.as_str().to_owned());
            query.push(r#" AND tag.deleted_at IS NULL AND lower(tag.name COLLATE "pg_c_utf8")"#);
            push_pattern(query, pattern);
            query.push(")");
        }
        LikeField::Project => {
            query.push("(project_id IS NOT NULL AND project_id = ANY(ARRAY(");
            query.push("SELECT project.id FROM tasks.project WHERE project.user_id = ");
            query.push_bind(user.as_str().to_owned());
            query.push(r#" AND project.deleted_at IS NULL AND lower(project.name COLLATE "pg_c_utf8")"#);
            push_pattern(query, pattern);
            query.push(")))");
        }
    }
}

fn push_pattern(query: &mut QueryBuilder<Postgres>, pattern: &Pattern) {
    query.push(" LIKE lower(").push_bind(pattern.for_sql());
    query.push(r#"::text COLLATE "pg_c_utf8")"#);
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
