//! `POST /v1/recurrence/preview`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use service_kit::problem::Problem;
use shared_events::event::view::MomentView;
use utoipa::ToSchema;

use crate::domain::invalid::Invalid;
use crate::domain::moment::Moment;
use crate::error::Error;
use crate::input::preview::PreviewRequest;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;
use crate::view;

/// The occurrences to come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub struct PreviewAnswer {
    /// In order; fewer than asked for when the rule ends, and none later than 400 years ahead.
    occurrences: Vec<PreviewItem>,
}

/// One occurrence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewItem {
    ordinal: i32,
    due: MomentView,
    due_at: DateTime<Utc>,
}

/// Preview a rule
///
/// The first occurrences of a task that is due at `start` and recurs as given: what completing it creates, and what
/// completing that creates, computed by the code that creates them. With `anchor: completion`, and with `missed: skip`,
/// they depend on when each is completed: the first at `completed_at`, each later one when its time (or its day) begins,
/// or at once if that is over already. With `anchor: schedule` and `missed: keep` they depend on the rule alone.
#[utoipa::path(
    post, path = "/v1/recurrence/preview", operation_id = "preview_recurrence", tag = "recurrence", request_body = PreviewRequest,
    responses(
        (status = 200, body = PreviewAnswer),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
        (status = 503, body = Problem, content_type = "application/problem+json",
         description = "`unavailable`: too many rules are being computed; ask again"),
    )
)]
pub async fn preview(call: Call, api: Data<Api>, body: Body<PreviewRequest>) -> Result<HttpResponse, Error> {
    let preview = body.input.preview()?;
    let now = match preview.completed_at {
        Some(completed_at) => completed_at,
        None => api.now().await?,
    };
    let answer = api.search(&call.user, move || {
        let occurrences = preview.occurrences(now)?;
        Ok::<_, Invalid>(PreviewAnswer::new(&preview.plan, &occurrences))
    });
    Ok(HttpResponse::Ok().json(answer.await??))
}

impl PreviewAnswer {
    pub(super) fn new(plan: &recurrence::Series, occurrences: &[recurrence::Occurrence]) -> Self {
        let item = |occurrence: &recurrence::Occurrence| {
            let due = Moment {
                local: occurrence.slot,
                zone: plan.zone,
            };
            PreviewItem {
                ordinal: occurrence.ordinal,
                due: view::moment(due),
                due_at: due.at(),
            }
        };
        Self {
            occurrences: occurrences.iter().map(item).collect(),
        }
    }
}
