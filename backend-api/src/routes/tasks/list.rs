//! `GET /v1/tasks`.

mod asked;
mod saved;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::TaskView;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use super::search::Hit;
use crate::domain::filter::{Calendar, Expr, Fact, FilterError};
use crate::domain::task::Task;
use crate::domain::words;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;
use crate::store::search::Search;
use crate::store::tasks::list::List;
use asked::{Asked, Continued};

/// Which tasks are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Most items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only tasks that are `open`, `done` or `skipped`.
    #[param(pattern = "^(open|done|skipped)$")]
    status: Option<String>,
    /// Only tasks of this project.
    #[param(value_type = Option<Uuid>)]
    project_id: Option<String>,
    /// Only tasks that a filter holds true of: conditions with `and`, `or`, `not` and parentheses, as
    /// `docs/FILTERS.md` describes them. Times are those of the user's zone. What cannot be used is a `bad-query` that names the
    /// column.
    #[param(
        max_length = 2000,
        example = "due < today + 7d and not (priority = low or has parent)"
    )]
    filter: Option<String>,
    /// Only tasks that a saved filter holds true of, instead of `filter`; in its order, unless `sort` names one. What cannot be
    /// used of it, like a name that is gone, is a `bad-query` that names the column, and so is an id that no filter has.
    #[param(value_type = Option<Uuid>)]
    filter_id: Option<String>,
    /// Only tasks that have all of these words, or words that begin like them, in their title, their description or the names
    /// of their tags and project, whatever their case and accents; if fewer than five have, words with a typing error will do
    /// as well. The best come first, so there is no `sort` along with it.
    #[param(max_length = 200, example = "rent")]
    q: Option<String>,
    /// One to three of `due`, `priority`, `created`, `updated`, `order`, separated by commas, each with `-` before it for
    /// the other way round. Tasks that are not due come last, both ways; `priority` ascends from low to critical.
    #[param(
        default = "due,-priority",
        pattern = "^-?(due|priority|created|updated|order)(,-?(due|priority|created|updated|order)){0,2}$"
    )]
    sort: Option<String>,
}

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskPage {
    items: Vec<TaskView>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
    /// How each item was found, in a list with `q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<Vec<Hit>>,
}

impl TaskPage {
    pub(in crate::routes) fn new<'a>(
        tasks: impl IntoIterator<Item = &'a Task>,
        next_cursor: Option<String>,
    ) -> Self {
        Self {
            items: tasks.into_iter().map(TaskView::from).collect(),
            next_cursor,
            hits: None,
        }
    }

    pub(super) fn with_hits(self, hits: Vec<Hit>) -> Self {
        Self {
            hits: Some(hits),
            ..self
        }
    }
}

/// List tasks, those that are due soonest first
///
/// A cursor goes on exactly where its page ended: tasks that come meanwhile move nothing. It is of its filters and its order
/// alone.
#[utoipa::path(
    get, path = "/v1/tasks", operation_id = "list_tasks", tag = "tasks", params(ListQuery),
    responses(
        (status = 200, body = TaskPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn list(call: Call, api: web::Data<Api>, query: Query<ListQuery>) -> Result<HttpResponse, Error> {
    let limit = page_limit(query.limit)?;
    let saved = saved::find(&call, &api, &query).await?;
    let asked = Asked::read(&query, saved.as_ref())?;
    let continued = asked.continued(query.cursor.as_deref())?;
    let page = match &asked.words {
        None => sorted(&call, &api, &asked, &continued, limit).await?,
        Some(words) => found(&call, &api, &asked, words, &continued, limit).await?,
    };
    Ok(HttpResponse::Ok().json(page))
}

/// A page in the order asked for.
async fn sorted(
    call: &Call,
    api: &Api,
    asked: &Asked,
    continued: &Continued,
    limit: i64,
) -> Result<TaskPage, Error> {
    let list = List {
        user: &call.user,
        status: asked.status,
        project: asked.project,
        filter: None,
        sort: &asked.sort,
        after: continued.place.as_ref(),
        limit: limit + 1,
    };
    let (mut tasks, calendar) = read(call, api, asked, continued, async |conn, filter| {
        store::tasks::list::list(conn, &List { filter, ..list }).await
    })
    .await?;
    let next_cursor = page::cut(&mut tasks, limit).map(|last| asked.cursor(calendar, last));
    Ok(TaskPage::new(&tasks, next_cursor))
}

/// A page of what is found by words, the best first.
async fn found(
    call: &Call,
    api: &Api,
    asked: &Asked,
    words: &words::Query,
    continued: &Continued,
    limit: i64,
) -> Result<TaskPage, Error> {
    let search = Search {
        user: &call.user,
        query: words,
        status: asked.status,
        project: asked.project,
        filter: None,
        after: continued.rank,
        limit: limit + 1,
    };
    let (mut found, calendar) = read(call, api, asked, continued, async |conn, filter| {
        store::search::find(conn, &Search { filter, ..search }).await
    })
    .await?;
    let next_cursor = page::cut(&mut found, limit).map(|last| asked.search_cursor(calendar, last.rank()));
    let hits = found.iter().map(|found| Hit::new(words, found)).collect();
    let page = TaskPage::new(found.iter().map(|found| &found.task), next_cursor);
    Ok(page.with_hits(hits))
}

/// Reads in one statement. A filter needs to be understood before, by the names and the calendar of the user: that of the
/// first page, which is given back for the next one.
async fn read<T>(
    call: &Call,
    api: &Api,
    asked: &Asked,
    continued: &Continued,
    find: impl AsyncFnOnce(&mut PgConnection, Option<&Expr<Fact>>) -> Result<T, sqlx::Error>,
) -> Result<(T, Option<Calendar>), Error> {
    let Some(filter) = &asked.filter else {
        let found = api.read_at_once(async |conn| find(conn, None).await);
        return Ok((found.await?, None));
    };
    api.read_filtered(&call.user, async |conn| {
        let (today, names) = store::filter::known(conn, &call.user, filter).await?;
        let calendar = continued.calendar.unwrap_or(today);
        let wanted = filter
            .meant(&calendar, &names)
            .map_err(|error| refused(asked.filtered_by, &error))?;
        match find(conn, Some(&wanted)).await {
            Err(error) if store::filter::is_too_slow(&error) => Err(too_slow(asked.filtered_by).into()),
            found => Ok((found?, Some(calendar))),
        }
    })
    .await
}

fn refused(parameter: &str, error: &FilterError) -> Problem {
    bad_query(parameter, error).with("column", error.column())
}

fn too_slow(parameter: &str) -> Problem {
    bad_query(
        parameter,
        "took longer than 2 seconds; ask for less, by a status, a project or a time until which tasks are due",
    )
}
