//! `GET /v1/notifications`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use service_kit::auth::Caller;
use service_kit::http::{Query, bad_query};
use service_kit::page::cut;
use service_kit::problem::Problem;
use shared_events::event::view::NotificationView;
use shared_events::ids::{Epoch, Position, UserId};
use shared_events::outbox::current_epoch;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};

use crate::domain::page::{PageCursor, PageError, Progress, Question, Start};
use crate::routes::State;
use crate::routes::view;
use crate::store::inbox::{self, Notification};
use crate::store::{self};

/// Which part of the inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::routes) struct ListQuery {
    /// Only what changed after this position of the stream `notifications`, oldest change first: as `17` or, with its
    /// epoch, `1.17`. The position that a socket resumes from is the same.
    #[param(pattern = r"^([0-9]+\.)?[0-9]+$")]
    since: Option<String>,
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
    /// Where the client has come to. With `since` it has every change up to here, with this page. Without, it has every
    /// change up to here once it has read all pages, each of which says the same.
    #[schema(value_type = i64)]
    position: Position,
    /// The epoch of the positions: `since={epoch}.{position}` next time.
    #[schema(value_type = i64)]
    epoch: Epoch,
    /// True when the client is to forget what it has: everything follows, from this page on.
    full_resync: bool,
}

/// The inbox: newest first, or with `since` what changed, in the order of the changes.
#[utoipa::path(get, path = "/v1/notifications", operation_id = "list_notifications", tag = "notifications", params(ListQuery),
    responses(
        (status = 200, description = "A page of the inbox", body = NotificationList)))]
pub(in crate::routes) async fn list(
    caller: Caller,
    query: Query<ListQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query.since.as_deref(), query.limit, query.cursor.as_deref());
    let question = question.map_err(bad_parameter)?;
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    // Read before the items: what comes in between is shown and not yet counted, never the other way round.
    let progress = Progress {
        position: inbox::position(&mut transaction, &caller.user).await?,
        epoch: current_epoch(&mut transaction).await?,
    };
    let page = progress.page(question.page);
    // One item more than asked for tells whether there is another page.
    let more = question.limit + 1;
    let mut items = read(&mut transaction, &caller.user, page.place.start, more).await?;
    let has_more = cut(&mut items, question.limit).is_some();
    let reached = items.last().map(|last| reached(page.place.start, last));
    let next = reached
        .filter(|_| has_more)
        .map(|start| PageCursor { start, ..page.place });
    let position = match (page.place.start, reached) {
        (Start::Newest { known, .. }, _) => known,
        (Start::After(_), Some(Start::After(last))) if has_more => last,
        (Start::After(_), Some(Start::After(last))) => last.max(progress.position),
        (Start::After(_), _) => progress.position,
    };
    Ok(HttpResponse::Ok().json(NotificationList {
        items: items.iter().map(view::notification).collect(),
        next_cursor: next.map(PageCursor::encode),
        position,
        epoch: progress.epoch,
        full_resync: page.full_resync,
    }))
}

async fn read(
    conn: &mut PgConnection,
    user: &UserId,
    start: Start,
    limit: i64,
) -> Result<Vec<Notification>, sqlx::Error> {
    match start {
        Start::Newest { below, .. } => inbox::newest(conn, user, below, limit).await,
        Start::After(position) => inbox::changed_since(conn, user, position, limit).await,
    }
}

/// Where the list goes on after its last item.
fn reached(start: Start, last: &Notification) -> Start {
    match start {
        Start::Newest { known, .. } => Start::Newest {
            below: last.created_position,
            known,
        },
        Start::After(_) => Start::After(last.position),
    }
}

fn bad_parameter(error: PageError) -> Problem {
    bad_query(error.parameter(), error)
}
