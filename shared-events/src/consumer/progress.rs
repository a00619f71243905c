//! How far each partition of this process got: what the metrics show.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::cursor::{NextOffset, TopicPartition};
use super::queue::QueuedBytes;

/// What the broker told this long ago is not believed any more.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// One partition that the group gave us.
#[derive(Debug, Clone)]
pub(crate) struct PartitionProgress {
    /// The first record that is not applied yet; none while that is still being found out.
    pub(crate) next: Option<NextOffset>,
    /// The offset that the broker's next record will get, and when it told.
    pub(crate) high: Option<(i64, Instant)>,
    /// When the partition last moved, or had nothing to do.
    pub(crate) moved_at: Instant,
    pub(crate) is_stopped: bool,
    /// Records that the broker should have delivered and did not.
    pub(crate) missing: i64,
    /// What its records take that are read and not finished.
    pub(crate) queued: QueuedBytes,
}

impl PartitionProgress {
    fn new() -> Self {
        Self {
            next: None,
            high: None,
            moved_at: Instant::now(),
            is_stopped: false,
            missing: 0,
            queued: QueuedBytes::default(),
        }
    }

    /// Records that are not applied yet; none while the broker or the offset cannot be asked.
    pub(crate) fn lag(&self) -> Option<i64> {
        let (high, told_at) = self.high?;
        let is_believed = told_at.elapsed() < BELIEVED_FOR;
        is_believed.then_some(high.saturating_sub(self.next?.0).max(0))
    }

    /// For how many seconds records wait without one being applied; a partition of which nothing is known counts as
    /// waiting.
    pub(crate) fn waiting_seconds(&self) -> f64 {
        match self.lag() {
            Some(0) => 0.0,
            _ => self.moved_at.elapsed().as_secs_f64(),
        }
    }
}

/// The partitions of one consumer.
#[derive(Debug)]
pub(crate) struct GroupProgress {
    group: String,
    partitions: Mutex<HashMap<TopicPartition, PartitionProgress>>,
    holes: Mutex<Vec<(TopicPartition, i64)>>,
    /// Records that were consumed without an outcome being counted, since the process began.
    unbalanced: Mutex<HashMap<TopicPartition, i64>>,
}

/// Every consumer of the process, for the metrics.
static ALL: Mutex<Vec<Weak<GroupProgress>>> = Mutex::new(Vec::new());

/// Every consumer that still runs.
pub(crate) fn all() -> Vec<Arc<GroupProgress>> {
    let mut all = lock(&ALL);
    all.retain(|progress| progress.strong_count() > 0);
    all.iter().filter_map(Weak::upgrade).collect()
}

impl GroupProgress {
    /// No partition yet; the metrics show those to come.
    pub(super) fn register(group: &str) -> Arc<Self> {
        let progress = Arc::new(Self {
            group: group.to_owned(),
            partitions: Mutex::default(),
            holes: Mutex::default(),
            unbalanced: Mutex::default(),
        });
        lock(&ALL).push(Arc::downgrade(&progress));
        progress
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn list(&self) -> Vec<(TopicPartition, PartitionProgress)> {
        let partitions = lock(&self.partitions);
        partitions
            .iter()
            .map(|(partition, progress)| (partition.clone(), progress.clone()))
            .collect()
    }

    /// The whole group's open holes, as its database told last.
    pub(crate) fn holes(&self) -> Vec<(TopicPartition, i64)> {
        lock(&self.holes).clone()
    }

    pub(super) fn set_holes(&self, holes: Vec<(TopicPartition, i64)>) {
        *lock(&self.holes) = holes;
    }

    /// For each partition, how many records more were consumed than outcomes were counted: 0 unless the runtime is
    /// wrong. One that left us is shown only if it is not 0.
    pub(crate) fn unbalanced(&self) -> Vec<(TopicPartition, i64)> {
        let unbalanced = lock(&self.unbalanced);
        unbalanced
            .iter()
            .map(|(partition, records)| (partition.clone(), *records))
            .collect()
    }

    /// The partition's offset went over so many records, of which so many had their outcome counted.
    pub(super) fn consumed(&self, partition: &TopicPartition, records: i64, outcomes: i64) {
        let mut unbalanced = lock(&self.unbalanced);
        *unbalanced.entry(partition.clone()).or_insert(0) += records.saturating_sub(outcomes);
    }

    /// Where a partition of ours stands, once that is known.
    pub(super) fn next(&self, partition: &TopicPartition) -> Option<NextOffset> {
        lock(&self.partitions).get(partition)?.next
    }

    pub(super) fn add(&self, partition: &TopicPartition) {
        lock(&self.partitions).insert(partition.clone(), PartitionProgress::new());
        lock(&self.unbalanced).entry(partition.clone()).or_insert(0);
    }

    pub(super) fn remove(&self, partition: &TopicPartition) {
        lock(&self.partitions).remove(partition);
        lock(&self.unbalanced).retain(|of, records| of != partition || *records != 0);
    }

    /// The partition goes on at `next`.
    pub(super) fn found(&self, partition: &TopicPartition, next: NextOffset) {
        self.change(partition, |progress| {
            if progress.next != Some(next) {
                progress.missing = 0;
            }
            progress.next = Some(next);
            progress.is_stopped = false;
        });
    }

    /// Everything before `next` is applied.
    pub(super) fn moved(&self, partition: &TopicPartition, next: NextOffset) {
        self.change(partition, |progress| {
            progress.next = Some(next);
            progress.moved_at = Instant::now();
            progress.is_stopped = false;
            progress.missing = 0;
        });
    }

    /// The broker told how far the partition reaches.
    pub(super) fn reaches(&self, partition: &TopicPartition, high: i64) {
        self.change(partition, |progress| {
            let had_nothing_to_do = progress.lag() == Some(0);
            progress.high = Some((high, Instant::now()));
            if had_nothing_to_do {
                progress.moved_at = Instant::now();
            }
        });
    }

    /// The partition is read into another queue.
    pub(super) fn reads_into(&self, partition: &TopicPartition, queued: QueuedBytes) {
        self.change(partition, |progress| progress.queued = queued);
    }

    pub(super) fn stopped(&self, partition: &TopicPartition) {
        self.change(partition, |progress| progress.is_stopped = true);
    }

    /// Records are missing in front of the partition.
    pub(super) fn missing(&self, partition: &TopicPartition, records: i64) {
        self.change(partition, |progress| progress.missing = records);
    }

    fn change(&self, partition: &TopicPartition, change: impl FnOnce(&mut PartitionProgress)) {
        if let Some(progress) = lock(&self.partitions).get_mut(partition) {
            change(progress);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition() -> TopicPartition {
        TopicPartition {
            topic: "t".to_owned(),
            partition: 0,
        }
    }

    fn only(progress: &GroupProgress) -> PartitionProgress {
        progress.list().remove(0).1
    }

    #[test]
    fn lag_is_known_once_both_ends_are() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        assert_eq!(only(&progress).lag(), None);
        progress.reaches(&partition(), 10);
        assert_eq!(only(&progress).lag(), None);
        progress.moved(&partition(), NextOffset(7));
        assert_eq!(only(&progress).lag(), Some(3));
        progress.moved(&partition(), NextOffset(10));
        assert_eq!(only(&progress).lag(), Some(0));
        assert!(only(&progress).waiting_seconds() < f64::EPSILON);
    }

    #[test]
    fn what_a_silent_broker_told_long_ago_is_no_lag_of_zero() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        progress.moved(&partition(), NextOffset(10));
        progress.reaches(&partition(), 10);
        assert_eq!(only(&progress).lag(), Some(0));
        let long_ago = Instant::now().checked_sub(BELIEVED_FOR).unwrap();
        progress.change(&partition(), |progress| progress.high = Some((10, long_ago)));
        assert_eq!(only(&progress).lag(), None);
        assert!(only(&progress).waiting_seconds() > 0.0);
    }

    #[test]
    fn an_operator_who_passes_a_gap_ends_its_alarm() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        progress.found(&partition(), NextOffset(1));
        progress.missing(&partition(), 3);
        progress.found(&partition(), NextOffset(1));
        assert_eq!(only(&progress).missing, 3, "it was only looked at again");
        progress.found(&partition(), NextOffset(4));
        assert_eq!(only(&progress).missing, 0);
    }

    #[test]
    fn a_partition_of_which_nothing_is_known_counts_as_waiting() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        assert!(only(&progress).waiting_seconds() > 0.0);
    }

    #[test]
    fn a_record_whose_outcome_is_not_counted_shows_even_when_the_partition_has_left() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        progress.consumed(&partition(), 5, 5);
        assert_eq!(progress.unbalanced(), [(partition(), 0)]);
        progress.remove(&partition());
        assert!(progress.unbalanced().is_empty());
        progress.add(&partition());
        progress.consumed(&partition(), 3, 2);
        progress.remove(&partition());
        assert_eq!(progress.unbalanced(), [(partition(), 1)]);
    }

    #[test]
    fn a_partition_that_left_is_not_shown() {
        let progress = GroupProgress::register("g");
        progress.add(&partition());
        progress.remove(&partition());
        assert!(progress.list().is_empty());
        progress.moved(&partition(), NextOffset(1));
        assert!(progress.list().is_empty(), "nor by a late word of its worker");
    }
}
