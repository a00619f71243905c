//! The claiming transaction: lock what is due, ask for the truth, fire, re-time or suppress.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use service_kit::trace::set_parent;
use shared_events::ids::{Epoch, ReminderId, UserId};
use shared_events::outbox::{self, current_epoch, enqueue};
use shared_events::topic::Service;
use sqlx::{Connection as _, PgConnection, PgPool};
use tracing::{Instrument as _, Span, error, info_span};

use crate::channel::inbox;
use crate::domain::lateness::lateness;
use crate::domain::truth::{Decision, Truth};
use crate::error::WorkError;
use crate::facts::Action;
use crate::store::schedule::{self, DueReminder};
use crate::store::{self, Claim, deliveries};

/// Reminders settled in one transaction at most.
const BATCH: i64 = 64;

/// How long a reminder that cannot be settled is put off.
const POSTPONEMENT: Duration = Duration::from_secs(30);

/// What one look at the schedule came to.
pub(super) enum Round {
    /// These were due, and are settled.
    Settled(Vec<Settled>),
    /// Nothing was due; in so many seconds something will be.
    Idle {
        /// By the database's clock; `None` when nothing is scheduled at all.
        next: Option<f64>,
    },
}

/// What became of a due reminder.
#[derive(Debug, Clone, Copy)]
pub enum Settled {
    /// It fired, so much after its time.
    Fired { lateness: TimeDelta, late: bool },
    /// It had fired for this time before: it was announced again since.
    Repeated,
    /// It is meant for later.
    Retimed,
    /// The task had moved on.
    Suppressed,
    /// It could not be settled, and is put off.
    Postponed,
}

/// Claims what is due and settles it, all in one transaction.
pub(super) async fn fire_due(pool: &PgPool) -> Result<Round, WorkError> {
    let mut transaction = pool.begin().await?;
    store::act_to_claim(&mut transaction, Claim::Schedule).await?;
    let mut due = schedule::claim_due(&mut transaction, BATCH).await?;
    if due.is_empty() {
        let next = schedule::seconds_to_next(&mut transaction).await?;
        return Ok(Round::Idle { next });
    }
    // Users' rows are locked in this order everywhere, so two schedulers cannot wait for each other.
    due.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    let truths = truths(&mut transaction, &due).await?;
    let epoch = current_epoch(&mut transaction).await?;
    let mut settled = Vec::with_capacity(due.len());
    for reminder in &due {
        let decision = Decision::of(truths.get(&reminder.reminder_id));
        let outcome = settle(&mut transaction, reminder, &decision, epoch);
        settled.push(outcome.instrument(reminder_span(reminder)).await?);
    }
    transaction.commit().await?;
    Ok(Round::Settled(settled))
}

async fn truths(
    conn: &mut PgConnection,
    due: &[DueReminder],
) -> Result<HashMap<ReminderId, Truth>, WorkError> {
    let ids: Vec<ReminderId> = due.iter().map(|reminder| reminder.reminder_id).collect();
    let truths = schedule::truth(conn, &ids).await?;
    Ok(truths
        .into_iter()
        .map(|truth| (truth.reminder_id, truth))
        .collect())
}

/// Settles one reminder under a savepoint: what is wrong with it alone is undone and put off, so that it holds nobody
/// else's reminder up.
async fn settle(
    conn: &mut PgConnection,
    due: &DueReminder,
    decision: &Decision<'_>,
    epoch: Epoch,
) -> Result<Settled, WorkError> {
    let mut savepoint = conn.begin().await?;
    match carry_out(&mut savepoint, due, decision, epoch).await {
        Ok(settled) => {
            savepoint.commit().await?;
            Ok(settled)
        }
        Err(error) if error.is_outage() => Err(error),
        Err(error) => {
            error!(%error, reminder.id = %due.reminder_id, "cannot fire a reminder, putting it off");
            savepoint.rollback().await?;
            outbox::act_as(conn, &due.user_id).await?;
            schedule::postpone(conn, due, POSTPONEMENT).await?;
            Ok(Settled::Postponed)
        }
    }
}

async fn carry_out(
    conn: &mut PgConnection,
    due: &DueReminder,
    decision: &Decision<'_>,
    epoch: Epoch,
) -> Result<Settled, WorkError> {
    let user = UserId::parse(&due.user_id)?;
    outbox::act_as(conn, user.as_str()).await?;
    match decision {
        Decision::Fire(truth) => fire(conn, &user, due, truth, epoch).await,
        Decision::Retime(fire_at) => {
            schedule::retime(conn, due, *fire_at).await?;
            Ok(Settled::Retimed)
        }
        Decision::Suppress(why) => suppress(conn, &user, due, why, epoch).await,
    }
}

async fn fire(
    conn: &mut PgConnection,
    user: &UserId,
    due: &DueReminder,
    truth: &Truth,
    epoch: Epoch,
) -> Result<Settled, WorkError> {
    schedule::finish(conn, due, "fired").await?;
    let Some(notification) = inbox::deliver(conn, user, due, truth, epoch).await? else {
        return Ok(Settled::Repeated);
    };
    deliveries::plan(conn, user, notification.notification_id).await?;
    let lateness = lateness(notification.fire_at, notification.fired_at);
    Ok(Settled::Fired {
        lateness,
        late: notification.late,
    })
}

async fn suppress(
    conn: &mut PgConnection,
    user: &UserId,
    due: &DueReminder,
    why: &str,
    epoch: Epoch,
) -> Result<Settled, WorkError> {
    let now = store::inbox::lock_user(conn, user).await?.now;
    let action = Action::of_reminder(user, due, epoch, now);
    enqueue(
        conn,
        Service::NotificationSvc,
        &action.suppressed(due, why.to_owned()),
    )
    .await?;
    schedule::finish(conn, due, "suppressed").await?;
    Ok(Settled::Suppressed)
}

/// The firing belongs to the trace of the request that scheduled it.
fn reminder_span(due: &DueReminder) -> Span {
    let span = info_span!("reminder.fire", reminder.id = %due.reminder_id, task.id = %due.task_id);
    if let Some(traceparent) = &due.traceparent {
        set_parent(&span, traceparent);
    }
    span
}
