//! The routing table, readable from top to bottom.

pub mod api;
pub mod body;
pub mod call;
pub mod cursor;
pub mod openapi;
pub mod recurrence;
pub mod sync;
pub mod tags;
pub mod tasks;

use actix_web::web;
use service_kit::http;

pub use api::Api;
pub use openapi::document;

/// The largest body that is read, in bytes: a task with everything at its limit, written with escapes, and some room.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// Every route of the service.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(http::JsonLimit(MAX_BODY_BYTES))
        .service(
            web::resource("/v1/tasks")
                .get(tasks::list::list)
                .post(tasks::create::create)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(
            web::resource("/v1/tasks/{id}")
                .get(tasks::get::get)
                .patch(tasks::update::update)
                .delete(tasks::delete::delete)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(verb("complete").post(tasks::complete::complete))
        .service(verb("reopen").post(tasks::reopen::reopen))
        .service(verb("skip").post(tasks::skip::skip))
        .service(
            web::resource("/v1/tags")
                .get(tags::list::list)
                .post(tags::create::create)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(
            web::resource("/v1/tags/{id}")
                .get(tags::get::get)
                .patch(tags::update::update)
                .delete(tags::delete::delete)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(
            web::resource("/v1/sync")
                .get(sync::sync)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(
            web::resource("/v1/recurrence/preview")
                .post(recurrence::preview)
                .default_service(web::to(http::method_not_allowed)),
        )
        .service(web::redirect("/docs", "/docs/"))
        .service(openapi::ui());
}

/// What is done to a task and is not an edit.
fn verb(name: &str) -> actix_web::Resource {
    web::resource(format!("/v1/tasks/{{id}}/{name}")).default_service(web::to(http::method_not_allowed))
}
