//! The statement of a list of tasks: put together from fixed pieces, since each order has one of its own. What a request says
//! is bound, never written into it.

use shared_events::ids::{ProjectId, UserId};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::row::TaskRow;
use crate::domain::filter::{Expr, Fact};
use crate::domain::sort::{Place, Sort, SortKey, Term};
use crate::domain::task::{Status, Task};
use crate::store::filter;

/// Which tasks are listed, in which order, from where on.
#[derive(Debug)]
pub struct List<'a> {
    pub user: &'a UserId,
    /// All three if none.
    pub status: Option<Status>,
    pub project: Option<ProjectId>,
    /// What else is to be true of them; its connection is one of `store::filter::pool`.
    pub filter: Option<&'a Expr<Fact>>,
    pub sort: &'a Sort,
    /// The last task of the page before.
    pub after: Option<&'a Place>,
    pub limit: i64,
}

/// What a term is in SQL. Each order that has an index has all its columns in one direction.
struct Column {
    name: &'static str,
    cast: &'static str,
    descending: bool,
    /// What stands for a time that there is none of.
    never: &'static str,
}

impl Column {
    fn of(term: Term) -> Self {
        let column = |name, cast, descending| Self {
            name,
            cast,
            descending,
            never: "infinity",
        };
        match (term.key, term.descending) {
            (SortKey::Due, false) => column("due_soonest", "timestamptz", false),
            (SortKey::Due, true) => Self {
                never: "-infinity",
                ..column("coalesce(due_at, '-infinity')", "timestamptz", true)
            },
            (SortKey::Priority, descending) => column("urgency", "smallint", !descending),
            (SortKey::Created, descending) => column("created_at", "timestamptz", descending),
            (SortKey::Updated, descending) => column("position", "bigint", descending),
            (SortKey::Order, descending) => column("order_key", "text", descending),
        }
    }

    fn is_after(&self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }
}

/// Each status is read in the order of an index of its own, and no further than the page is long; then they are merged.
pub async fn list(conn: &mut PgConnection, list: &List<'_>) -> Result<Vec<Task>, sqlx::Error> {
    let mut query = statement(list);
    let rows: Vec<TaskRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// Its text; what is bound is the user, the statuses, the project, the values of the place and its id, and twice the limit.
///
/// It says itself whose transaction it is, so that it needs none that was begun before. The rows are looked for by what that
/// gives, and hence after it; in any other order the policy would refuse to go on.
pub fn statement(list: &List<'_>) -> QueryBuilder<Postgres> {
    let columns: Vec<Column> = list.sort.terms().iter().copied().map(Column::of).collect();
    let mut query = QueryBuilder::new("SELECT t.* FROM (SELECT set_config('taskwire.user', ");
    query.push_bind(list.user.as_str().to_owned());
    query.push("::text, true) AS caller OFFSET 0) entered CROSS JOIN unnest(");
    query.push_bind(statuses(list));
    query.push(
        "::text[]) AS wanted (status) CROSS JOIN LATERAL (
             SELECT * FROM tasks.task WHERE user_id = entered.caller AND status = wanted.status AND deleted_at IS NULL",
    );
    if let Some(project) = list.project {
        query.push(" AND project_id = ").push_bind(project.as_uuid());
    }
    if let Some(wanted) = list.filter {
        query.push(" AND ");
        filter::push(&mut query, list.user, wanted);
    }
    if let Some(place) = list.after {
        push_after(&mut query, &columns, place);
    }
    push_order(&mut query, &columns, list.limit);
    query.push(") t");
    push_order(&mut query, &columns, list.limit);
    query
}

/// Those that are listed, without the ones that the filter leaves none of.
fn statuses(list: &List<'_>) -> Vec<&'static str> {
    let all = [Status::Open, Status::Done, Status::Skipped].into_iter();
    all.filter(|status| list.status.is_none_or(|only| only == *status))
        .filter(|status| list.filter.is_none_or(|filter| may_hold(filter, *status)))
        .map(Status::as_str)
        .collect()
}

/// Whether a task of this status can pass, as far as the conditions say that all have to.
fn may_hold(filter: &Expr<Fact>, status: Status) -> bool {
    match filter {
        Expr::All(parts) => parts.iter().all(|part| may_hold(part, status)),
        Expr::Is(Fact::Status(statuses)) => statuses.contains(&status),
        _ => true,
    }
}

fn push_order(query: &mut QueryBuilder<Postgres>, columns: &[Column], limit: i64) {
    query.push(" ORDER BY ");
    for column in columns {
        let direction = if column.descending { " DESC, " } else { ", " };
        query.push(column.name).push(direction);
    }
    query.push(if is_descending(columns) { "id DESC" } else { "id" });
    query.push(" LIMIT ").push_bind(limit);
}

/// The id goes along with the first column.
fn is_descending(columns: &[Column]) -> bool {
    columns.first().is_some_and(|column| column.descending)
}

fn push_after(query: &mut QueryBuilder<Postgres>, columns: &[Column], place: &Place) {
    let values: Vec<String> = columns
        .iter()
        .zip(&place.values)
        .map(|(column, value)| value.text(column.never))
        .collect();
    let descending = is_descending(columns);
    if columns.iter().all(|column| column.descending == descending) {
        push_after_row(query, columns, values, place);
    } else {
        push_after_each(query, columns, &values, place);
    }
}

/// All in one direction: one comparison of rows, which an index begins at.
fn push_after_row(
    query: &mut QueryBuilder<Postgres>,
    columns: &[Column],
    values: Vec<String>,
    place: &Place,
) {
    query.push(" AND (");
    for column in columns {
        query.push(column.name).push(", ");
    }
    query
        .push("id)")
        .push(columns.first().map_or(" > ", Column::is_after))
        .push("(");
    for (column, value) in columns.iter().zip(values) {
        query
            .push_bind(value)
            .push("::text::")
            .push(column.cast)
            .push(", ");
    }
    query.push_bind(place.id.as_uuid()).push(")");
}

/// In several directions: later by the first column in which they differ. That the first is not earlier is said once more, for
/// the index.
fn push_after_each(query: &mut QueryBuilder<Postgres>, columns: &[Column], values: &[String], place: &Place) {
    if let (Some(first), Some(value)) = (columns.first(), values.first()) {
        query
            .push(" AND ")
            .push(first.name)
            .push(if first.descending { " <= " } else { " >= " });
        query.push_bind(value.clone()).push("::text::").push(first.cast);
    }
    query.push(" AND (");
    for (column, value) in columns.iter().zip(values) {
        query.push(column.name).push(column.is_after());
        query.push_bind(value.clone()).push("::text::").push(column.cast);
        query.push(" OR ").push(column.name).push(" = ");
        query
            .push_bind(value.clone())
            .push("::text::")
            .push(column.cast)
            .push(" AND (");
    }
    query
        .push("id")
        .push(columns.first().map_or(" > ", Column::is_after))
        .push_bind(place.id.as_uuid());
    query.push(")".repeat(columns.len() + 1));
}
