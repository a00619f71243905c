//! `GET /v1/tasks`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::TaskView;
use utoipa::{IntoParams, ToSchema};

use crate::domain::task::Status;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;

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
}

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskPage {
    items: Vec<TaskView>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// List tasks, newest first
///
/// A cursor goes on exactly where its page ended: tasks created meanwhile move nothing.
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
    let list = format!("tasks {}", query.status.as_deref().unwrap_or_default());
    let older_than = query
        .cursor
        .as_deref()
        .map(|text| page::read_place(&list, text).ok_or_else(bad_cursor))
        .transpose()?;
    let mut tasks = api
        .read(&call.user, async |conn| {
            Ok(store::tasks::page(conn, &call.user, status, older_than, limit + 1).await?)
        })
        .await?;
    let next_cursor = page::cut(&mut tasks, limit).map(|last| page::place(&list, last.created_at, last.id));
    Ok(HttpResponse::Ok().json(TaskPage {
        items: tasks.iter().map(TaskView::from).collect(),
        next_cursor,
    }))
}

fn read_status(word: &str) -> Result<Status, Problem> {
    word.parse()
        .map_err(|_| bad_query("status", "must be one of open, done, skipped"))
}
