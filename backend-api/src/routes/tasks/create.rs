//! `POST /v1/tasks`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TaskView;

use crate::actions::tasks;
use crate::change::Change;
use crate::domain::idempotency::{Answer, Fingerprint, Key, of_creation};
use crate::domain::recurrence::CheckedPlan;
use crate::domain::settings::Choices;
use crate::error::{Conflict, Error};
use crate::input::task::NewTask;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Create a task
///
/// A task that recurs becomes the first occurrence of a series. A relative reminder whose time has already passed is
/// kept and never fires. With an `id` of the client's own the same body is answered by the first result for ever, so that
/// it can be sent again after a week offline; that id with another body is refused.
#[utoipa::path(
    post, path = "/v1/tasks", operation_id = "create_task", tag = "tasks", request_body = NewTask,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = TaskView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`too-many-sub-tasks` or `id-taken`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation` or `past-due`, with a pointer to the field"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Body<NewTask>) -> Result<HttpResponse, Error> {
    let input = &body.input;
    let of_id = input.id().map(Key::of_new);
    // Of two keys both answers are to be kept, which is done under the lock.
    let key = match (&call.key, &of_id) {
        (Some(_), Some(_)) => None,
        (key, of_id) => Some(key.as_ref().or(of_id.as_ref())),
    };
    if let Some(key) = key.filter(|_| input.may_stand_alone()) {
        let made = api.change_at_once(&call, intent::EDIT, &body.json, key, async |change| {
            let draft = input.draft(&change.choices().await?)?;
            if !draft.stands_alone() {
                return Err(Error::NeedsLock);
            }
            Answer::created(&tasks::create(change, &draft, None).await?)
        });
        if let Some(response) = made.await? {
            return Ok(response);
        }
    }
    let fingerprint = of_creation(&body.json);
    // Without the settings it is a guess, which saves a first attempt for nothing.
    let plan = input
        .draft(&Choices::default())
        .ok()
        .and_then(|draft| draft.plan());
    api.change_with_plan(&call, intent::EDIT, &body.json, plan, async |change, checked| {
        under_lock(change, input, &fingerprint, checked).await
    })
    .await
}

/// Creates a task, once for each id that a client chose.
pub(in crate::routes) async fn under_lock(
    change: &mut Change<'_>,
    input: &NewTask,
    fingerprint: &Fingerprint,
    checked: Option<&CheckedPlan>,
) -> Result<Answer, Error> {
    let of_id = input.id().map(Key::of_new);
    if let Some(of_id) = &of_id {
        match change.answered(of_id).await? {
            Some((known, answer)) if known == *fingerprint => return Ok(answer),
            Some(_) => return Err(Conflict::IdTaken.into()),
            None => {}
        }
    }
    let draft = input.draft(&change.choices().await?)?;
    let answer = Answer::created(&tasks::create(change, &draft, checked).await?)?;
    if let Some(of_id) = &of_id {
        change.keep(of_id, fingerprint, &answer).await?;
    }
    Ok(answer)
}
