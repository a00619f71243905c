//! Facts into the log: every one of the three topics, in any order, each event id once.

use async_trait::async_trait;
use shared_events::consumer::{Handler, HandlerError, Record, Verdict};
use shared_events::event::fact::AnyFact;
use sqlx::PgConnection;

use crate::domain::entry;
use crate::store;

/// A *log* handler: an entry never depends on an older one, so nothing is ever superseded.
#[derive(Debug, Clone, Copy)]
pub struct Recorder;

#[async_trait]
impl Handler for Recorder {
    type Message = AnyFact;

    async fn apply(&self, tx: &mut PgConnection, record: &Record<AnyFact>) -> Result<Verdict, HandlerError> {
        let (entry, payload) = entry::of(&record.message, &record.raw, rand::random());
        if !store::insert_entry(tx, &entry).await? {
            return Ok(Verdict::Skipped("known"));
        }
        store::insert_payload(tx, entry.event_id, &payload).await?;
        Ok(Verdict::Applied)
    }
}
