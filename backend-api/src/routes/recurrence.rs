//! `POST /v1/recurrence/preview`.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use service_kit::http::Json;
use service_kit::problem::Problem;
use utoipa::ToSchema;

use crate::domain::input::{Object, Pointer};
use crate::domain::moment::Moment;
use crate::domain::recurrence::{self, Recurrence};
use crate::error::Error;
use crate::routes::call::Call;
use crate::routes::openapi::PreviewRequest;
use crate::view::MomentView;

/// The occurrences to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    items: Vec<PreviewItem>,
    /// Always null: a preview is one page.
    next_cursor: Option<String>,
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
/// The first occurrences of a task that is due and recurs as given, each completed when it is due. The service that
/// creates them computes with the same code.
#[utoipa::path(
    post, path = "/v1/recurrence/preview", operation_id = "preview_recurrence", tag = "recurrence", request_body = PreviewRequest,
    responses(
        (status = 200, body = Preview),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn preview(_call: Call, body: Json<Value>) -> Result<HttpResponse, Error> {
    let (plan, count) = read(&body.0)?;
    let occurrences = plan
        .preview(count)
        .map_err(|error| Pointer::root().child("recurrence").invalid(error))?;
    let items = occurrences.iter().map(|occurrence| {
        let due = Moment {
            local: occurrence.slot,
            zone: plan.zone,
        };
        PreviewItem {
            ordinal: occurrence.ordinal,
            due: MomentView::from(&due),
            due_at: due.at(),
        }
    });
    Ok(HttpResponse::Ok().json(Preview {
        items: items.collect(),
        next_cursor: None,
    }))
}

fn read(body: &Value) -> Result<(::recurrence::Series, usize), Error> {
    let body = Object::read(body, Pointer::root(), &["due", "recurrence", "count"])?;
    let due = Moment::parse(body.needed("due")?, body.at("due"))?;
    let recurrence = Recurrence::parse(body.needed("recurrence")?, body.at("recurrence"))?;
    let plan = recurrence.plan(&due, 1);
    recurrence::check(&plan)?;
    let most = u64::try_from(::recurrence::MAX_PREVIEW).unwrap_or(u64::MAX);
    let count = body.integer("count", 1..=most)?.unwrap_or(10);
    Ok((plan, usize::try_from(count).unwrap_or(usize::MAX)))
}
