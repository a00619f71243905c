//! The description of the API, which is served with a UI and kept in the repository as `openapi.json`.

use actix_web::HttpResponse;
use service_kit::http::openapi::Common;
use shared_events::event::view::{FilterView, ProjectView, SeriesView, SettingsView, TagView, TaskView};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{batch, filters, me, projects, quick_add, recurrence, series, stats, sync, tags, tasks};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Taskwire", description = "Tasks, series, projects, tags, filters, settings, figures and sync. Errors are RFC 9457 problems with a stable `type`.",
         license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(
        tasks::create::create, tasks::list::list, tasks::get::get, tasks::update::update, tasks::delete::delete,
        tasks::complete::complete, tasks::reopen::reopen, tasks::skip::skip, tasks::restore::restore,
        tasks::relocate::relocate, projects::create::create, projects::list::list, projects::get::get,
        projects::update::update, projects::delete::delete, projects::relocate::relocate, filters::create::create, filters::list::list,
        filters::get::get, filters::update::update, filters::delete::delete, filters::relocate::relocate, me::get::get,
        me::update::update, me::delete::delete, me::export::export, series::get::get, series::update::update, series::occurrences::occurrences,
        series::preview::preview, series::skip::skip, series::stop::stop, tags::create::create, tags::list::list,
        batch::run, tags::get::get, tags::update::update, tags::delete::delete, sync::sync, recurrence::preview,
        stats::get, quick_add::quick_add,
    ),
    components(schemas(TaskView, SeriesView, TagView, ProjectView, FilterView, SettingsView)),
    modifiers(&Common),
)]
struct Document;

#[must_use]
pub fn document() -> OpenApi {
    Document::openapi()
}

/// `GET /docs/`: the description for people.
pub fn ui() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"))
}

/// `GET /openapi.json`: the description for machines.
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
