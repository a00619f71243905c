//! Keeps what came of a call: the log, the call's state, and the fact for the outbox, in one transaction.

use chrono::{DateTime, Utc};
use shared_events::event::notification::channel;
use shared_events::outbox::{current_epoch, enqueue};
use shared_events::topic::Service;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::conclusion::{Conclusion, Then};
use crate::error::WorkError;
use crate::facts::{Action, CallEnd};
use crate::store::deliveries::{self, AttemptEnd, ClaimedDelivery};
use crate::store::{self, endpoints, inbox};

/// Keeps the conclusion. A call that another sender has taken over meanwhile keeps only its line in the log.
pub(super) async fn settle(
    pool: &PgPool,
    delivery: &ClaimedDelivery,
    conclusion: &Conclusion,
) -> Result<(), WorkError> {
    let mut transaction = store::begin_for(pool, &delivery.user_id).await?;
    match conclusion.then {
        Then::Again(pause) => {
            log(&mut transaction, delivery, conclusion).await?;
            deliveries::retry_after(&mut transaction, delivery, pause).await?;
        }
        Then::Delivered | Then::GiveUp => finish(&mut transaction, delivery, conclusion).await?,
        Then::Disable => {
            finish(&mut transaction, delivery, conclusion).await?;
            let (user_id, target) = (&delivery.user_id, &delivery.target);
            endpoints::disable(&mut transaction, user_id, target, &conclusion.detail).await?;
            deliveries::hurry(&mut transaction, user_id, channel::WEBHOOK, target).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends the call for good and, unless it was a test, says so on `notification-events`.
async fn finish(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    conclusion: &Conclusion,
) -> Result<(), WorkError> {
    let now = inbox::lock_user(conn, &delivery.user_id).await?.now;
    log(conn, delivery, conclusion).await?;
    let state = match conclusion.then {
        Then::Delivered => "delivered",
        _ => "failed",
    };
    let finished = deliveries::finish(conn, delivery, state).await?;
    match delivery.notification_id {
        Some(notification_id) if finished => tell(conn, delivery, notification_id, conclusion, now).await,
        _ => Ok(()),
    }
}

async fn tell(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    notification_id: Uuid,
    conclusion: &Conclusion,
    now: DateTime<Utc>,
) -> Result<(), WorkError> {
    let mut notification = inbox::get(conn, &delivery.user_id, notification_id)
        .await?
        .ok_or(WorkError::Missing("the notification of a webhook call"))?;
    let previous = notification.fact_version;
    notification.version += 1;
    notification.fact_version = notification.version;
    inbox::update(conn, &delivery.user_id, &notification).await?;
    let epoch = current_epoch(conn).await?;
    let action = Action::of_call(&delivery.user_id, &notification, epoch, now)?;
    let end = CallEnd {
        delivered: conclusion.then == Then::Delivered,
        target: &delivery.target,
        attempt: delivery.attempt,
        detail: &conclusion.detail,
    };
    enqueue(
        conn,
        Service::NotificationSvc,
        &action.called(&notification, previous, &end),
    )
    .await?;
    Ok(())
}

async fn log(
    conn: &mut PgConnection,
    delivery: &ClaimedDelivery,
    conclusion: &Conclusion,
) -> Result<(), WorkError> {
    let end = AttemptEnd {
        outcome: conclusion.outcome,
        status: conclusion.status.map(i32::from),
        latency: conclusion.latency,
        detail: &conclusion.detail,
        response: conclusion.response.as_deref(),
    };
    deliveries::end_attempt(conn, delivery, &end).await?;
    Ok(())
}
