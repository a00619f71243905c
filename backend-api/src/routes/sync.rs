//! `GET /v1/sync`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::{SeriesView, TagView, TaskView};
use shared_events::ids::{Epoch, Position, UserId};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use crate::domain::recurrence::Series;
use crate::domain::sync::{Extent, Page, Progress, Request, Resume};
use crate::domain::tag::Tag;
use crate::domain::task::Task;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;

/// Where a sync begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// The last position that the client has, as `17` or, with its epoch, `1.17`; absent for everything. The position
    /// that a socket resumes from is the same.
    #[param(pattern = r"^([0-9]+\.)?[0-9]+$")]
    since: Option<String>,
    /// `next_cursor` of the page before, instead of `since`.
    cursor: Option<String>,
    /// Most items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// What changed, in the order of positions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncPage {
    items: Vec<SyncItem>,
    /// Where the sync goes on; null when the client has everything.
    next_cursor: Option<String>,
    /// How far the client has come with this page.
    position: i64,
    /// The epoch of the positions: `since={epoch}.{position}` next time.
    epoch: i64,
    /// True when the client is to forget what it has: everything follows, from this page on.
    full_resync: bool,
}

/// One changed task, series or tag, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncItem {
    /// The position of its last change.
    position: i64,
    /// `task`, `series` or `tag`.
    r#type: &'static str,
    /// Identity.
    id: String,
    /// Its version.
    version: i64,
    /// True for a tombstone, which has nothing but its id.
    deleted: bool,
    /// The task, unless it is deleted.
    task: Option<TaskView>,
    /// The series.
    series: Option<SeriesView>,
    /// The tag, unless it is deleted.
    tag: Option<TagView>,
}

/// Catch up with all changes since a position
///
/// Each changed task, series and tag comes once, as it is now. A position of another epoch, from the future or so old that
/// tombstones are gone is answered by everything, with `full_resync`.
#[utoipa::path(
    get, path = "/v1/sync", tag = "sync", params(SyncQuery),
    responses(
        (status = 200, body = SyncPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn sync(call: Call, api: web::Data<Api>, query: Query<SyncQuery>) -> Result<HttpResponse, Error> {
    let limit = page_limit(query.limit)?;
    let request = read_request(&query)?;
    let page = api
        .read(&call.user, async |conn| {
            let progress = store::users::progress(conn, &call.user).await?;
            let page = progress.page(request);
            let items = items(conn, &call.user, &page, progress.position, limit + 1).await?;
            Ok(answer(&progress, &page, items, limit as usize))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

fn read_request(query: &SyncQuery) -> Result<Request, Problem> {
    match (&query.since, &query.cursor) {
        (None, None) => Ok(Request::Everything),
        (Some(since), None) => since
            .parse()
            .map(Request::Since)
            .map_err(|why| bad_query("since", why)),
        (None, Some(cursor)) => read_cursor(cursor).map(Request::Next),
        (Some(_), Some(_)) => Err(bad_query("cursor", "takes the place of since: give one")),
    }
}

/// Changes up to a position that was read before: what changes meanwhile gets a later one, and comes next time.
async fn items(
    conn: &mut PgConnection,
    user: &UserId,
    page: &Page,
    until: Position,
    limit: i64,
) -> Result<Vec<SyncItem>, Error> {
    let after = page.from.after;
    let tasks = store::tasks::changed(conn, user, after, until, limit).await?;
    let series = store::series::changed(conn, user, after, until, limit).await?;
    let tags = store::tags::changed(conn, user, after, until, limit).await?;
    let mut items: Vec<_> = tasks
        .iter()
        .map(SyncItem::from)
        .chain(series.iter().map(SyncItem::from))
        .chain(tags.iter().map(SyncItem::from))
        .collect();
    items.sort_unstable_by_key(|item| item.position);
    Ok(items)
}

/// Of several lists that end early only what lies before the earliest end is known to be complete, which the first `limit`
/// items always are.
fn answer(progress: &Progress, page: &Page, mut items: Vec<SyncItem>, limit: usize) -> SyncPage {
    let is_more = items.len() > limit;
    items.truncate(limit);
    let position = items
        .last()
        .filter(|_| is_more)
        .map_or(progress.position.get(), |item| item.position);
    let next = is_more.then_some(Resume {
        after: Position(position),
        ..page.from
    });
    items.retain(|item| !item.deleted || page.from.needs_tombstone(Position(item.position)));
    SyncPage {
        items,
        next_cursor: next.as_ref().map(write_cursor),
        position,
        epoch: progress.epoch.get(),
        full_resync: page.full_resync,
    }
}

/// What its cursors are of.
const LIST: &str = "sync";

fn write_cursor(resume: &Resume) -> String {
    let extent = match resume.extent {
        Extent::Changes => "changes",
        Extent::Everything => "everything",
    };
    page::encode(
        LIST,
        &[
            resume.epoch.to_string(),
            resume.after.to_string(),
            resume.started.to_string(),
            extent.to_owned(),
        ],
    )
}

fn read_cursor(text: &str) -> Result<Resume, Problem> {
    let [epoch, after, started, extent] = page::decode(LIST, text).ok_or_else(bad_cursor)?;
    let number = |text: String| text.parse::<i64>().map_err(|_| bad_cursor());
    let extent = match extent.as_str() {
        "changes" => Extent::Changes,
        "everything" => Extent::Everything,
        _ => return Err(bad_cursor()),
    };
    Ok(Resume {
        epoch: Epoch(number(epoch)?),
        after: Position(number(after)?),
        started: Position(number(started)?),
        extent,
    })
}

impl From<&Task> for SyncItem {
    fn from(task: &Task) -> Self {
        let deleted = task.deleted_at.is_some();
        Self {
            position: task.position.get(),
            r#type: "task",
            id: task.id.to_string(),
            version: task.version.get(),
            deleted,
            task: (!deleted).then(|| TaskView::from(task)),
            series: None,
            tag: None,
        }
    }
}

impl From<&Series> for SyncItem {
    fn from(series: &Series) -> Self {
        Self {
            position: series.position.get(),
            r#type: "series",
            id: series.id.to_string(),
            version: series.version.get(),
            deleted: false,
            task: None,
            series: Some(SeriesView::from(series)),
            tag: None,
        }
    }
}

impl From<&Tag> for SyncItem {
    fn from(tag: &Tag) -> Self {
        let deleted = tag.deleted_at.is_some();
        Self {
            position: tag.position.get(),
            r#type: "tag",
            id: tag.id.to_string(),
            version: tag.version.get(),
            deleted,
            task: None,
            series: None,
            tag: (!deleted).then(|| TagView::from(tag)),
        }
    }
}
