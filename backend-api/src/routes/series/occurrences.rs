//! `GET /v1/series/{id}/occurrences`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::http::{Query, bad_cursor, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use utoipa::IntoParams;

use crate::domain::recurrence::Series;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::tasks::list::TaskPage;
use crate::store::{self, Stored as _};

/// Which occurrences are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OccurrenceQuery {
    /// Most items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the occurrences of a series, newest first
///
/// Open ones and closed ones; those that were deleted are left out. Those to come are in the preview.
#[utoipa::path(
    get, path = "/v1/series/{id}/occurrences", operation_id = "list_occurrences", tag = "series",
    params(("id" = String, Path, format = Uuid), OccurrenceQuery),
    responses(
        (status = 200, body = TaskPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn occurrences(
    call: Call,
    api: web::Data<Api>,
    query: Query<OccurrenceQuery>,
) -> Result<HttpResponse, Error> {
    let (user, id) = (&call.user, call.id::<Series>()?);
    let limit = page_limit(query.limit)?;
    let list = format!("occurrences {id}");
    let below = match query.cursor.as_deref() {
        Some(cursor) => Some(read_cursor(&list, cursor).ok_or_else(bad_cursor)?),
        None => None,
    };
    let found = api.read(user, async |conn| {
        let series = Series::get(conn, user, id).await?;
        series.ok_or_else(Error::not_found::<Series>)?;
        Ok(store::tasks::occurrences(conn, user, id, below, limit + 1).await?)
    });
    let mut tasks = found.await?;
    let last = page::cut(&mut tasks, limit).and_then(|last| last.occurrence);
    let next_cursor = last.map(|last| page::encode(&list, &[last.ordinal.to_string()]));
    Ok(HttpResponse::Ok().json(TaskPage::new(&tasks, next_cursor)))
}

fn read_cursor(list: &str, cursor: &str) -> Option<i32> {
    let [ordinal] = page::decode(list, cursor)?;
    ordinal.parse().ok()
}
