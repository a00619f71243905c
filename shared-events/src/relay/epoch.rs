//! The epoch's guard: is this the database whose positions the world knows, or an older copy of it?
//!
//! A cold copy and a volume snapshot look like the server they were made of. What happened after the copy is known at
//! the broker alone, where the holder of the lease notes every few seconds how far the database is. Who takes the lease
//! looks there first: nothing is sent before, and after a start of Postgres no service writes before (ADR 0023).

mod judge;
mod records;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::judge::{EpochRecord, Heard, Reason, Verdict, judge};
pub(super) use self::records::EpochRecords;
use super::database::DatabaseConnection;
use super::{Clock, metrics};
use crate::outbox::store::epoch::Standing;

/// How often the database is looked at: after a start of Postgres everybody waits for it.
const LOOK: Duration = Duration::from_millis(500);

/// How the guard paces itself.
#[derive(Debug, Clone, Copy)]
pub struct EpochTerms {
    /// How often the broker is told how far the database is.
    pub record: Duration,
    /// How long after a start of Postgres the broker is waited for, while nobody writes, before a new epoch begins.
    pub wait_for_broker: Duration,
}

impl Default for EpochTerms {
    fn default() -> Self {
        Self {
            record: Duration::from_secs(5),
            wait_for_broker: Duration::from_secs(10),
        }
    }
}

/// The guard during one lease.
pub(super) struct EpochGuard<'a> {
    records: &'a EpochRecords,
    terms: EpochTerms,
    clock: Clock,
    settled: CancellationToken,
    /// The epoch that was begun or seen last, so that each is counted once.
    counted: AtomicI64,
}

/// What was found out during one lease.
#[derive(Default)]
struct Memory {
    /// What the broker was told last.
    known: Option<EpochRecord>,
    /// When it is told again.
    record_at: Duration,
    /// Since when the start of the server is not confirmed.
    unconfirmed_since: Option<Duration>,
}

impl Memory {
    /// Whether the broker is given more time.
    fn may_wait(&mut self, standing: &Standing, now: Duration, at_most: Duration) -> bool {
        if standing.is_confirmed {
            self.unconfirmed_since = None;
            return true;
        }
        now < *self.unconfirmed_since.get_or_insert(now) + at_most
    }
}

/// What one look came to.
enum Looked {
    /// Nothing is to be told yet.
    Stands,
    /// The broker knows how far the database is.
    Recorded(EpochRecord),
    /// It does not, for now.
    NotRecorded(String),
    /// Another epoch has begun, which ends the lease.
    Began,
}

impl<'a> EpochGuard<'a> {
    pub(super) fn new(records: &'a EpochRecords, terms: EpochTerms, clock: Clock) -> Self {
        Self {
            records,
            terms,
            clock,
            settled: CancellationToken::new(),
            counted: AtomicI64::new(0),
        }
    }

    /// Whether rows may be sent.
    pub(super) fn is_settled(&self) -> bool {
        self.settled.is_cancelled()
    }

    /// Waits until rows may be sent.
    pub(super) async fn settled(&self) {
        self.settled.cancelled().await;
    }

    /// Settles the epoch, and tells the broker from then on how far the database is. Ends when another epoch has begun:
    /// the lease has ended with the old one.
    pub(super) async fn keep(&self, database: &mut DatabaseConnection) {
        metrics::epoch_unrecorded();
        let mut memory = Memory::default();
        let mut is_told = false;
        loop {
            let failure = match self.look(database, &mut memory).await {
                Ok(Looked::Began) => return,
                Ok(Looked::Recorded(record)) => {
                    metrics::epoch_recorded();
                    memory.record_at = self.clock.now() + self.terms.record;
                    memory.known = Some(record);
                    None
                }
                Ok(Looked::Stands) => None,
                Ok(Looked::NotRecorded(why)) => Some(why),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = failure.as_ref().filter(|_| !is_told) {
                tracing::warn!(
                    why,
                    "cannot tell the broker how far the database is, trying on; meanwhile a cold copy is not noticed \
                     for what was written since"
                );
            }
            is_told = failure.is_some();
            tokio::time::sleep(LOOK.min(self.terms.record)).await;
        }
    }

    async fn look(
        &self,
        database: &mut DatabaseConnection,
        memory: &mut Memory,
    ) -> Result<Looked, sqlx::Error> {
        let standing = database.standing().await?;
        let heard = match &memory.known {
            Some(record) => Heard::Record(record.clone()),
            None => self.records.read(standing.cluster.clone()).await,
        };
        let may_wait = memory.may_wait(&standing, self.clock.now(), self.terms.wait_for_broker);
        match (judge(&standing, &heard, may_wait), heard) {
            (Verdict::Begin(reason), heard) => self.begin(database, reason, &heard).await,
            (Verdict::Confirm, _) => self.confirm(database, &standing, may_wait).await,
            (Verdict::Wait, Heard::NoAnswer(why)) => Ok(Looked::NotRecorded(why)),
            (_, Heard::NoAnswer(why)) => {
                self.settled.cancel();
                Ok(Looked::NotRecorded(why))
            }
            _ if self.is_settled() && self.clock.now() < memory.record_at => Ok(Looked::Stands),
            (_, heard) => {
                self.settled.cancel();
                self.count_begun_by_others(&standing, &heard);
                Ok(self.record(EpochRecord::of(&standing), &standing).await)
            }
        }
    }

    async fn record(&self, record: EpochRecord, standing: &Standing) -> Looked {
        match self.records.write(&record, standing.cluster.clone()).await {
            Ok(()) => Looked::Recorded(record),
            Err(why) => Looked::NotRecorded(why),
        }
    }

    /// The broker first: once a service writes, a copy that was made before this start is known to be older.
    async fn confirm(
        &self,
        database: &mut DatabaseConnection,
        standing: &Standing,
        may_wait: bool,
    ) -> Result<Looked, sqlx::Error> {
        let looked = self.record(EpochRecord::of_next_start(standing), standing).await;
        match looked {
            Looked::NotRecorded(why) if !may_wait => {
                self.begin(database, Reason::Silent, &Heard::NoAnswer(why)).await
            }
            Looked::Recorded(record) => {
                if !database.confirm_start(standing).await? {
                    return Ok(Looked::NotRecorded("another relay decided".to_owned()));
                }
                tracing::info!(
                    epoch = standing.epoch.get(),
                    "postgres was started and goes on where the broker knows it to have been"
                );
                self.settled.cancel();
                Ok(Looked::Recorded(record))
            }
            other => Ok(other),
        }
    }

    async fn begin(
        &self,
        database: &mut DatabaseConnection,
        reason: Reason,
        heard: &Heard,
    ) -> Result<Looked, sqlx::Error> {
        let remembered = match heard {
            Heard::Record(record) => record.epoch,
            _ => 0,
        };
        let epoch = database.raise_epoch(remembered + 1).await?;
        metrics::epoch_begun(reason.kind());
        tracing::error!(
            epoch,
            epoch.remembered = ?heard,
            "began a new epoch: {}; every client syncs anew, and what is lost is named by the runbook's section \
             \"Postgres was restored\"",
            reason.words()
        );
        // So that the broker knows of it before anybody asks; the next holder of the lease repeats what fails here.
        let standing = database.standing().await?;
        self.record(EpochRecord::of(&standing), &standing).await;
        Ok(Looked::Began)
    }

    /// A restore, a promotion and an operator begin epochs too; the broker learns of each once.
    fn count_begun_by_others(&self, standing: &Standing, heard: &Heard) {
        let epoch = standing.epoch.get();
        let Heard::Record(record) = heard else { return };
        if record.epoch < epoch && self.counted.swap(epoch, Ordering::Relaxed) != epoch {
            metrics::epoch_begun("identity");
            tracing::warn!(
                epoch,
                epoch.before = record.epoch,
                "the database is in a new epoch: it was restored or promoted, or an operator raised it"
            );
        }
    }
}

/// The reasons for which epochs begin, as the metric names them.
pub(super) fn reasons() -> impl Iterator<Item = &'static str> {
    Reason::ALL.into_iter().map(Reason::kind).chain(["identity"])
}
