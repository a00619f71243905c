//! A partition's queue between the poll thread and its worker, bounded in bytes.
//!
//! The poll thread never waits: it puts every record that the client gave out, and pauses the partition when the queue
//! is full. So the bound is passed by at most one record. A record counts until the worker asks for the next one after
//! its batch, so that queue and batch together keep to the bound.
//!
//! All queues of a consumer share a second bound. Once they hold [`TOTAL_BYTES`] together, only a partition that has
//! less than an equal share of it goes on: none that waits through an outage keeps the others from being read, and
//! together they hold less than twice that, and a record each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::record::RawRecord;

/// At this many bytes the partition is paused.
pub(super) const FULL_BYTES: usize = 2 << 20;
/// At this many it is resumed.
const RESUME_BYTES: usize = FULL_BYTES / 2;

/// At this many bytes in all queues of a consumer, a partition is paused that has its share of them.
const TOTAL_BYTES: usize = 32 << 20;

/// What the queues of one consumer have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicUsize,
    partitions: AtomicUsize,
}

impl Budget {
    /// So many partitions share it from now on.
    pub(super) fn share_among(&self, partitions: usize) {
        self.0.partitions.store(partitions, Ordering::Relaxed);
    }

    /// What a partition may hold whatever the others do.
    fn share(&self) -> usize {
        TOTAL_BYTES / self.0.partitions.load(Ordering::Relaxed).max(1)
    }

    fn is_spent(&self) -> bool {
        self.0.bytes.load(Ordering::Relaxed) >= TOTAL_BYTES
    }
}

/// What a partition's records take, from the poll thread to the end of the worker's batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueuedBytes {
    own: Arc<AtomicUsize>,
    all: Budget,
}

impl QueuedBytes {
    pub(crate) fn get(&self) -> usize {
        self.own.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.own.fetch_add(bytes, Ordering::Relaxed);
        self.all.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.own.fetch_sub(bytes, Ordering::Relaxed);
        self.all.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The poll thread's end.
#[derive(Debug)]
pub(super) struct Sender {
    records: mpsc::UnboundedSender<RawRecord>,
    bytes: QueuedBytes,
}

/// The worker's end.
#[derive(Debug)]
pub(super) struct Receiver {
    records: mpsc::UnboundedReceiver<RawRecord>,
    bytes: QueuedBytes,
    in_hand: usize,
}

/// The worker is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

pub(super) fn queue(all: &Budget) -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let bytes = QueuedBytes {
        own: Arc::default(),
        all: all.clone(),
    };
    let sender = Sender {
        records: sender,
        bytes: bytes.clone(),
    };
    let receiver = Receiver {
        records: receiver,
        bytes,
        in_hand: 0,
    };
    (sender, receiver)
}

impl Sender {
    /// Puts a record, full or not.
    pub(super) fn put(&self, record: RawRecord) -> Result<(), Closed> {
        let weight = record.weight();
        self.bytes.add(weight);
        self.records.send(record).map_err(|_| {
            self.bytes.remove(weight);
            Closed
        })
    }

    /// No more should be put until [`Sender::has_room`].
    pub(super) fn is_full(&self) -> bool {
        let (own, all) = (self.bytes.get(), &self.bytes.all);
        own >= FULL_BYTES || all.is_spent() && own >= all.share()
    }

    /// The worker has finished everything.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.get() == 0
    }

    /// A full queue is half empty again.
    pub(super) fn has_room(&self) -> bool {
        let (own, all) = (self.bytes.get(), &self.bytes.all);
        own <= RESUME_BYTES && (!all.is_spent() || own <= all.share() / 2)
    }
}

impl Receiver {
    /// What the queue and the records in hand take.
    pub(super) fn bytes(&self) -> QueuedBytes {
        self.bytes.clone()
    }

    /// The first record of the next batch; none when the poll thread has dropped its end. The batch before is finished.
    pub(super) async fn recv(&mut self) -> Option<RawRecord> {
        self.bytes.remove(std::mem::take(&mut self.in_hand));
        let record = self.records.recv().await?;
        Some(self.taken(record))
    }

    /// The next record of the batch, if there is one already.
    pub(super) fn try_recv(&mut self) -> Option<RawRecord> {
        let record = self.records.try_recv().ok()?;
        Some(self.taken(record))
    }

    fn taken(&mut self, record: RawRecord) -> RawRecord {
        self.in_hand += record.weight();
        record
    }
}

impl Drop for Receiver {
    /// What nobody will take any more counts no longer.
    fn drop(&mut self) {
        self.records.close();
        while self.try_recv().is_some() {}
        self.bytes.remove(std::mem::take(&mut self.in_hand));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: usize) -> RawRecord {
        RawRecord {
            topic: "t".to_owned(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: None,
            payload: Some(vec![0; bytes].into()),
            headers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn it_is_full_by_bytes_and_has_room_again_when_half_of_it_is_finished() {
        let (sender, mut receiver) = queue(&Budget::default());
        let quarter = FULL_BYTES / 4 - record(0).weight();
        for _ in 0..3 {
            sender.put(record(quarter)).unwrap();
        }
        assert!(!sender.is_full());
        sender.put(record(quarter)).unwrap();
        assert!(sender.is_full());
        receiver.recv().await.unwrap();
        receiver.recv().await.unwrap();
        assert!(!sender.has_room(), "the second is in hand");
        receiver.recv().await.unwrap();
        assert!(sender.has_room());
    }

    #[tokio::test]
    async fn a_batch_in_hand_makes_no_room_for_more() {
        let (sender, mut receiver) = queue(&Budget::default());
        for _ in 0..2 {
            sender.put(record(FULL_BYTES / 2)).unwrap();
        }
        receiver.recv().await.unwrap();
        receiver.try_recv().unwrap();
        assert!(sender.is_full() && !sender.is_empty());
        sender.put(record(0)).unwrap();
        receiver.recv().await.unwrap();
        assert!(sender.has_room());
        assert_eq!(receiver.bytes().get(), record(0).weight());
    }

    #[test]
    fn when_all_are_spent_only_those_below_their_share_go_on() {
        let all = Budget::default();
        all.share_among(64);
        let greedy: Vec<_> = (0..16).map(|_| queue(&all)).collect();
        let (modest, _receiver) = queue(&all);
        for (sender, _) in &greedy {
            sender.put(record(FULL_BYTES)).unwrap();
        }
        let share = TOTAL_BYTES / 64;
        modest.put(record(share / 2)).unwrap();
        assert!(!modest.is_full(), "others' records do not stop it");
        modest.put(record(share / 2)).unwrap();
        assert!(modest.is_full() && !modest.has_room());
        drop(greedy);
        assert!(!modest.is_full(), "a partition that left holds nothing");
        assert!(modest.has_room());
        assert_eq!(all.0.bytes.load(Ordering::Relaxed), modest.bytes.get());
    }

    #[test]
    fn records_without_bytes_fill_it_too() {
        let (sender, _receiver) = queue(&Budget::default());
        for _ in 0..FULL_BYTES / record(0).weight() {
            sender.put(record(0)).unwrap();
        }
        assert!(sender.is_full());
    }

    #[tokio::test]
    async fn either_end_notices_that_the_other_is_gone() {
        let (sender, mut receiver) = queue(&Budget::default());
        drop(sender);
        assert!(receiver.recv().await.is_none());
        let (sender, receiver) = queue(&Budget::default());
        drop(receiver);
        assert_eq!(sender.put(record(0)), Err(Closed));
    }
}
