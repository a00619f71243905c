//! One look at everything, in an order in which nothing that is on its way seems lost: rows first, then the outbox, then
//! the topics, then who consumed them. What was committed before the first step and is not in the outbox at the second is
//! on a topic at the third, and what a consumer has passed by then has its effect at the fourth.

mod aggregate;
mod figures;
mod findings;
mod judge;
mod suspects;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use shared_events::topic::Topic;
use sqlx::postgres::PgConnection;

use self::suspects::Suspects;
use crate::database::DatabaseArgs;
use crate::kafka::KafkaArgs;
use crate::offsets;
use crate::reconcile::follow::Follower;
use crate::reconcile::records::Records;
use crate::reconcile::report::Outcome;
use crate::reconcile::store;
use crate::topics::declared;

/// How much later than its cause an effect may come, and how far clocks may be apart.
pub(crate) const GRACE: Duration = Duration::from_secs(60);

const FAILED: &str = "cannot compare; is the database of DATABASE_URL migrated (`taskctl migrate`)?";

/// What looks keep in mind from one to the next: how far the topics were read, and what they told.
pub(crate) struct Look {
    conn: PgConnection,
    follower: Follower,
    records: Records,
    /// How long `task-updates` keeps its records.
    retention: TimeDelta,
    grace: TimeDelta,
}

/// Where groups stand: group, topic, partition, and the next offset.
type Offsets = BTreeMap<(String, String, i32), i64>;

impl Look {
    pub(crate) async fn begin(
        database: &DatabaseArgs,
        kafka: &KafkaArgs,
        grace: Duration,
    ) -> anyhow::Result<Self> {
        let mut conn = database.connect("taskctl reconcile").await?;
        store::read_only(&mut conn).await?;
        let follower = Follower::connect(kafka)?;
        let (pinned, met) = (
            offsets::store::pinned_cluster(&mut conn).await.context(FAILED)?,
            follower.cluster_id().await?,
        );
        if let (Some(pinned), Some(met)) = (&pinned, &met)
            && pinned != met
        {
            bail!("KAFKA_BROKERS is cluster {met}, and this database belongs to {pinned}");
        }
        Ok(Self {
            conn,
            follower,
            records: Records::default(),
            retention: retention_of(Topic::TaskUpdates)?,
            grace: TimeDelta::from_std(grace)?,
        })
    }

    /// Compares everything.
    ///
    /// # Errors
    /// When something could not be looked at, or there was nothing to look at: then nothing is known.
    pub(crate) async fn look(&mut self) -> anyhow::Result<Outcome> {
        let begin = Instant::now();
        let looked_at = offsets::store::now(&mut self.conn).await.context(FAILED)?;
        self.read_topics().await?;
        let mut suspects = self.suspects(looked_at).await.context(FAILED)?;
        suspects.ask_outbox(&mut self.conn).await.context(FAILED)?;
        self.read_topics().await?;
        let mut outcome = self.judge(suspects).await.context(FAILED)?;
        figures::compare(&mut self.conn, &mut outcome)
            .await
            .context(FAILED)?;
        for (topic, records) in &self.records.read {
            outcome.examined.insert(format!("records of {topic}"), *records);
        }
        if self.records.unreadable > 0 {
            let unreadable = "records that are no events of ours".to_owned();
            outcome.examined.insert(unreadable, self.records.unreadable);
        }
        if outcome.examined.values().all(|count| *count == 0) {
            bail!(
                "examined nothing: there is no task, no user and no record; are these the right addresses?"
            );
        }
        outcome.looked_at = Some(looked_at);
        outcome.seconds = begin.elapsed().as_secs_f64();
        Ok(outcome)
    }

    async fn read_topics(&mut self) -> anyhow::Result<()> {
        self.records.catch_up(&mut self.follower, &mut self.conn).await
    }

    async fn suspects(&mut self, now: DateTime<Utc>) -> sqlx::Result<Suspects> {
        let epoch = store::epoch(&mut self.conn).await?;
        let mut suspects = Suspects::of(epoch, now, self.grace);
        suspects.find_versions(&mut self.conn).await?;
        let complete_since =
            self.follower
                .complete_since(Topic::TaskUpdates, now, self.retention, self.grace);
        suspects
            .find_streams(&mut self.conn, &self.records.streams, complete_since)
            .await?;
        suspects.find_series(&mut self.conn).await?;
        suspects.find_reminders(&mut self.conn).await?;
        Ok(suspects)
    }

    /// Where groups stand, and which partitions are stopped.
    async fn offsets(&mut self) -> sqlx::Result<(Offsets, Vec<String>)> {
        let rows = offsets::store::all(&mut self.conn, None).await?;
        let (mut offsets, mut stopped) = (Offsets::new(), Vec::new());
        for row in rows {
            if row.stopped.is_some() {
                stopped.push(format!("{} {}/{}", row.group_id, row.topic, row.partition));
            }
            let place = (row.group_id, row.topic, row.partition);
            // A role that read it in former times may have left a row.
            let next = offsets.entry(place).or_insert(row.next_offset);
            *next = row.next_offset.max(*next);
        }
        Ok((offsets, stopped))
    }
}

/// As `redpanda/topics` declares it.
fn retention_of(topic: Topic) -> anyhow::Result<TimeDelta> {
    let declared = declared::read(None)?;
    let found = declared.iter().find(|declared| declared.name == topic.name());
    let retention = found.and_then(|declared| declared.config.get("retention.ms")?.parse().ok());
    retention
        .and_then(TimeDelta::try_milliseconds)
        .with_context(|| format!("the declaration of {topic} has no retention.ms"))
}
