//! `DELETE /v1/me`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_query};
use service_kit::problem::Problem;
use utoipa::{IntoParams, ToSchema};

use crate::actions::account::Deleted;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// That it is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConfirmQuery {
    /// `everything`, since this cannot be undone.
    #[param(required = true, pattern = "^everything$")]
    confirm: Option<String>,
}

/// What became of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountDeleted {
    deleted: Deleted,
    /// What is kept elsewhere, and for how long.
    kept: Vec<&'static str>,
}

/// Delete everything
///
/// All tasks, series, projects, tags, filters and settings of the caller, for good: nothing can be restored, and the words are gone from
/// the database. Other devices are told. What is kept elsewhere is in the answer: erasing it from the audit log comes with a
/// later version. If the call is interrupted it can be made again.
#[utoipa::path(
    delete, path = "/v1/me", operation_id = "delete_account", tag = "me", params(ConfirmQuery),
    responses(
        (status = 200, body = AccountDeleted),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn delete(
    call: Call,
    api: web::Data<Api>,
    query: Query<ConfirmQuery>,
) -> Result<HttpResponse, Error> {
    if query.confirm.as_deref() != Some("everything") {
        return Err(bad_query("confirm", "must be everything, since this cannot be undone").into());
    }
    let deleted = api.delete_account(&call).await?;
    Ok(HttpResponse::Ok().json(AccountDeleted {
        deleted,
        kept: vec![
            "the audit log keeps its entries: erasing them is not possible yet",
            "events on their way keep what they say for 30 days",
            "notifications keep the titles of what they reminded of, and webhook endpoints stay: delete them there",
        ],
    }))
}
