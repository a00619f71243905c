//! HTTP as every service does it: errors as problems, CORS, one span per request, a graceful stop.

mod errors;
mod json;
pub mod openapi;
mod query;
mod resource;
mod trace;

use std::str::FromStr;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::{Server, ServerHandle};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError};
use clap::Args;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::frame::CallerPort;
use crate::lifecycle::Lifecycle;
use crate::problem::Problem;

pub use errors::path_config;
pub use json::{Json, JsonLimit, NoBody, read};
pub use query::{Query, bad_cursor, bad_query, page_limit};
pub use resource::{Resource, resource};
pub use trace::trace;

/// Longer than the 90 s for which clients pool an idle connection, so that theirs is the end that closes it: a request
/// on a connection that is being closed here meets its end instead of an answer. A client may also open a connection
/// before it has a request for it, so the first request has as long.
const IDLE_CONNECTION: Duration = Duration::from_secs(120);
/// How long a stop lets requests finish: less than [`crate::frame::DRAIN`].
const FINISH_REQUESTS_SECONDS: u64 = 8;
const PREFLIGHT_SECONDS: usize = 3600;
const ALLOWED_HEADERS: [&str; 8] = [
    "authorization",
    "content-type",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "traceparent",
    "tracestate",
    "x-request-id",
];
const EXPOSED_HEADERS: [&str; 10] = [
    "etag",
    "location",
    "taskwire-position",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-request-id",
];

/// Which web origins may call.
#[derive(Debug, Clone, Default, Args)]
pub struct CorsArgs {
    /// Web origins that may call from a browser, comma separated, as in `https://app.example.org` [default: none]
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub cors_allowed_origins: Vec<Origin>,
}

/// A web origin: scheme, host and port, in the form in which browsers send it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        let expected = || format!("an origin looks like https://app.example.org, not {value:?}");
        let url = Url::parse(value.trim()).map_err(|_| expected())?;
        let is_origin_alone = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let origin = url.origin();
        if !is_origin_alone || !origin.is_tuple() {
            return Err(expected());
        }
        Ok(Self(origin.ascii_serialization()))
    }
}

/// CORS for the given origins; the headers that our clients need are exposed.
pub fn cors(origins: &[Origin]) -> Cors {
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers(ALLOWED_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
        .block_on_origin_mismatch(false)
        .max_age(PREFLIGHT_SECONDS);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin.as_str()))
}

/// The default service: a problem, and not an empty 404.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found")
        .detail(format!("There is nothing at {}.", request.path()))
        .error_response()
}

/// The server of an API, with what all APIs share; `configure` adds the routes and what their handlers need. It has as
/// many workers as the machine has cores.
///
/// # Errors
/// Those of the system.
pub fn server(
    port: CallerPort,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<Server> {
    let CallerPort {
        listener,
        verifier,
        origins,
    } = port;
    let verifier = web::Data::new(verifier);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(cors(&origins))
            .wrap(from_fn(trace))
            .app_data(verifier.clone())
            .app_data(path_config())
            .configure(configure.clone())
            .default_service(web::to(not_found))
    });
    let server = server
        .keep_alive(IDLE_CONNECTION)
        .client_request_timeout(IDLE_CONNECTION)
        .disable_signals()
        .shutdown_timeout(FINISH_REQUESTS_SECONDS);
    Ok(server.listen(listener)?.run())
}

/// Runs a server as a component: it stops accepting when a stop is asked for, and finishes what it has begun.
pub fn serve(lifecycle: &Lifecycle, name: &'static str, server: Server) {
    let handle = server.handle();
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn(name, until(server, handle, shutdown, true));
}

/// Runs a server until it ends or `stop` is cancelled; it must be polled to stop, hence the join.
pub(crate) async fn until(
    mut server: Server,
    handle: ServerHandle,
    stop: CancellationToken,
    gracefully: bool,
) -> std::io::Result<()> {
    tokio::select! {
        end = &mut server => return end,
        () = stop.cancelled() => {}
    }
    let ((), end) = tokio::join!(handle.stop(gracefully), server);
    end
}

/// `Retry-After` in whole seconds, for a [`Problem`] of one's own.
#[must_use]
pub fn retry_after(seconds: u64) -> (header::HeaderName, String) {
    (header::RETRY_AFTER, seconds.max(1).to_string())
}

#[cfg(test)]
mod tests;
