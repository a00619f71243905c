//! `POST /v1/tasks`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TaskView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::task::NewTask;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Create a task
///
/// A task that recurs becomes the first occurrence of a series. A relative reminder whose time has already passed is
/// kept and never fires.
#[utoipa::path(
    post, path = "/v1/tasks", operation_id = "create_task", tag = "tasks", request_body = NewTask,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = TaskView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`too-many-sub-tasks`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation` or `past-due`, with a pointer to the field"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Body<NewTask>) -> Result<HttpResponse, Error> {
    let draft = body.input.draft()?;
    if draft.stands_alone() {
        let made = api.change_at_once(&call, intent::EDIT, &body.json, async |change| {
            Answer::created(&tasks::create(change, &draft, None).await?)
        });
        if let Some(response) = made.await? {
            return Ok(response);
        }
    }
    let plan = draft.plan();
    api.change_with_plan(&call, intent::EDIT, &body.json, plan, async |change, checked| {
        Answer::created(&tasks::create(change, &draft, checked).await?)
    })
    .await
}
