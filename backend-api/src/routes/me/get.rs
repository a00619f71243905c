//! `GET /v1/me`.

use actix_web::{HttpResponse, web};
use shared_events::event::view::SettingsView;
use shared_events::ids::SettingsId;

use crate::answer;
use crate::domain::settings::Settings;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store::Stored as _;

/// Read the settings
///
/// What the caller chose for all tasks; of who never chose anything, version 0 with what everybody begins with.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "get_settings", tag = "me",
    responses((status = 200, body = SettingsView, headers(("ETag" = String)))),
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    let user = &call.user;
    let found = api.read(user, async |conn| {
        Ok(Settings::get(conn, user, SettingsId::of(user)).await?)
    });
    let settings = found.await?.map(Settings::or_anew);
    let settings = settings.unwrap_or_else(|| Settings::initial(user));
    Ok(answer::shown(&settings))
}
