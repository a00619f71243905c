//! The handler of most tests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared_events::consumer::{Handler, HandlerError, Record, Verdict};
use shared_events::event::command::TaskCommand;
use sqlx::PgConnection;

use super::bench::Trouble;

/// Writes each number once.
pub(crate) struct Numbers {
    pub(super) trouble: Arc<Mutex<VecDeque<Trouble>>>,
    pub(super) calls: Arc<AtomicUsize>,
}

#[async_trait]
impl Handler for Numbers {
    type Message = TaskCommand;

    async fn apply(
        &self,
        tx: &mut PgConnection,
        record: &Record<TaskCommand>,
    ) -> Result<Verdict, HandlerError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let trouble = self.trouble.lock().unwrap().pop_front();
        match trouble {
            Some(Trouble::Outage) => return Err(HandlerError::Outage("told to".to_owned())),
            Some(Trouble::Unknown) => return Err(sqlx::Error::RowNotFound.into()),
            Some(Trouble::Panic) => panic!("told to"),
            Some(Trouble::Hang) => std::future::pending().await,
            None => {}
        }
        let number = record.message.create_occurrence.as_ref().unwrap().ordinal;
        if number < 0 {
            return Err(HandlerError::Poison {
                reason: "negative",
                detail: "as the test wants".to_owned(),
            });
        }
        if number == 0 {
            return Ok(Verdict::Skipped("nothing"));
        }
        let done = sqlx::query("INSERT INTO public.effect (n) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(i64::from(number))
            .execute(tx)
            .await?;
        Ok(if done.rows_affected() == 1 {
            Verdict::Applied
        } else {
            Verdict::Superseded
        })
    }
}
