//! `POST /v1/quick-add`.

mod answer;
mod names;

use actix_web::{HttpResponse, web};
use serde_json::Value;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::ids::SettingsId;

use self::answer::QuickAddAnswer;
use self::names::Names;
use crate::actions::tasks;
use crate::change::Change;
use crate::domain::idempotency::Answer;
use crate::domain::recurrence::CheckedPlan;
use crate::domain::settings::{Choices, Settings};
use crate::domain::task::Draft;
use crate::error::Error;
use crate::input::quick_add::{QuickAddRequest, Understood, of_text};
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;
use crate::store::Stored as _;
use crate::view::Shown as _;

/// Create a task from one line of text
///
/// Reads English or German, says which characters it took for what, and never guesses in silence: where two readings are
/// possible a note says which one was taken, and what is doubtful stays in the title. The task is created as by `POST /v1/tasks`,
/// with the zone and the reminders of the settings. Tags and projects are found by their names, and created only with
/// `create_missing`. With `dry_run` nothing is created, and the answer is 200.
#[utoipa::path(
    post, path = "/v1/quick-add", operation_id = "quick_add", tag = "tasks", request_body = QuickAddRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = QuickAddAnswer, description = "With `dry_run`: what would be created"),
        (status = 201, body = QuickAddAnswer, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`too-many-tags` or `too-many-projects`, with `create_missing`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field, or `unknown-names`: the text names tags or a project that do not exist"),
    )
)]
pub async fn quick_add(
    call: Call,
    api: web::Data<Api>,
    body: Body<QuickAddRequest>,
) -> Result<HttpResponse, Error> {
    let request = &body.input;
    let answered = if request.dry_run {
        dry_run(&api, &call, request).await
    } else {
        api.change_with_plan(&call, intent::EDIT, &body.json, None, async |change, checked| {
            create(change, request, checked).await
        })
        .await
    };
    answered.map_err(of_text)
}

/// What would be created, checked as far as that goes without creating it.
async fn dry_run(api: &Api, call: &Call, request: &QuickAddRequest) -> Result<HttpResponse, Error> {
    let now = api.now().await?;
    let user = &call.user;
    let read = api.read(user, async |conn| {
        let settings = Settings::get(conn, user, SettingsId::of(user)).await?;
        let choices = settings
            .map(|settings| settings.or_anew().choices)
            .unwrap_or_default();
        let understood = request.understood(&choices, now)?;
        let names = Names::stored(conn, user, &understood).await?;
        Ok((choices, understood, names))
    });
    let (choices, understood, names) = read.await?;
    let body = understood.body(&names.tags(), names.project());
    if body.is_some() {
        let draft = draft(&understood, body.as_ref(), &choices)?;
        draft.refuse_past(None, now)?;
        if let Some(plan) = draft.plan() {
            api.search(user, move || CheckedPlan::new(plan)).await??;
        }
    }
    Ok(HttpResponse::Ok().json(QuickAddAnswer::new(&understood.reading, body, names.unknown())))
}

/// Creates the task, and before it what it names and what does not exist, if that is asked for.
async fn create(
    change: &mut Change<'_>,
    request: &QuickAddRequest,
    checked: Option<&CheckedPlan>,
) -> Result<Answer, Error> {
    let choices = change.choices().await?;
    let understood = request.understood(&choices, change.now())?;
    let mut names = Names::of(change, &understood).await?;
    if request.create_missing {
        names.create_missing(change).await?;
    }
    names.refuse_unknown()?;
    let body = understood.body(&names.tags(), names.project());
    let draft = draft(&understood, body.as_ref(), &choices)?;
    let task = tasks::create(change, &draft, checked).await?;
    let answer = QuickAddAnswer::new(&understood.reading, body, names.unknown()).with_created(task.view());
    Ok(Answer {
        body: serde_json::to_vec(&answer).map_err(Problem::internal)?,
        ..Answer::created(&task)?
    })
}

fn draft(understood: &Understood, body: Option<&Value>, choices: &Choices) -> Result<Draft, Error> {
    Ok(understood.new_task(body)?.draft(choices)?)
}
