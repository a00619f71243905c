//! `GET /v1/series/{id}/preview`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::http::{Query, bad_query};
use service_kit::problem::Problem;
use utoipa::IntoParams;

use crate::domain::invalid::Invalid;
use crate::domain::recurrence::{Series, to_come};
use crate::error::{Conflict, Error};
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::recurrence::PreviewAnswer;
use crate::store::{self, Stored as _};

/// How many are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeriesPreviewQuery {
    /// Most occurrences.
    #[param(minimum = 1, maximum = 366, default = 10)]
    count: Option<usize>,
}

/// How many there are unless the request says.
const COUNT: usize = 10;

/// Preview a series
///
/// The occurrences that follow the newest one, if it is completed when its time (or its day) begins, or now if that is over, and
/// each later one likewise: what completing creates, computed by the code that creates it. One that was closed was completed
/// when it was closed.
#[utoipa::path(
    get, path = "/v1/series/{id}/preview", operation_id = "preview_series", tag = "series",
    params(("id" = String, Path, format = Uuid), SeriesPreviewQuery),
    responses(
        (status = 200, body = PreviewAnswer),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`series-ended`"),
        (status = 503, body = Problem, content_type = "application/problem+json",
         description = "`unavailable`: too many rules are being computed; ask again"),
    )
)]
pub async fn preview(
    call: Call,
    api: web::Data<Api>,
    query: Query<SeriesPreviewQuery>,
) -> Result<HttpResponse, Error> {
    let count = query.count.unwrap_or(COUNT);
    if !(1..=recurrence::MAX_PREVIEW).contains(&count) {
        return Err(bad_query("count", "must be a whole number from 1 to 366").into());
    }
    let (user, id) = (&call.user, call.id::<Series>()?);
    let found = api.read(user, async |conn| {
        let series = Series::get(conn, user, id)
            .await?
            .ok_or_else(Error::not_found::<Series>)?;
        let newest = store::tasks::occurrence(conn, user, id, series.last_ordinal).await?;
        Ok((series, newest))
    });
    let (series, newest) = found.await?;
    let Some(newest) = newest.filter(|_| series.alive) else {
        return Err(Conflict::SeriesEnded.into());
    };
    let now = api.now().await?;
    let answer = api.search(user, move || {
        let occurrences = to_come(&series, &newest, count, now)?;
        Ok::<_, Invalid>(PreviewAnswer::new(&series.plan, &occurrences))
    });
    Ok(HttpResponse::Ok().json(answer.await??))
}
