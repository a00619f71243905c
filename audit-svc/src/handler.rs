//! Facts into the log: every one of the three topics, in any order, each event id once.

use shared_events::event::fact::AnyFact;
use shared_events::record::RawRecord;
use sqlx::PgConnection;

use crate::domain::entry;
use crate::store;

/// Adds a fact to the log; false means that its event id is there already.
pub async fn keep(tx: &mut PgConnection, fact: &AnyFact, raw: &RawRecord) -> Result<bool, sqlx::Error> {
    let (entry, payload) = entry::of(fact, raw, rand::random());
    if !store::insert_entry(tx, &entry).await? {
        return Ok(false);
    }
    store::insert_payload(tx, entry.event_id, &payload).await?;
    Ok(true)
}
