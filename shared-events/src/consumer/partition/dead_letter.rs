//! The record in front cannot be applied: is it to blame, and what becomes of it?

use tracing::warn;

use super::{Flow, Worker, WorkerExit};
use crate::consumer::effects::{ApplyError, Effects};
use crate::consumer::handler::HandlerError;
use crate::dlq::letter::{Class, DeadLetter};
use crate::dlq::limit::Limit;
use crate::record::RawRecord;

/// Attempts at an error that may be the record's fault or ours.
const MAX_ATTEMPTS: u32 = 10;

#[derive(Debug)]
pub(super) struct Cause {
    pub(super) class: Class,
    /// A stable label.
    pub(super) reason: &'static str,
    /// In words, without personal data.
    pub(super) detail: String,
}

impl Cause {
    pub(super) fn poison(reason: &'static str, detail: String) -> Self {
        Self {
            class: Class::Poison,
            reason,
            detail,
        }
    }
}

impl<E: Effects> Worker<E> {
    /// Why the record in front is dead; none when it is to be tried again, after a wait.
    pub(super) async fn cause_of_death(&mut self, error: HandlerError) -> Flow<Option<Cause>> {
        if let HandlerError::Poison { reason, detail } = error {
            return Ok(Some(Cause::poison(reason, detail)));
        }
        let text = error.to_string();
        if !error.is_outage() {
            self.unknown_failures = self.unknown_failures.saturating_add(1);
            if self.unknown_failures >= MAX_ATTEMPTS {
                return Ok(Some(Cause {
                    class: Class::Exhausted,
                    reason: "unknown_error",
                    detail: text,
                }));
            }
        }
        self.wait_out_outage(&text).await?;
        Ok(None)
    }

    /// Dead-letters a record: acknowledged first, then the offset moves over it.
    pub(super) async fn dead_letter(&mut self, raw: &RawRecord, cause: Cause) -> Flow {
        let Some(origin) = raw.origin() else {
            return Err(WorkerExit::Stopped(format!(
                "{} is not a topic of Taskwire",
                raw.topic
            )));
        };
        let next = self.after(raw.offset, raw.offset, 1)?;
        let now = self.now();
        let mut limit = self.limit;
        if let Err(reached) = limit.dead(now) {
            let Cause { reason, detail, .. } = cause;
            let why = format!("{reached}; the last one: {reason}: {detail}");
            return self.stop(why).await;
        }
        let letter = DeadLetter {
            raw,
            origin,
            class: cause.class,
            reason: cause.reason,
            error: &cause.detail,
            attempts: self.unknown_failures.max(1),
            first_error_at: self.first_error.unwrap_or(now),
            last_error_at: now,
        };
        while let Err(error) = self.shared.dead_letters.publish(&letter).await {
            self.wait_out_outage(&format!("cannot dead-letter: {error}"))
                .await?;
        }
        self.pass_over(raw, cause.reason, &limit).await?;
        let id = letter.id(self.shared.service);
        warn!(
            dead_letter.id = id,
            cause.reason, cause.detail, "record dead-lettered"
        );
        self.count_outcome("dead_lettered");
        self.moved(next, limit);
        Ok(())
    }

    async fn pass_over(&mut self, raw: &RawRecord, reason: &str, limit: &Limit) -> Flow {
        let hash = raw.fingerprint();
        loop {
            let step = self.step(raw.offset, &hash, limit);
            match self.shared.effects.pass_over(raw, reason, step).await {
                Ok(()) => return Ok(()),
                Err(ApplyError::Fenced) => return Err(WorkerExit::fenced()),
                Err(ApplyError::Whole(error) | ApplyError::Batch(error) | ApplyError::Record(_, error)) => {
                    self.wait_out_outage(&error.to_string()).await?;
                }
            }
        }
    }
}
