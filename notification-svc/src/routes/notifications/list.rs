//! `GET /v1/notifications`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use service_kit::auth::Caller;
use service_kit::http::{Query, bad_query};
use service_kit::page::cut;
use service_kit::problem::Problem;
use shared_events::outbox::current_epoch;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use crate::domain::page::{Page, PageError, Start};
use crate::routes::State;
use crate::routes::view::NotificationView;
use crate::store::inbox::{self, Notification};
use crate::store::{self};

/// Which part of the inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::routes) struct ListQuery {
    /// Only what changed after this position of the stream `notifications`, oldest change first.
    #[param(minimum = 0)]
    since: Option<i64>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of the inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct NotificationList {
    items: Vec<NotificationView>,
    /// Where the next page starts; null on the last one.
    next_cursor: Option<String>,
    /// Everything up to this position is in the pages up to this one's answer: the next `since`.
    position: i64,
    /// Which life of the database the positions belong to.
    epoch: i64,
    /// True when `since` is not a position of this life: drop what you hold, and list without `since`.
    full_resync: bool,
}

/// The inbox: newest first, or with `since` what changed, in the order of the changes.
#[utoipa::path(get, path = "/v1/notifications", tag = "notifications", params(ListQuery),
    responses(
        (status = 200, description = "A page of the inbox", body = NotificationList)))]
pub(in crate::routes) async fn list(
    caller: Caller,
    query: Query<ListQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let page = Page::parse(query.since, query.limit, query.cursor.as_deref()).map_err(bad_parameter)?;
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    // Read before the items: what comes in between is shown and not yet counted, never the other way round.
    let position = inbox::position(&mut transaction, &caller.user).await?;
    let epoch = current_epoch(&mut transaction).await?.get();
    let full_resync = query.since.is_some_and(|since| since > position);
    let (items, next_cursor) = if full_resync {
        (Vec::new(), None)
    } else {
        page_of(&mut transaction, &caller.user, page).await?
    };
    let items = items.into_iter().map(NotificationView::from).collect();
    Ok(HttpResponse::Ok().json(NotificationList {
        items,
        next_cursor,
        position,
        epoch,
        full_resync,
    }))
}

/// The items of a page, and the cursor of the next. One item more than asked for tells whether there is one.
async fn page_of(
    conn: &mut PgConnection,
    user_id: &str,
    page: Page,
) -> Result<(Vec<Notification>, Option<String>), sqlx::Error> {
    let limit = page.limit + 1;
    let mut items = match page.from {
        Start::Before(place) => inbox::newest(conn, user_id, place, limit).await?,
        Start::After(position) => inbox::changed_since(conn, user_id, position, limit).await?,
    };
    let next = cut(&mut items, page.limit).map(|last| match page.from {
        Start::Before(_) => Start::Before(last.created_position),
        Start::After(_) => Start::After(last.position),
    });
    Ok((items, next.map(Start::encode)))
}

fn bad_parameter(error: PageError) -> Problem {
    bad_query(error.parameter(), error)
}
