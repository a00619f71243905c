//! Facts into the log: every one of the three topics, in any order, each event id once.

use async_trait::async_trait;
use shared_events::consumer::{self, BatchError, Handler, HandlerError, Record, Verdict};
use shared_events::event::fact::AnyFact;
use sqlx::{Connection as _, PgConnection};

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

    /// One statement for the entries and one for their payloads, as long as all of them are new. Which ones are not,
    /// only one statement for each can tell: a fact that the log has may have been shredded, and must not get its
    /// payload back.
    async fn apply_batch(
        &self,
        tx: &mut PgConnection,
        batch: &[Record<AnyFact>],
    ) -> Result<Vec<Verdict>, BatchError> {
        let spans = consumer::spans(batch);
        let (entries, payloads): (Vec<_>, Vec<_>) = batch
            .iter()
            .map(|record| entry::of(&record.message, &record.raw, rand::random()))
            .unzip();
        let mut savepoint = tx.begin().await?;
        let inserted = store::insert_entries(&mut savepoint, &entries).await?;
        if usize::try_from(inserted) == Ok(batch.len()) {
            store::insert_payloads(&mut savepoint, &entries, &payloads).await?;
            savepoint.commit().await?;
            return Ok(vec![Verdict::Applied; batch.len()]);
        }
        savepoint.rollback().await?;
        drop(spans);
        consumer::one_by_one(self, tx, batch).await
    }
}
