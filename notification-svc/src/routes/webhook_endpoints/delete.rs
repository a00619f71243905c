//! `DELETE /v1/webhook-endpoints/{id}`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use service_kit::auth::Caller;
use service_kit::problem::Problem;
use shared_events::event::notification::channel;
use shared_events::ids::WebhookEndpointId;

use crate::routes::State;
use crate::store::{self, deliveries, endpoints, inbox};

/// Deletes a webhook endpoint and its secret. Calls that were still to be made to it end as failed.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", operation_id = "delete_webhook_endpoint", tag = "webhook-endpoints",
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "You have no such endpoint", body = Problem)))]
pub(in crate::routes) async fn delete(
    caller: Caller,
    id: Path<WebhookEndpointId>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    inbox::lock_user(&mut transaction, &caller.user).await?;
    if !endpoints::delete(&mut transaction, &caller.user, *id).await? {
        return Err(no_such_endpoint());
    }
    deliveries::make_due(&mut transaction, &caller.user, channel::WEBHOOK, &id.to_string()).await?;
    transaction.commit().await?;
    state.sender.notify_one();
    Ok(HttpResponse::NoContent().finish())
}

fn no_such_endpoint() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail("You have no such webhook endpoint.")
}
