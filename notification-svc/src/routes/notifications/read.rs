//! `POST /v1/notifications/{id}/read`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use service_kit::auth::Caller;
use service_kit::problem::Problem;
use shared_events::event::view::NotificationView;
use shared_events::ids::{NotificationId, UserId};
use shared_events::outbox::{current_epoch, enqueue};
use shared_events::topic::Service;
use sqlx::PgConnection;

use crate::error::WorkError;
use crate::facts::Action;
use crate::routes::State;
use crate::routes::view;
use crate::store;
use crate::store::inbox::{self, Notification};

/// Marks a notification read. Doing so again changes nothing.
#[utoipa::path(post, path = "/v1/notifications/{id}/read", operation_id = "read_notification", tag = "notifications",
    params(("id" = Uuid, Path, description = "The notification")),
    responses(
        (status = 200, description = "It is read", body = NotificationView,
            headers(("Taskwire-Position" = i64, description = "Its position in the stream `notifications`"))),
        (status = 404, description = "You have no such notification", body = Problem)))]
pub(in crate::routes) async fn read(
    caller: Caller,
    id: Path<NotificationId>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    inbox::lock_user(&mut transaction, &caller.user).await?;
    let stored = inbox::get(&mut transaction, &caller.user, *id)
        .await?
        .ok_or_else(no_such_notification)?;
    let is_news = stored.read_at.is_none();
    let read = if is_news {
        mark_read(&mut transaction, &caller.user, stored).await?
    } else {
        stored
    };
    transaction.commit().await?;
    if is_news {
        state.relay.wake();
    }
    Ok(HttpResponse::Ok()
        .insert_header(("Taskwire-Position", read.position.to_string()))
        .json(view::notification(&read)))
}

async fn mark_read(
    conn: &mut PgConnection,
    user: &UserId,
    mut notification: Notification,
) -> Result<Notification, WorkError> {
    let locked = inbox::next_position(conn, user).await?;
    let previous = notification.update_version;
    notification.read_at = Some(locked.now);
    notification.position = locked.position;
    notification.version = notification.version.next();
    notification.update_version = notification.version;
    inbox::update(conn, user, &notification).await?;
    let action = Action::of_user(user, current_epoch(conn).await?, locked.now);
    enqueue(
        conn,
        Service::NotificationSvc,
        &action.read(&notification, previous),
    )
    .await?;
    Ok(notification)
}

fn no_such_notification() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail("You have no such notification.")
}
