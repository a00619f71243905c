//! The queue between the broker's thread and the hub, bounded in items and in bytes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Item;
use crate::metrics;

/// Most items that wait, however small they are.
const MAX_ITEMS: usize = 1024;

/// The end of the broker's thread.
#[derive(Debug)]
pub struct Sender {
    items: mpsc::Sender<Queued>,
    room: Room,
}

/// The end of the hub.
#[derive(Debug)]
pub struct Receiver {
    items: mpsc::Receiver<Queued>,
    room: Room,
}

/// The receiver is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed;

#[derive(Debug)]
struct Queued {
    item: Item,
    _bytes: OwnedSemaphorePermit,
}

/// One permit for each byte that may be queued.
#[derive(Debug, Clone)]
struct Room {
    permits: Arc<Semaphore>,
    max_bytes: u32,
}

/// A queue that holds at most `max_bytes`, or a single record that is larger.
#[must_use]
pub fn queue(max_bytes: usize) -> (Sender, Receiver) {
    let max_bytes = u32::try_from(max_bytes).unwrap_or(u32::MAX);
    let room = Room {
        permits: Arc::new(Semaphore::new(max_bytes as usize)),
        max_bytes,
    };
    let (sender, items) = mpsc::channel(MAX_ITEMS);
    let sender = Sender {
        items: sender,
        room: room.clone(),
    };
    (sender, Receiver { items, room })
}

impl Sender {
    /// Waits for room.
    pub async fn send(&self, item: Item) -> Result<(), Closed> {
        let bytes = self.room.take(item.weight()).await?;
        let queued = Queued { item, _bytes: bytes };
        self.items.send(queued).await.map_err(|_| Closed)?;
        self.room.show();
        Ok(())
    }
}

impl Receiver {
    /// The next item; none when the sender is gone.
    pub async fn recv(&mut self) -> Option<Item> {
        let queued = self.items.recv().await?;
        let Queued { item, .. } = queued;
        self.room.show();
        Some(item)
    }
}

impl Room {
    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Closed> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.max_bytes);
        let permits = Arc::clone(&self.permits);
        permits.acquire_many_owned(bytes).await.map_err(|_| Closed)
    }

    fn show(&self) {
        let free = self.permits.available_permits();
        metrics::feed_queue_bytes((self.max_bytes as usize).saturating_sub(free));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use shared_events::record::RawRecord;

    use super::*;

    const MIB: usize = 1 << 20;

    fn record(offset: i64, bytes: usize) -> Item {
        Item::Record(RawRecord {
            topic: "t".to_owned(),
            partition: 0,
            offset,
            timestamp: None,
            key: None,
            payload: Some(vec![0; bytes].into()),
            headers: Vec::new(),
        })
    }

    #[tokio::test]
    async fn large_records_wait_for_room_and_come_in_order() {
        let (sender, mut receiver) = queue(4 * MIB);
        for offset in 0..3 {
            sender.send(record(offset, MIB)).await.unwrap();
        }
        let mut fourth = Box::pin(sender.send(record(3, MIB)));
        assert!(poll!(&mut fourth).is_pending(), "four and what they cost beside");
        for expected in 0..4 {
            if expected == 1 {
                fourth.as_mut().await.unwrap();
            }
            match receiver.recv().await {
                Some(Item::Record(record)) => assert_eq!(record.offset, expected),
                other => panic!("expected the record {expected}, not {other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_record_larger_than_the_queue_passes_alone() {
        let (sender, mut receiver) = queue(MIB);
        sender.send(record(0, 2 * MIB)).await.unwrap();
        let mut second = Box::pin(sender.send(record(1, 0)));
        assert!(poll!(&mut second).is_pending());
        receiver.recv().await.unwrap();
        second.await.unwrap();
    }

    #[tokio::test]
    async fn items_without_bytes_fill_it_too() {
        let (sender, _receiver) = queue(MIB);
        for _ in 0..MAX_ITEMS {
            sender.send(Item::CaughtUp).await.unwrap();
        }
        assert!(poll!(Box::pin(sender.send(Item::CaughtUp))).is_pending());
    }

    #[tokio::test]
    async fn a_sender_that_waits_hears_that_the_receiver_is_gone() {
        let (sender, receiver) = queue(MIB);
        sender.send(record(0, MIB)).await.unwrap();
        let mut waiting = Box::pin(sender.send(record(1, MIB)));
        assert!(poll!(&mut waiting).is_pending());
        drop(receiver);
        assert_eq!(waiting.await, Err(Closed));
    }
}
