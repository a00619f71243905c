//! A claimed call with all that is needed to make it, so that no database is asked while it is made.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shared_events::event::notification::channel;
use shared_events::ids::{UserId, WebhookEndpointId};
use shared_events::outbox;
use sqlx::{PgConnection, PgPool};
use tracing::error;

use super::client::Call;
use crate::domain::destination::Destination;
use crate::domain::payload::{Fired, Message, Test};
use crate::error::WorkError;
use crate::store::deliveries::{self, ClaimedDelivery};
use crate::store::endpoints::{self, Callee};
use crate::store::inbox::{self, Notification};
use crate::store::{self, Claim};

/// What looking for a call came to.
pub(super) enum Claimed {
    /// A call to make.
    Order(Box<Order>),
    /// One that cannot be made. It comes up again when its claim ends, and holds up no other until then.
    Unusable,
    /// None is due; in so many seconds one will be.
    Nothing {
        /// By the database's clock; `None` when none is planned at all.
        next: Option<f64>,
    },
}

/// A claimed delivery, parsed.
pub(super) struct WebhookDelivery {
    pub(super) user: UserId,
    /// None where its target is no endpoint.
    pub(super) endpoint_id: Option<WebhookEndpointId>,
    pub(super) claimed: ClaimedDelivery,
}

/// What to do about a delivery.
pub(super) struct Order {
    pub(super) delivery: WebhookDelivery,
    /// The call, or why it is not to be made at all.
    pub(super) call: Result<Call, &'static str>,
}

/// Claims the call that has been due longest. Committed before the call is made, with `synchronous_commit` on: an
/// attempt that was made is never forgotten.
pub(super) async fn claim(
    pool: &PgPool,
    busy: &[String],
    visibility: Duration,
) -> Result<Claimed, WorkError> {
    let mut transaction = pool.begin().await?;
    store::act_to_claim(&mut transaction, Claim::Delivery).await?;
    let claimed = deliveries::claim_next(&mut transaction, channel::WEBHOOK, busy, visibility).await?;
    let Some(claimed) = claimed else {
        let next = deliveries::seconds_to_next(&mut transaction, channel::WEBHOOK, busy).await?;
        return Ok(Claimed::Nothing { next });
    };
    let delivery_id = claimed.delivery_id;
    let outcome = match order(&mut transaction, claimed).await {
        Ok(order) => Claimed::Order(Box::new(order)),
        Err(error @ (WorkError::User(_) | WorkError::Missing(_))) => {
            error!(%error, delivery.id = %delivery_id, "cannot make a webhook call, leaving it for later");
            Claimed::Unusable
        }
        Err(error) => return Err(error),
    };
    transaction.commit().await?;
    Ok(outcome)
}

async fn order(conn: &mut PgConnection, claimed: ClaimedDelivery) -> Result<Order, WorkError> {
    let delivery = WebhookDelivery {
        user: UserId::parse(&claimed.user_id)?,
        endpoint_id: claimed.target.parse().ok(),
        claimed,
    };
    outbox::act_as(conn, delivery.user.as_str()).await?;
    deliveries::begin_attempt(conn, &delivery.claimed).await?;
    let call = call(conn, &delivery).await?;
    Ok(Order { delivery, call })
}

/// The call, or why it is not to be made.
async fn call(
    conn: &mut PgConnection,
    delivery: &WebhookDelivery,
) -> Result<Result<Call, &'static str>, WorkError> {
    let WebhookDelivery { user, claimed, .. } = delivery;
    let Some(endpoint_id) = delivery.endpoint_id else {
        return Ok(Err("the target is no endpoint"));
    };
    let Some(callee) = endpoints::callee(conn, user, endpoint_id).await? else {
        return Ok(Err("the endpoint was deleted"));
    };
    if !callee.enabled {
        return Ok(Err("the endpoint is disabled"));
    }
    let message = match claimed.notification_id {
        Some(notification_id) => {
            let notification = inbox::get(conn, user, notification_id).await?;
            Message::Fired(fired(
                notification.ok_or(WorkError::Missing("the notification of a webhook call"))?,
            ))
        }
        None => Message::Test(Test {
            delivery_id: claimed.delivery_id,
            endpoint_id,
            asked_at: claimed.created_at,
        }),
    };
    Ok(signed(&callee, &message, claimed.claimed_at))
}

fn signed(callee: &Callee, message: &Message, at: DateTime<Utc>) -> Result<Call, &'static str> {
    let destination = Destination::parse(&callee.url).map_err(|_| "the endpoint's URL is not usable")?;
    let body = message.body().map_err(|_| "the message cannot be written")?;
    let (message_id, timestamp) = (message.id(), at.timestamp());
    let signature = callee.secret.sign(&message_id, timestamp, &body);
    Ok(Call {
        destination,
        message_id,
        timestamp,
        signature: signature.map_err(|_| "the message cannot be signed")?,
        body,
    })
}

fn fired(notification: Notification) -> Fired {
    Fired {
        notification_id: notification.notification_id,
        task_id: notification.task_id,
        reminder_id: notification.reminder_id,
        title: notification.title,
        due_at: notification.due_at,
        fire_at: notification.fire_at,
        fired_at: notification.fired_at,
        late: notification.late,
    }
}
