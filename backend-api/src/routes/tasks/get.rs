//! `GET /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::view::TaskView;

use crate::answer;
use crate::domain::task::Task;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store::tasks::at_once;

/// Read a task
#[utoipa::path(
    get, path = "/v1/tasks/{id}", operation_id = "get_task", tag = "tasks", params(("id" = String, Path, format = Uuid)),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    let id = call.id::<Task>()?;
    let found = api.read_at_once(async |conn| at_once::get(conn, &call.user, id).await);
    let task = found.await?.ok_or_else(Error::not_found::<Task>)?;
    Ok(answer::shown(&task))
}
