//! `GET /v1/sync`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::{FilterView, ProjectView, SeriesView, SettingsView, TagView, TaskView};
use shared_events::ids::{Epoch, Position, UserId};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use crate::domain::aggregate::Aggregate;
use crate::domain::project::Project;
use crate::domain::recurrence::Series;
use crate::domain::saved_filter::SavedFilter;
use crate::domain::settings::Settings;
use crate::domain::sync::{Extent, Page, Progress, Request, Resume};
use crate::domain::tag::Tag;
use crate::domain::task::Task;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;
use crate::view::Shown as _;

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

/// One changed task, series, tag, project or filter, or the changed settings, as they are now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncItem {
    /// The position of its last change.
    position: i64,
    /// `task`, `series`, `tag`, `project`, `filter` or `settings`.
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
    /// The project, unless it is deleted.
    project: Option<ProjectView>,
    /// The settings, unless they are deleted.
    settings: Option<SettingsView>,
    /// The saved filter, unless it is deleted.
    filter: Option<FilterView>,
}

/// Catch up with all changes since a position
///
/// Each changed task, series, tag, project and filter, and the settings if they changed, come once, as they are now. A position of another epoch, from the future or so old that
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
            let items = items(conn, &call.user, page.from.after, progress.position, limit + 1).await?;
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
pub(super) async fn items(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
    limit: i64,
) -> Result<Vec<SyncItem>, Error> {
    let tasks = store::tasks::changed(conn, user, after, until, limit).await?;
    let series = store::series::changed(conn, user, after, until, limit).await?;
    let tags = store::tags::changed(conn, user, after, until, limit).await?;
    let projects = store::projects::changed(conn, user, after, until, limit).await?;
    let filters = store::filters::changed(conn, user, after, until, limit).await?;
    let settings = store::settings::changed(conn, user, after, until).await?;
    let mut items: Vec<_> = tasks
        .iter()
        .map(SyncItem::from)
        .chain(series.iter().map(SyncItem::from))
        .chain(tags.iter().map(SyncItem::from))
        .chain(projects.iter().map(SyncItem::from))
        .chain(filters.iter().map(SyncItem::from))
        .chain(settings.iter().map(SyncItem::from))
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

impl SyncItem {
    pub(super) fn position(&self) -> Position {
        Position(self.position)
    }

    pub(super) fn is_tombstone(&self) -> bool {
        self.deleted
    }

    /// What is changed, and nothing yet of what it is now.
    fn of<T: Aggregate>(changed: &T) -> Self {
        Self {
            position: changed.position().get(),
            r#type: T::NAME,
            id: changed.id().to_string(),
            version: changed.version().get(),
            deleted: changed.is_deleted(),
            task: None,
            series: None,
            tag: None,
            project: None,
            settings: None,
            filter: None,
        }
    }
}

macro_rules! items {
    ($($type:ty => $field:ident;)+) => {$(
        impl From<&$type> for SyncItem {
            fn from(changed: &$type) -> Self {
                Self {
                    $field: (!changed.is_deleted()).then(|| changed.view()),
                    ..Self::of(changed)
                }
            }
        }
    )+};
}

items! {
    Task => task;
    Series => series;
    Tag => tag;
    Project => project;
    Settings => settings;
    SavedFilter => filter;
}
