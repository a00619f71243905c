//! What sockets have not read yet, in bytes: one socket's, and that of all together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much may wait to be read.
#[derive(Debug, Clone, Copy)]
pub struct UnreadLimits {
    /// Bytes of one socket.
    pub per_socket: usize,
    /// Bytes of all sockets.
    pub all_sockets: usize,
}

/// Of all sockets. An update that waits for several counts for each of them.
#[derive(Debug, Clone, Default)]
pub(super) struct AllUnread(Arc<AtomicUsize>);

impl AllUnread {
    pub(super) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Of one socket; clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    bytes: Arc<AtomicUsize>,
    all: AllUnread,
}

impl Unread {
    pub(super) fn new(all: &AllUnread) -> Self {
        Self {
            bytes: Arc::default(),
            all: all.clone(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts what is put into the socket's queue.
    pub(super) fn add(&self, bytes: usize) {
        // The sum is never less than its parts, so that taking one away cannot underflow.
        self.all.0.fetch_add(bytes, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Release);
    }

    /// Counts what the socket has written. After [`Unread::clear`] that is nothing.
    pub(super) fn remove(&self, bytes: usize) {
        let left = |unread: usize| unread.checked_sub(bytes);
        let removed = self
            .bytes
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, left);
        if removed.is_ok() {
            self.all.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Counts nothing any more: the socket ends, and nothing is added after this.
    pub(super) fn clear(&self) {
        let bytes = self.bytes.swap(0, Ordering::Acquire);
        self.all.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_sockets_that_have_not_ended() {
        let all = AllUnread::default();
        let [alice, bob] = [(), ()].map(|()| Unread::new(&all));
        alice.add(1_000);
        alice.add(500);
        bob.add(700);
        alice.remove(1_000);
        assert_eq!((alice.bytes(), bob.bytes(), all.bytes()), (500, 700, 1_200));
        alice.clear();
        alice.remove(500);
        alice.clear();
        assert_eq!((alice.bytes(), bob.bytes(), all.bytes()), (0, 700, 700));
    }
}
