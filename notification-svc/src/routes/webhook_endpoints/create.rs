//! `POST /v1/webhook-endpoints`.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use service_kit::auth::Caller;
use service_kit::http::Json;
use service_kit::problem::Problem;
use shared_events::ids::WebhookEndpointId;
use utoipa::ToSchema;

use crate::domain::allow_list::AllowList;
use crate::domain::destination::{Destination, Refusal};
use crate::domain::secret::SigningSecret;
use crate::routes::State;
use crate::store::{self, endpoints, inbox};

/// Endpoints of one user at most: each multiplies what a reminder sends.
const MAX_ENDPOINTS: i64 = 20;

/// A new webhook endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"url": "https://hooks.example.com/taskwire"})))]
pub(in crate::routes) struct NewEndpoint {
    /// Where calls go: https, port 443, a public address; at most 2048 bytes.
    #[schema(format = "uri", max_length = 2048)]
    url: String,
}

/// A webhook endpoint with its secret, which is shown only here.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct CreatedEndpoint {
    /// Identity.
    #[schema(value_type = Uuid)]
    id: WebhookEndpointId,
    /// Where calls go.
    url: String,
    /// What calls are signed with, as Standard Webhooks says: `whsec_` and base64.
    secret: String,
}

/// Registers a webhook endpoint: each reminder that fires is posted to it, signed as Standard Webhooks says.
#[utoipa::path(post, path = "/v1/webhook-endpoints", operation_id = "create_webhook_endpoint", tag = "webhook-endpoints", request_body = NewEndpoint,
    responses(
        (status = 201, description = "Registered", body = CreatedEndpoint,
            headers(("Location" = String, description = "The endpoint"))),
        (status = 409, description = "You have as many endpoints as are possible", body = Problem),
        (status = 422, description = "The URL cannot be called", body = Problem)))]
pub(in crate::routes) async fn create(
    caller: Caller,
    body: Json<NewEndpoint>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let destination = parse(&body.0.url, &state.allow_list)?;
    let (id, secret) = (WebhookEndpointId::new(), SigningSecret::generate());
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    inbox::lock_user(&mut transaction, &caller.user).await?;
    if endpoints::count(&mut transaction, &caller.user).await? >= MAX_ENDPOINTS {
        return Err(too_many());
    }
    let url = destination.to_string();
    endpoints::insert(&mut transaction, &caller.user, id, &url, &secret).await?;
    transaction.commit().await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/v1/webhook-endpoints/{id}")))
        .json(CreatedEndpoint {
            id,
            url,
            secret: secret.reveal(),
        }))
}

/// Refuses what is known to be uncallable now; what a name resolves to is judged at each call.
fn parse(url: &str, allow_list: &AllowList) -> Result<Destination, Problem> {
    let destination = Destination::parse(url).map_err(bad_url)?;
    destination.reach(allow_list).map_err(bad_url)?;
    Ok(destination)
}

fn bad_url(refusal: Refusal) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "validation",
        "The request body is not valid",
    )
    .detail(format!("url {refusal}"))
    .pointer("/url")
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "too-many-endpoints",
        "Too many webhook endpoints",
    )
    .detail(format!(
        "You have {MAX_ENDPOINTS} endpoints, and no more are possible; delete one first."
    ))
}
