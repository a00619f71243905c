//! At most so many at once of each user: whoever comes on top of that waits, and holds nothing that others need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// By name; clones share them. A name that is not in use takes no memory.
#[derive(Debug, Clone)]
pub struct Permits {
    each: usize,
    taken: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// Held until it is dropped.
#[derive(Debug)]
pub struct Permit {
    name: String,
    permits: Permits,
    _permit: OwnedSemaphorePermit,
}

impl Permits {
    /// So many permits for each name.
    #[must_use]
    pub fn new(each: usize) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// Waits for a permit of this name; none after `patience`.
    pub async fn enter(&self, name: &str, patience: Duration) -> Option<Permit> {
        let permits = self
            .lock()
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(self.each)))
            .clone();
        let permit = tokio::time::timeout(patience, permits.acquire_owned()).await;
        Some(Permit {
            name: name.to_owned(),
            permits: self.clone(),
            _permit: permit.ok()?.ok()?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Semaphore>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Whether nobody else has a permit of this name now, or waits for one.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.is_alone_in(&self.permits.lock())
    }

    fn is_alone_in(&self, taken: &HashMap<String, Arc<Semaphore>>) -> bool {
        // The map's own reference and that of this permit.
        let only_this = |permits: &Arc<Semaphore>| Arc::strong_count(permits) == 2;
        taken.get(&self.name).is_some_and(only_this)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.permits.lock();
        if self.is_alone_in(&taken) {
            taken.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn nobody_takes_more_than_their_permits_and_nobody_waits_for_ever() {
        let permits = Permits::new(2);
        let first = permits.enter("alice", LONG).await;
        let _second = permits.enter("alice", LONG).await.expect("a permit");
        assert!(permits.enter("alice", Duration::from_millis(20)).await.is_none());
        assert!(permits.enter("bob", LONG).await.is_some());
        drop(first);
        assert!(permits.enter("alice", LONG).await.is_some());
    }

    #[tokio::test]
    async fn a_permit_is_alone_while_nobody_else_has_one_or_waits() {
        let permits = Permits::new(1);
        let first = permits.enter("alice", LONG).await.expect("a permit");
        let _of_another = permits.enter("bob", LONG).await.expect("a permit");
        assert!(first.is_alone());
        let waiting = async {
            assert!(permits.enter("alice", Duration::from_millis(20)).await.is_none());
        };
        let watching = async {
            while first.is_alone() {
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(waiting, watching);
        assert!(first.is_alone());
    }

    #[tokio::test]
    async fn a_name_that_nobody_uses_is_forgotten() {
        let permits = Permits::new(1);
        let permit = permits.enter("alice", LONG).await;
        let (waiting, ()) = tokio::join!(permits.enter("alice", LONG), async { drop(permit) });
        assert_eq!(permits.lock().len(), 1);
        drop(waiting);
        assert!(permits.lock().is_empty());
    }
}
