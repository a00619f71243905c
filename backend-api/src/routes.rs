//! The routing table, readable from top to bottom.

pub mod api;
pub mod batch;
pub mod body;
pub mod call;
pub mod filters;
pub mod me;
pub mod openapi;
pub mod projects;
pub mod quick_add;
pub mod recurrence;
pub mod scope;
mod searches;
pub mod series;
pub mod stats;
pub mod sync;
pub mod tags;
pub mod tasks;

use actix_web::http::Method;
use actix_web::web;
use service_kit::http::{JsonLimit, resource};

pub use api::Api;
pub use openapi::document;

/// The largest body that is read, in bytes: a task with everything at its limit, written with escapes, and some room.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(JsonLimit(MAX_BODY_BYTES))
        .service(
            resource("/v1/tasks")
                .get(tasks::list::list)
                .with_query(Method::GET)
                .post(tasks::create::create),
        )
        .service(
            resource("/v1/tasks/{id}")
                .get(tasks::get::get)
                .patch(tasks::update::update)
                .with_query(Method::PATCH)
                .delete(tasks::delete::delete)
                .with_query(Method::DELETE),
        )
        .service(resource("/v1/tasks/{id}/complete").post(tasks::complete::complete))
        .service(resource("/v1/tasks/{id}/reopen").post(tasks::reopen::reopen))
        .service(resource("/v1/tasks/{id}/skip").post(tasks::skip::skip))
        .service(resource("/v1/tasks/{id}/restore").post(tasks::restore::restore))
        .service(resource("/v1/tasks/{id}/move").post(tasks::relocate::relocate))
        .service(
            resource("/v1/series/{id}")
                .get(series::get::get)
                .patch(series::update::update),
        )
        .service(
            resource("/v1/series/{id}/occurrences")
                .get(series::occurrences::occurrences)
                .with_query(Method::GET),
        )
        .service(
            resource("/v1/series/{id}/preview")
                .get(series::preview::preview)
                .with_query(Method::GET),
        )
        .service(resource("/v1/series/{id}/skip").post(series::skip::skip))
        .service(resource("/v1/series/{id}/stop").post(series::stop::stop))
        .service(
            resource("/v1/projects")
                .get(projects::list::list)
                .with_query(Method::GET)
                .post(projects::create::create),
        )
        .service(
            resource("/v1/projects/{id}")
                .get(projects::get::get)
                .patch(projects::update::update)
                .delete(projects::delete::delete),
        )
        .service(resource("/v1/projects/{id}/move").post(projects::relocate::relocate))
        .service(
            resource("/v1/filters")
                .get(filters::list::list)
                .with_query(Method::GET)
                .post(filters::create::create),
        )
        .service(
            resource("/v1/filters/{id}")
                .get(filters::get::get)
                .patch(filters::update::update)
                .delete(filters::delete::delete),
        )
        .service(resource("/v1/filters/{id}/move").post(filters::relocate::relocate))
        .service(
            resource("/v1/me")
                .get(me::get::get)
                .patch(me::update::update)
                .delete(me::delete::delete)
                .with_query(Method::DELETE),
        )
        .service(resource("/v1/me/export").get(me::export::export))
        .service(
            resource("/v1/tags")
                .get(tags::list::list)
                .with_query(Method::GET)
                .post(tags::create::create),
        )
        .service(
            resource("/v1/tags/{id}")
                .get(tags::get::get)
                .patch(tags::update::update)
                .delete(tags::delete::delete),
        )
        .service(resource("/v1/stats").get(stats::get).with_query(Method::GET))
        .service(resource("/v1/quick-add").post(quick_add::quick_add))
        .service(resource("/v1/batch").post(batch::run))
        .service(resource("/v1/sync").get(sync::sync).with_query(Method::GET))
        .service(resource("/v1/recurrence/preview").post(recurrence::preview))
        .service(resource("/openapi.json").get(openapi::serve))
        .service(web::redirect("/docs", "/docs/"))
        .service(openapi::ui());
}
