//! A claimed call with all that is needed to make it, so that no database is asked while it is made.

use std::time::Duration;

use shared_events::event::notification::channel;
use shared_events::outbox;
use sqlx::PgPool;

use super::client::Call;
use crate::domain::destination::Destination;
use crate::domain::payload::{Fired, Message, Test};
use crate::domain::secret::Secret;
use crate::error::WorkError;
use crate::store::deliveries::{self, ClaimedDelivery};
use crate::store::endpoints::{self, Target};
use crate::store::inbox::{self, Notification};
use crate::store::{self, Claim};

/// What looking for a call came to.
pub(super) enum Claimed {
    /// A call to make.
    Order(Box<Order>),
    /// None is due; in so many seconds one will be.
    Nothing {
        /// By the database's clock; `None` when none is planned at all.
        next: Option<f64>,
    },
}

/// A claimed delivery.
pub(super) struct Order {
    pub(super) delivery: ClaimedDelivery,
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
    let Some(delivery) = claimed else {
        let next = deliveries::seconds_to_next(&mut transaction, channel::WEBHOOK, busy).await?;
        return Ok(Claimed::Nothing { next });
    };
    outbox::act_as(&mut transaction, &delivery.user_id).await?;
    deliveries::begin_attempt(&mut transaction, &delivery).await?;
    let target = endpoints::target(&mut transaction, &delivery.user_id, &delivery.target).await?;
    let message = match delivery.notification_id {
        Some(notification_id) => {
            let notification = inbox::get(&mut transaction, &delivery.user_id, notification_id).await?;
            Message::Fired(fired(
                notification.ok_or(WorkError::Missing("the notification of a webhook call"))?,
            ))
        }
        None => Message::Test(test(&delivery)),
    };
    transaction.commit().await?;
    let call = call(&delivery, target, &message);
    Ok(Claimed::Order(Box::new(Order { delivery, call })))
}

fn call(delivery: &ClaimedDelivery, target: Option<Target>, message: &Message) -> Result<Call, &'static str> {
    let target = target.ok_or("the endpoint was deleted")?;
    if !target.enabled {
        return Err("the endpoint is disabled");
    }
    let destination = Destination::parse(&target.url).map_err(|_| "the endpoint's URL is not usable")?;
    let body = message.body().map_err(|_| "the message cannot be written")?;
    let (message_id, timestamp) = (message.id(), delivery.claimed_at.timestamp());
    let signature = Secret::from_bytes(target.secret).sign(&message_id, timestamp, &body);
    Ok(Call {
        destination,
        message_id,
        timestamp,
        signature: signature.map_err(|_| "the message cannot be signed")?,
        body,
    })
}

fn test(delivery: &ClaimedDelivery) -> Test {
    Test {
        delivery_id: delivery.delivery_id,
        endpoint_id: delivery.target.clone(),
        asked_at: delivery.created_at,
    }
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
