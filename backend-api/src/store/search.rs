//! What tasks are searched by: their words, and those of their tags' and projects' names, which Postgres keeps.

use shared_events::ids::{ProjectId, TaskId, UserId};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::filter;
use super::tasks::row::TaskRow;
use crate::domain::filter::{Expr, Fact};
use crate::domain::task::{Status, Task};
use crate::domain::words::Query;

/// Which tasks are searched, for what, and from where on.
#[derive(Debug)]
pub struct Search<'a> {
    pub user: &'a UserId,
    pub query: &'a Query,
    /// All three if none.
    pub status: Option<Status>,
    pub project: Option<ProjectId>,
    /// What else is to be true of them.
    pub filter: Option<&'a Expr<Fact>>,
    /// The last task of the page before.
    pub after: Option<Rank>,
    pub limit: i64,
}

/// Where a task stands among those that are found: a higher score comes first, and then the newer id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    pub score: i32,
    pub id: TaskId,
}

/// A task that was found.
#[derive(Debug)]
pub struct Found {
    pub task: Task,
    pub score: i32,
    /// Words like those that were searched for, which it was found by if few were found by these.
    pub alike: Vec<String>,
}

impl Found {
    #[must_use]
    pub const fn rank(&self) -> Rank {
        Rank {
            score: self.score,
            id: self.task.id,
        }
    }
}

#[derive(FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    task: TaskRow,
    score: i32,
    alike: Option<Vec<String>>,
}

/// The best first.
pub async fn find(conn: &mut PgConnection, search: &Search<'_>) -> Result<Vec<Found>, sqlx::Error> {
    let mut query = statement(search);
    let rows: Vec<FoundRow> = query.build_query_as().fetch_all(conn).await?;
    let found = rows.into_iter().map(|row| {
        Ok(Found {
            score: row.score,
            alike: row.alike.unwrap_or_default(),
            task: Task::try_from(row.task)?,
        })
    });
    found.collect()
}

/// Its text, put together from fixed pieces; what a request says is bound. It says itself whose transaction it is, and each
/// part is read after the one that it depends on.
///
/// `tasks.search` gives what is not deleted, so with nothing else asked for a page of it is a page of the answer.
pub fn statement(search: &Search<'_>) -> QueryBuilder<Postgres> {
    let is_filtered = search.status.is_some() || search.project.is_some() || search.filter.is_some();
    let mut query =
        QueryBuilder::new("SELECT t.*, f.score, f.alike FROM (SELECT set_config('taskwire.user', ");
    query.push_bind(search.user.as_str().to_owned());
    query.push("::text, true) AS caller, ");
    query.push_bind(search.query.as_str().to_owned());
    query.push(
        "::text AS query OFFSET 0) entered CROSS JOIN LATERAL (SELECT * FROM tasks.search(entered.query)",
    );
    if let Some(rank) = search.after {
        query.push(" WHERE (score, task_id) < (").push_bind(rank.score);
        query.push(", ").push_bind(rank.id.as_uuid()).push(")");
    }
    if !is_filtered {
        query.push(" ORDER BY score DESC, task_id DESC LIMIT ");
        query.push_bind(search.limit);
    }
    query.push(
        " OFFSET 0) f CROSS JOIN LATERAL (
             SELECT * FROM tasks.task WHERE user_id = entered.caller AND id = f.task_id AND deleted_at IS NULL",
    );
    if let Some(status) = search.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(project) = search.project {
        query.push(" AND project_id = ").push_bind(project.as_uuid());
    }
    if let Some(wanted) = search.filter {
        query.push(" AND ");
        filter::push(&mut query, search.user, wanted);
    }
    query.push(" OFFSET 0) t ORDER BY f.score DESC, f.task_id DESC LIMIT ");
    query.push_bind(search.limit);
    query
}
