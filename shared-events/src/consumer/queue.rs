//! A partition's queue between the poll thread and its worker, bounded in bytes.
//!
//! The poll thread never waits: it puts every record that the client gave out, and pauses the partition when the queue
//! is full. So the bound is passed by at most one record.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::record::RawRecord;

/// At this many bytes the partition is paused.
pub(super) const FULL_BYTES: usize = 2 << 20;
/// At this many it is resumed.
const RESUME_BYTES: usize = FULL_BYTES / 2;

/// The poll thread's end.
#[derive(Debug)]
pub(super) struct Sender {
    records: mpsc::UnboundedSender<RawRecord>,
    bytes: Arc<AtomicUsize>,
}

/// The worker's end.
#[derive(Debug)]
pub(super) struct Receiver {
    records: mpsc::UnboundedReceiver<RawRecord>,
    bytes: Arc<AtomicUsize>,
}

/// The worker is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

pub(super) fn queue() -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let bytes = Arc::<AtomicUsize>::default();
    let sender = Sender {
        records: sender,
        bytes: Arc::clone(&bytes),
    };
    (
        sender,
        Receiver {
            records: receiver,
            bytes,
        },
    )
}

impl Sender {
    /// Puts a record, full or not.
    pub(super) fn put(&self, record: RawRecord) -> Result<(), Closed> {
        self.bytes.fetch_add(record.weight(), Ordering::Relaxed);
        self.records.send(record).map_err(|_unread| Closed)
    }

    /// No more should be put until [`Sender::has_room`].
    pub(super) fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= FULL_BYTES
    }

    /// The worker has taken everything.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) == 0
    }

    /// A full queue is half empty again.
    pub(super) fn has_room(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) <= RESUME_BYTES
    }
}

impl Receiver {
    /// The next record; none when the poll thread has dropped its end.
    pub(super) async fn recv(&mut self) -> Option<RawRecord> {
        let record = self.records.recv().await?;
        Some(self.taken(record))
    }

    /// The next record if there is one already.
    pub(super) fn try_recv(&mut self) -> Option<RawRecord> {
        let record = self.records.try_recv().ok()?;
        Some(self.taken(record))
    }

    fn taken(&self, record: RawRecord) -> RawRecord {
        self.bytes.fetch_sub(record.weight(), Ordering::Relaxed);
        record
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

    #[test]
    fn it_is_full_by_bytes_and_has_room_again_at_half() {
        let (sender, mut receiver) = queue();
        let quarter = FULL_BYTES / 4 - record(0).weight();
        for _ in 0..3 {
            sender.put(record(quarter)).unwrap();
        }
        assert!(!sender.is_full());
        sender.put(record(quarter)).unwrap();
        assert!(sender.is_full());
        receiver.try_recv().unwrap();
        assert!(!sender.has_room());
        receiver.try_recv().unwrap();
        assert!(sender.has_room());
    }

    #[test]
    fn records_without_bytes_fill_it_too() {
        let (sender, _receiver) = queue();
        for _ in 0..FULL_BYTES / record(0).weight() {
            sender.put(record(0)).unwrap();
        }
        assert!(sender.is_full());
    }

    #[tokio::test]
    async fn either_end_notices_that_the_other_is_gone() {
        let (sender, mut receiver) = queue();
        drop(sender);
        assert!(receiver.recv().await.is_none());
        let (sender, receiver) = queue();
        drop(receiver);
        assert_eq!(sender.put(record(0)), Err(Closed));
    }
}
