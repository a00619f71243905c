//! The in-app inbox: always there, and delivered to in the transaction that fires the reminder.

use shared_events::ids::{Epoch, NotificationId, UserId, Version};
use shared_events::outbox::{Encoded, enqueue_all};
use shared_events::topic::Service;
use sqlx::PgConnection;

use crate::domain::lateness::{is_late, lateness};
use crate::domain::truth::Truth;
use crate::error::WorkError;
use crate::facts::Action;
use crate::store::inbox::{self, LockedUser, Notification};
use crate::store::schedule::DueReminder;

/// Puts a due reminder into its user's inbox as the truth has it, and says so on `task-updates` and
/// `notification-events`; `None` when it is there for this time already.
pub async fn deliver(
    conn: &mut PgConnection,
    user: &UserId,
    due: &DueReminder,
    truth: &Truth,
    epoch: Epoch,
) -> Result<Option<Notification>, WorkError> {
    let locked = inbox::next_position_unless_fired(conn, user, due.reminder_id, truth.fire_at).await?;
    let Some(locked) = locked else {
        return Ok(None);
    };
    let action = Action::of_reminder(user, due, epoch, locked.now);
    let notification = notify(due, truth, locked, &action);
    inbox::insert(conn, user, &notification).await?;
    let update = Encoded::new(Service::NotificationSvc, &action.created(&notification))?;
    let fact = Encoded::new(Service::NotificationSvc, &action.fired(&notification))?;
    enqueue_all(conn, &[update, fact]).await?;
    Ok(Some(notification))
}

fn notify(due: &DueReminder, truth: &Truth, locked: LockedUser, action: &Action) -> Notification {
    // The claim has seen the clock at or after fire_at. Should it have been set back since, that still holds.
    let fired_at = locked.now.max(truth.fire_at);
    Notification {
        notification_id: NotificationId::new(),
        task_id: due.task_id,
        reminder_id: due.reminder_id,
        reminder_version: truth.version,
        title: truth.title.clone(),
        due_at: truth.due_at,
        fire_at: truth.fire_at,
        fired_at,
        late: is_late(lateness(truth.fire_at, fired_at)),
        read_at: None,
        version: Version(1),
        fact_version: Version(1),
        update_version: Version(1),
        action_id: action.id(),
        created_position: locked.position,
        position: locked.position,
    }
}
