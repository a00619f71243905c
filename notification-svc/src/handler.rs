//! Keeps the schedule in step with topic `reminders`: a state consumer, only what is newer applies.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use shared_events::consumer::{self, BatchError, Handler, HandlerError, Record, Verdict};
use shared_events::event::reminder::{ReminderEvent, kind};
use shared_events::ids::{ReminderId, UserId};
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
        let applied = apply_round(tx, &[&entry]).await?;
        Ok(verdict(&applied, &entry))
    }

    /// Each user's words in as few statements as there are words of one reminder: the first of each reminder together,
    /// then the second of each, so that every word meets what it would meet one by one.
    async fn apply_batch(
        &self,
        tx: &mut PgConnection,
        batch: &[Record<ReminderEvent>],
    ) -> Result<Vec<Verdict>, BatchError> {
        let words = words(batch)?;
        if !each_reminder_has_one_owner(&words) {
            return consumer::one_by_one(self, tx, batch).await;
        }
        let _spans = consumer::spans(batch);
        let mut verdicts = vec![Verdict::Skipped("unknown kind"); batch.len()];
        for (user, rounds) in rounds(&words) {
            outbox::act_as(tx, user.as_str()).await?;
            for round in rounds {
                let entries: Vec<&ScheduleEntry> = round.iter().map(|word| &word.entry).collect();
                let applied = apply_round(tx, &entries).await?;
                for word in round {
                    if let Some(verdict_of) = verdicts.get_mut(word.place) {
                        *verdict_of = verdict(&applied, &word.entry);
                    }
                }
            }
        }
        Ok(verdicts)
    }

    fn after_commit(&self) {
        self.scheduler.notify_one();
    }
}

/// What one record of a batch says.
struct Word {
    /// Its index in the batch.
    place: usize,
    entry: ScheduleEntry,
}

/// What the records of known kinds say, in their order.
fn words(batch: &[Record<ReminderEvent>]) -> Result<Vec<Word>, BatchError> {
    let mut words = Vec::with_capacity(batch.len());
    for (place, record) in batch.iter().enumerate() {
        let intention = intention(&record.message).map_err(|error| BatchError {
            at: Some(place),
            error,
        })?;
        if let Some(intention) = intention {
            let entry = entry(record, intention);
            words.push(Word { place, entry });
        }
    }
    Ok(words)
}

/// Between two users' words of one reminder, their order decides whose it is.
fn each_reminder_has_one_owner(words: &[Word]) -> bool {
    let mut owners = HashMap::new();
    words.iter().all(|word| {
        let owner = owners.entry(word.entry.reminder_id).or_insert(&word.entry.user);
        *owner == &word.entry.user
    })
}

/// Each user's words, in rounds that name no reminder twice and keep the order of each reminder's words.
fn rounds(words: &[Word]) -> Vec<(&UserId, Vec<Vec<&Word>>)> {
    let mut users: Vec<(&UserId, Vec<Vec<&Word>>)> = Vec::new();
    let mut said = HashMap::<ReminderId, usize>::new();
    for word in words {
        let round = said.entry(word.entry.reminder_id).or_insert(0);
        let of_user = match users.iter_mut().find(|(user, _)| *user == &word.entry.user) {
            Some((_, rounds)) => rounds,
            None => {
                users.push((&word.entry.user, Vec::new()));
                match users.last_mut() {
                    Some((_, rounds)) => rounds,
                    None => continue,
                }
            }
        };
        match of_user.get_mut(*round) {
            Some(words) => words.push(word),
            None => of_user.push(vec![word]),
        }
        *round += 1;
    }
    users
}

/// Puts words of one user, each of another reminder, into the schedule; gives the reminders that they were news of.
async fn apply_round(
    tx: &mut PgConnection,
    entries: &[&ScheduleEntry],
) -> Result<HashSet<ReminderId>, sqlx::Error> {
    let applied = schedule::apply(tx, entries).await?;
    // A record of another life of the database may tell of what a restore has undone, and nothing will ever take it
    // back. What the tasks' owner says now is at least as new.
    let of_another_life: Vec<ReminderId> = entries
        .iter()
        .filter(|entry| {
            applied
                .get(&entry.reminder_id)
                .is_some_and(|epoch| *epoch != entry.epoch)
        })
        .map(|entry| entry.reminder_id)
        .collect();
    if let Some(entry) = entries.first()
        && !of_another_life.is_empty()
    {
        schedule::adopt_truth(tx, &entry.user, &of_another_life).await?;
    }
    Ok(applied.into_keys().collect())
}

fn verdict(applied: &HashSet<ReminderId>, entry: &ScheduleEntry) -> Verdict {
    if applied.contains(&entry.reminder_id) {
        Verdict::Applied
    } else {
        Verdict::Superseded
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
