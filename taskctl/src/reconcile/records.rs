//! What the topics tell: records that the audit log does not have, and the positions of every stream.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use chrono::{DateTime, Utc};
use shared_events::event::EventMeta;
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::reconcile::follow::Follower;
use crate::reconcile::positions::Streams;
use crate::reconcile::{NAMED, facts, store};

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) streams: Streams,
    /// By event id.
    pub(crate) unaudited: BTreeMap<Uuid, Unaudited>,
    /// Records that nobody could look at as events of ours.
    pub(crate) unreadable: u64,
    pub(crate) read: BTreeMap<Topic, u64>,
}

/// A record that the audit log did not have when it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Unaudited {
    pub(crate) topic: Topic,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) user: Box<str>,
    pub(crate) aggregate: Box<str>,
    pub(crate) aggregate_id: Box<str>,
    pub(crate) version: i64,
}

impl Records {
    /// Reads what came since the last time.
    pub(crate) async fn catch_up(
        &mut self,
        follower: &mut Follower,
        conn: &mut PgConnection,
    ) -> anyhow::Result<()> {
        let mut reading = follower.begin().await?;
        while let Some(batch) = follower.next(&mut reading).await {
            self.take(batch, conn).await?;
        }
        follower.end(reading).await
    }

    async fn take(&mut self, batch: Vec<RawRecord>, conn: &mut PgConnection) -> anyhow::Result<()> {
        let mut told = BTreeMap::new();
        for raw in batch {
            let Some(topic) = Topic::from_name(&raw.topic) else {
                continue;
            };
            *self.read.entry(topic).or_default() += 1;
            if topic == Topic::TaskUpdates {
                match facts::update(&raw)? {
                    Some((user, stream, span)) => self.streams.add(&user, stream, span),
                    None => self.unreadable += 1,
                }
                continue;
            }
            match facts::event_id(&raw) {
                Some(event) => {
                    told.insert(event, (topic, raw));
                }
                None => self.unreadable += 1,
            }
        }
        let events: Vec<Uuid> = told.keys().copied().collect();
        let known: BTreeSet<Uuid> = store::known(conn, &events).await?.into_iter().collect();
        for (event, (topic, raw)) in told {
            if !known.contains(&event) {
                self.note(event, topic, &raw)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, event: Uuid, topic: Topic, raw: &RawRecord) -> anyhow::Result<()> {
        let Some(meta) = facts::fact(topic, raw)? else {
            // Somebody else's record, or a broken one: that it became a dead letter is the consumer's balance to show.
            self.unreadable += 1;
            return Ok(());
        };
        if self.unaudited.len() >= NAMED {
            bail!(
                "the audit log lacks more than {NAMED} of the records that are on the topics: audit-svc is that far \
                 behind, or was never there (`taskctl offsets show`); look again when it has caught up"
            );
        }
        self.unaudited
            .entry(event)
            .or_insert(Unaudited::of(topic, raw, &meta));
        Ok(())
    }

    /// Forgets those that the audit log has by now.
    pub(crate) async fn ask_again(&mut self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let events: Vec<Uuid> = self.unaudited.keys().copied().collect();
        for events in events.chunks(1_000) {
            for known in store::known(conn, events).await? {
                self.unaudited.remove(&known);
            }
        }
        Ok(())
    }
}

impl Unaudited {
    fn of(topic: Topic, raw: &RawRecord, meta: &EventMeta) -> Self {
        Self {
            topic,
            partition: raw.partition,
            offset: raw.offset,
            at: raw.timestamp,
            user: meta.user_id.as_str().into(),
            aggregate: meta.aggregate.as_str().into(),
            aggregate_id: meta.aggregate_id.as_str().into(),
            version: meta.version.get(),
        }
    }

    /// `task-events/3@17`.
    pub(crate) fn place(&self) -> String {
        format!("{}/{}@{}", self.topic, self.partition, self.offset)
    }
}
