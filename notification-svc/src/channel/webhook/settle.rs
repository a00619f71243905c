//! Keeps what came of a call: the log, the call's state, and the fact for the outbox, in one transaction.

use chrono::{DateTime, Utc};
use shared_events::event::notification::channel;
use shared_events::ids::NotificationId;
use shared_events::outbox::{current_epoch, enqueue};
use shared_events::topic::Service;
use sqlx::{PgConnection, PgPool};

use super::conclusion::{Conclusion, Then};
use super::order::WebhookDelivery;
use crate::error::WorkError;
use crate::facts::{Action, EndedCall};
use crate::store::{self, deliveries, endpoints, inbox};

/// Keeps the conclusion. A call that another sender has taken over meanwhile keeps only its line in the log.
pub(super) async fn settle(
    pool: &PgPool,
    delivery: &WebhookDelivery,
    conclusion: &Conclusion,
) -> Result<(), WorkError> {
    let WebhookDelivery { user, claimed, .. } = delivery;
    let mut transaction = store::begin_for(pool, user).await?;
    match conclusion.then {
        Then::Again(pause) => {
            deliveries::end_attempt(&mut transaction, claimed, &conclusion.result).await?;
            deliveries::retry_after(&mut transaction, claimed, pause).await?;
        }
        Then::Delivered | Then::GiveUp => finish(&mut transaction, delivery, conclusion).await?,
        Then::Disable => {
            finish(&mut transaction, delivery, conclusion).await?;
            if let Some(endpoint_id) = delivery.endpoint_id {
                endpoints::disable(&mut transaction, user, endpoint_id, &conclusion.result.detail).await?;
            }
            deliveries::make_due(&mut transaction, user, channel::WEBHOOK, &claimed.target).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends the call for good and, unless it was a test, says so on `notification-events`.
async fn finish(
    conn: &mut PgConnection,
    delivery: &WebhookDelivery,
    conclusion: &Conclusion,
) -> Result<(), WorkError> {
    let WebhookDelivery { user, claimed, .. } = delivery;
    let now = inbox::lock_user(conn, user).await?.now;
    deliveries::end_attempt(conn, claimed, &conclusion.result).await?;
    let state = match conclusion.then {
        Then::Delivered => "delivered",
        _ => "failed",
    };
    let finished = deliveries::finish(conn, claimed, state).await?;
    match claimed.notification_id {
        Some(notification_id) if finished => tell(conn, delivery, notification_id, conclusion, now).await,
        _ => Ok(()),
    }
}

async fn tell(
    conn: &mut PgConnection,
    delivery: &WebhookDelivery,
    notification_id: NotificationId,
    conclusion: &Conclusion,
    now: DateTime<Utc>,
) -> Result<(), WorkError> {
    let mut notification = inbox::get(conn, &delivery.user, notification_id)
        .await?
        .ok_or(WorkError::Missing("the notification of a webhook call"))?;
    let previous = notification.fact_version;
    notification.version = notification.version.next();
    notification.fact_version = notification.version;
    inbox::update(conn, &delivery.user, &notification).await?;
    let epoch = current_epoch(conn).await?;
    let call = EndedCall {
        delivered: conclusion.then == Then::Delivered,
        endpoint_id: delivery.endpoint_id,
        attempt: delivery.claimed.attempt,
        detail: &conclusion.result.detail,
    };
    let fact =
        Action::of_call(&delivery.user, &notification, epoch, now).called(&notification, previous, &call);
    enqueue(conn, Service::NotificationSvc, &fact).await?;
    Ok(())
}
