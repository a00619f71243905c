//! `POST /v1/tasks`.

use actix_web::{HttpResponse, web};
use serde_json::Value;
use service_kit::http::Json;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::ids::TaskId;

use super::check_references;
use crate::answer::Answer;
use crate::change::Change;
use crate::domain::recurrence::{self, Series};
use crate::domain::task::{Details, Draft, Occurrence, Task};
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::openapi::NewTask;
use crate::view::TaskView;

/// Create a task
///
/// A task that recurs becomes the first occurrence of a series. A relative reminder whose time has already passed is
/// kept and never fires.
#[utoipa::path(
    post, path = "/v1/tasks", operation_id = "create_task", tag = "tasks", request_body = NewTask,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = TaskView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation` or `past-due`, with a pointer to the field"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Json<Value>) -> Result<HttpResponse, Error> {
    let draft = Draft::parse(&body.0)?;
    api.change(&call, intent::EDIT, Some(&body.0), async |change| {
        draft.refuse_past(None, change.now())?;
        check_references(change, &draft.details, None).await?;
        let task = write(change, draft.details).await?;
        Answer::created(&task)
    })
    .await
}

async fn write(change: &mut Change<'_>, details: Details) -> Result<Task, Error> {
    let id = TaskId::new();
    let Some((recurrence, due)) = details.recurrence.as_ref().zip(details.due) else {
        let task = Task::new(id, details, None, change.next_position(), change.now());
        change.create_task(&task, None).await?;
        return Ok(task);
    };
    let plan = recurrence.plan(&due, 1);
    recurrence::check(&plan)?;
    let series = Series::begin(plan, change.next_position(), change.now());
    let occurrence = Occurrence {
        series: series.id,
        ordinal: 1,
        slot: due.local,
    };
    let task = Task::new(
        id,
        details,
        Some(occurrence),
        change.next_position(),
        change.now(),
    );
    change.create_series(&series, &task).await?;
    change.create_task(&task, Some(&series)).await?;
    Ok(task)
}
