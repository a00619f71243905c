//! Keeps the schedule in step with topic `reminders`: a state consumer, only what is newer applies.

use std::sync::Arc;

use async_trait::async_trait;
use shared_events::consumer::{Handler, HandlerError, Record, Verdict};
use shared_events::event::reminder::{ReminderEvent, kind};
use shared_events::outbox;
use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::domain::reminder::{Intention, ScheduleEntry, Scheduled};
use crate::store::schedule;

/// Writes reminders into the schedule.
#[derive(Debug, Clone)]
pub struct ScheduleHandler {
    /// Woken when the schedule has changed.
    pub scheduler: Arc<Notify>,
}

#[async_trait]
impl Handler for ScheduleHandler {
    type Message = ReminderEvent;

    async fn apply(
        &self,
        tx: &mut PgConnection,
        record: &Record<ReminderEvent>,
    ) -> Result<Verdict, HandlerError> {
        let Some(intention) = intention(&record.message)? else {
            return Ok(Verdict::Skipped("unknown kind"));
        };
        let entry = entry(record, intention);
        outbox::act_as(tx, entry.user.as_str()).await?;
        let Some(epoch) = schedule::apply(tx, &entry).await? else {
            return Ok(Verdict::Superseded);
        };
        // A record of another life of the database may tell of what a restore has undone, and nothing will ever take it
        // back. What the tasks' owner says now is at least as new.
        if entry.epoch != epoch {
            schedule::adopt_truth(tx, &entry.user, entry.reminder_id).await?;
        }
        Ok(Verdict::Applied)
    }

    fn after_commit(&self) {
        self.scheduler.notify_one();
    }
}

/// What the record wants; `None` for a kind that is newer than we are.
fn intention(event: &ReminderEvent) -> Result<Option<Intention>, HandlerError> {
    match event.meta.kind.as_str() {
        kind::SCHEDULED => {
            let scheduled = event.scheduled.as_ref().ok_or_else(no_body)?;
            Ok(Some(Intention::Fire(Scheduled {
                fire_at: scheduled.fire_at.at(),
                title: scheduled.title.clone(),
                due_at: scheduled.due_at.map(|due_at| due_at.at()),
            })))
        }
        kind::CANCELLED => Ok(Some(Intention::Forget)),
        _ => Ok(None),
    }
}

fn no_body() -> HandlerError {
    HandlerError::Poison {
        reason: "missing_body",
        detail: "a reminder.scheduled without its body".to_owned(),
    }
}

fn entry(record: &Record<ReminderEvent>, intention: Intention) -> ScheduleEntry {
    let event = &record.message;
    ScheduleEntry {
        reminder_id: event.reminder_id,
        task_id: event.task_id,
        user: event.meta.user_id.clone(),
        epoch: event.meta.epoch,
        version: event.meta.version,
        event_id: event.meta.event_id,
        traceparent: record.raw.traceparent().map(str::to_owned),
        intention,
    }
}
