//! `PATCH /v1/me`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::SettingsView;
use shared_events::ids::SettingsId;

use crate::actions::settings;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::settings::SettingsPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Change the settings
///
/// JSON merge-patch (RFC 7396). Tasks that are there already stay as they are.
#[utoipa::path(
    patch, path = "/v1/me", operation_id = "update_settings", tag = "me", request_body = SettingsPatch,
    params(("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SettingsView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn update(
    call: Call,
    api: web::Data<Api>,
    body: Body<SettingsPatch>,
) -> Result<HttpResponse, Error> {
    let target = call.target_of(SettingsId::of(&call.user));
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        Answer::of(&settings::edit(change, &target, &body.input).await?)
    })
    .await
}
