//! `GET /v1/tasks`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::TaskView;
use shared_events::ids::ProjectId;
use utoipa::{IntoParams, ToSchema};

use super::search::{self, Hit, Wanted};
use crate::domain::sort::{NotASort, Place, Sort};
use crate::domain::task::{Status, Task};
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;
use crate::store::tasks::list::List;

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
    let status = query.status.as_deref().map(read_status).transpose()?;
    let project = query.project_id.as_deref().map(read_project).transpose()?;
    if let Some(text) = query.q.as_deref() {
        if query.sort.is_some() {
            return Err(bad_query("sort", "must be left out together with q: the best come first").into());
        }
        let wanted = Wanted {
            query: search::read_query(text)?,
            status,
            project,
        };
        return search::find(&call, &api, &wanted, query.cursor.as_deref(), limit).await;
    }
    let sort = match query.sort.as_deref() {
        Some(text) => text
            .parse()
            .map_err(|error: NotASort| bad_query("sort", error.to_string()))?,
        None => Sort::default(),
    };
    let list = name(status, project, &sort);
    let after = match query.cursor.as_deref() {
        Some(cursor) => Some(read_cursor(&list, &sort, cursor).ok_or_else(bad_cursor)?),
        None => None,
    };
    let mut tasks = api
        .read_at_once(async |conn| {
            let list = List {
                user: &call.user,
                status,
                project,
                sort: &sort,
                after: after.as_ref(),
                limit: limit + 1,
            };
            store::tasks::list::list(conn, &list).await
        })
        .await?;
    let next_cursor = page::cut(&mut tasks, limit).map(|last| page::encode(&list, &sort.place(last).parts()));
    Ok(HttpResponse::Ok().json(TaskPage::new(&tasks, next_cursor)))
}

/// What a cursor is of.
fn name(status: Option<Status>, project: Option<ProjectId>, sort: &Sort) -> String {
    let status = status.map(Status::as_str).unwrap_or_default();
    let project = project.map(|id| id.to_string()).unwrap_or_default();
    format!("tasks {status} {project} {sort}")
}

fn read_cursor(list: &str, sort: &Sort, cursor: &str) -> Option<Place> {
    sort.read_place(&page::parts(list, cursor)?)
}

fn read_status(word: &str) -> Result<Status, Problem> {
    word.parse()
        .map_err(|_| bad_query("status", "must be one of open, done, skipped"))
}

fn read_project(text: &str) -> Result<ProjectId, Problem> {
    text.parse()
        .map_err(|_| bad_query("project_id", "must be the id of a project"))
}
