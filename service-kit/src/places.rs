//! A few places for each: who wants more of them waits outside, and holds nothing that others need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places by name; clones share them. A name that nobody uses takes no memory.
#[derive(Debug, Clone)]
pub struct Places {
    each: usize,
    taken: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    name: String,
    places: Places,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// So many places for each name.
    #[must_use]
    pub fn new(each: usize) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// Waits for a place of this name; none after `patience`.
    pub async fn enter(&self, name: &str, patience: Duration) -> Option<Place> {
        let places = self
            .lock()
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(self.each)))
            .clone();
        let permit = tokio::time::timeout(patience, places.acquire_owned()).await;
        Some(Place {
            name: name.to_owned(),
            places: self.clone(),
            _permit: permit.ok()?.ok()?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Semaphore>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        // The map's own reference and that of this place: nobody else is here or waits.
        if taken
            .get(&self.name)
            .is_some_and(|places| Arc::strong_count(places) == 2)
        {
            taken.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn nobody_takes_more_than_their_places_and_nobody_waits_for_ever() {
        let places = Places::new(2);
        let first = places.enter("alice", LONG).await;
        let _second = places.enter("alice", LONG).await.expect("a place");
        assert!(places.enter("alice", Duration::from_millis(20)).await.is_none());
        assert!(places.enter("bob", LONG).await.is_some());
        drop(first);
        assert!(places.enter("alice", LONG).await.is_some());
    }

    #[tokio::test]
    async fn a_name_that_nobody_uses_is_forgotten() {
        let places = Places::new(1);
        let place = places.enter("alice", LONG).await;
        let (waiting, ()) = tokio::join!(places.enter("alice", LONG), async { drop(place) });
        assert_eq!(places.lock().len(), 1);
        drop(waiting);
        assert!(places.lock().is_empty());
    }
}
