//! What arrived by itself, in order, each with its time; waiting on it needs no polling and always has a deadline.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// Something that arrived, and when.
#[derive(Debug, Clone)]
pub struct Seen<T> {
    pub at: Instant,
    /// For comparing with times that services state.
    pub clock: DateTime<Utc>,
    pub item: T,
}

impl<T> Seen<T> {
    pub fn now(item: T) -> Self {
        Self {
            at: Instant::now(),
            clock: Utc::now(),
            item,
        }
    }
}

/// A list that only grows; clones are the same list.
#[derive(Debug)]
pub struct Journal<T> {
    seen: Arc<watch::Sender<Vec<Seen<T>>>>,
}

impl<T> Clone for Journal<T> {
    fn clone(&self) -> Self {
        Self {
            seen: Arc::clone(&self.seen),
        }
    }
}

impl<T> Default for Journal<T> {
    fn default() -> Self {
        Self {
            seen: Arc::new(watch::Sender::new(Vec::new())),
        }
    }
}

impl<T: Clone + Display> Journal<T> {
    /// Writes down something that arrives now.
    pub fn record(&self, item: T) {
        self.seen.send_modify(|seen| seen.push(Seen::now(item)));
    }

    /// Everything so far that `is_meant` accepts.
    pub fn all(&self, is_meant: impl Fn(&T) -> bool) -> Vec<Seen<T>> {
        self.seen
            .borrow()
            .iter()
            .filter(|seen| is_meant(&seen.item))
            .cloned()
            .collect()
    }

    /// The first entry that `is_meant` accepts: from the past, or within the deadline.
    pub async fn find(
        &self,
        within: Duration,
        what: &str,
        is_meant: impl Fn(&T) -> bool,
    ) -> anyhow::Result<Seen<T>> {
        let mut found = self.find_all(within, what, 1, is_meant).await?;
        Ok(found.swap_remove(0))
    }

    /// All entries that `is_meant` accepts, once there are at least `count`. Asks about each entry once.
    pub async fn find_all(
        &self,
        within: Duration,
        what: &str,
        count: usize,
        is_meant: impl Fn(&T) -> bool,
    ) -> anyhow::Result<Vec<Seen<T>>> {
        let mut growth = self.seen.subscribe();
        let mut looked_at = 0;
        let mut found = Vec::new();
        let enough = |seen: &Vec<Seen<T>>| {
            let new = seen.iter().skip(looked_at).filter(|new| is_meant(&new.item));
            found.extend(new.cloned());
            looked_at = seen.len();
            found.len() >= count
        };
        if tokio::time::timeout(within, growth.wait_for(enough))
            .await
            .is_err()
        {
            bail!("{what} did not come within {within:?}; {}", self.last_words());
        }
        Ok(found)
    }

    /// What to tell about a journal in which something was missed.
    fn last_words(&self) -> String {
        let seen = self.seen.borrow();
        let last: Vec<String> = seen
            .iter()
            .rev()
            .take(3)
            .map(|s| shortened(&s.item.to_string()))
            .collect();
        match last.is_empty() {
            true => "nothing came at all".to_owned(),
            false => format!(
                "{} came, the last of them (newest first): {}",
                seen.len(),
                last.join(" | ")
            ),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
