//! Order and identity on the topics.

use std::collections::{BTreeMap, BTreeSet};

use shared_events::event::aggregate;
use shared_events::topic::Topic;

use super::evidence::{Evidence, Findings, named, number, text};
use super::history::Record;
use super::outages;
use crate::chaos::observations::Fault;

/// For how long a relay that goes on may send what it had in hand, in milliseconds: its client connects again first.
const WAKING: i64 = 10_000;
/// How far the run's clock and the broker's may be apart, in milliseconds.
const CLOCKS: i64 = 2_000;

/// The first delivery of each event, and every later one with it. A command is computed from its cause, so it is the
/// same for the same cause.
pub(super) fn firsts(records: &[Record]) -> (Vec<&Record>, Vec<(&Record, &Record)>) {
    let mut known: BTreeMap<(Topic, String), &Record> = BTreeMap::new();
    let (mut firsts, mut copies) = (Vec::new(), Vec::new());
    for record in records {
        let first = *known.entry((record.topic, identity(record))).or_insert(record);
        if std::ptr::eq(first, record) {
            firsts.push(record);
        } else {
            copies.push((first, record));
        }
    }
    (firsts, copies)
}

fn identity(record: &Record) -> String {
    match (record.topic, record.meta.causation_id) {
        (Topic::TaskCommands, Some(cause)) => format!("{} of {cause}", record.meta.event_id),
        _ => record.meta.event_id.to_string(),
    }
}

/// What carries one event id is the same to the byte, and on the same partition.
pub(super) fn copies_are_equal(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings {
        examined: evidence.firsts.len(),
        ..Findings::default()
    };
    for (first, copy) in &evidence.copies {
        let same = |record: &Record| (record.partition, record.key.clone(), record.value);
        found.must(same(first) == same(copy), || {
            format!(
                "{} and {} carry the same event id and differ",
                first.place(),
                copy.place()
            )
        });
    }
    found
}

/// Within a lane (topic, key, source) the first deliveries of each aggregate come in the order of its versions,
/// without holes, and a user's updates in the order of the positions of their stream.
pub(super) fn firsts_are_in_order(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    let mut last: BTreeMap<(Topic, &str, &str, &str), i64> = BTreeMap::new();
    // A command is computed, not told: its order is that of the facts it follows from.
    let told = evidence
        .firsts
        .iter()
        .filter(|first| first.topic != Topic::TaskCommands);
    for first in told {
        let (of, before, now) = if first.topic == Topic::TaskUpdates {
            let stream = text(&first.body, "stream");
            (stream, number(&first.body, "from") - 1, first.meta.position.get())
        } else {
            let meta = &first.meta;
            let of = meta.aggregate_id.as_str();
            (of, meta.previous.get(), meta.version.get())
        };
        let lane = (first.topic, first.key.as_str(), first.source.as_str(), of);
        let lane = last.entry(lane).or_insert(0);
        found.must(*lane == before, || {
            let (place, event) = (first.place(), named(&first.meta));
            format!("{place}: {event} follows {before}, and {lane} was the last in its lane")
        });
        *lane = now;
        let is_dense = matches!(
            first.meta.aggregate.as_str(),
            aggregate::TASK | aggregate::SERIES | aggregate::REMINDER
        );
        if is_dense && first.meta.version.get() != first.meta.previous.get() + 1 {
            found.wrong(format!("{} names a hole before it", named(&first.meta)));
        }
    }
    found
}

/// A key has one partition.
pub(super) fn keys_stay_at_home(evidence: &Evidence<'_>) -> Findings {
    let mut homes: BTreeMap<(Topic, &str), BTreeSet<i32>> = BTreeMap::new();
    for record in &evidence.history.records {
        let home = homes.entry((record.topic, record.key.as_str())).or_default();
        home.insert(record.partition);
    }
    let mut found = Findings::default();
    for ((topic, key), partitions) in homes {
        found.must(partitions.len() == 1, || {
            format!("{topic}: key {key} is on partitions {partitions:?}")
        });
    }
    found
}

/// The moments at which frozen relays went on, by the broker's clock.
enum Waking {
    At(Vec<i64>),
    /// There were some; when, by the broker's clock, is not known.
    Unknown,
}

impl Waking {
    fn of(evidence: &Evidence<'_>) -> Self {
        let faults = &evidence.history.observations.faults;
        let mut frozen = outages::of(faults, Fault::Freeze)
            .filter(|span| span.target == "backend-api")
            .peekable();
        match outages::began(evidence) {
            None if frozen.peek().is_some() => Self::Unknown,
            None => Self::At(Vec::new()),
            Some(began) => Self::At(frozen.map(|span| began + outages::millis(span.until)).collect()),
        }
    }

    fn may_send(&self, record: &Record) -> bool {
        match self {
            Self::Unknown => true,
            Self::At(moments) => moments
                .iter()
                .any(|moment| (moment - CLOCKS..=moment + WAKING).contains(&record.at)),
        }
    }
}

/// A lane goes back only as a whole: whoever takes it over publishes again what was acknowledged and not deleted, which
/// is always the lane's end. A copy from before that, with newer events after it that do not come again, was sent by
/// somebody whose successor was at work already. What a relay's Kafka client had in hand when its process was frozen may
/// still come at the moment it wakes, before the relay looks at its deadline: copies, which change nothing.
pub(super) fn nobody_publishes_after_a_successor(evidence: &Evidence<'_>) -> Findings {
    let mut lanes: BTreeMap<(Topic, &str, &str), Vec<&Record>> = BTreeMap::new();
    for record in &evidence.history.records {
        if record.topic != Topic::TaskCommands {
            let lane = (record.topic, record.key.as_str(), record.source.as_str());
            lanes.entry(lane).or_default().push(record);
        }
    }
    let waking = Waking::of(evidence);
    let mut found = Findings::default();
    for lane in lanes.values() {
        found.examine();
        let mut order: BTreeMap<String, usize> = BTreeMap::new();
        let mut again = Again::default();
        for record in lane {
            let known = order.len();
            let index = *order.entry(identity(record)).or_insert(known);
            let step = Step {
                index,
                is_new: index == known,
                is_last: index + 1 == order.len(),
                may_be_ignored: index != known && waking.may_send(record),
            };
            if let Some(copy) = again.take(&step, *record) {
                found.wrong(left_alone(copy));
            }
        }
        if let Some(copy) = again.end() {
            found.wrong(left_alone(copy));
        }
    }
    found
}

fn left_alone(copy: &Record) -> String {
    format!(
        "{} is {} again, after newer events of its lane that do not come again",
        copy.place(),
        named(&copy.meta)
    )
}

/// One record of a lane, by its place in the order of first appearances.
struct Step {
    index: usize,
    is_new: bool,
    is_last: bool,
    /// A client that woke may have sent it, so that it says nothing of what comes next.
    may_be_ignored: bool,
}

/// What has to come next while a lane is published again; none when it is not. Several are possible after a record that
/// may be ignored.
struct Again<R> {
    expected: BTreeSet<Option<usize>>,
    copy: Option<R>,
}

impl<R> Default for Again<R> {
    fn default() -> Self {
        Self {
            expected: BTreeSet::from([None]),
            copy: None,
        }
    }
}

impl<R: Copy> Again<R> {
    /// Goes on with the next record of the lane; the old one that was left alone, if this one shows that.
    fn take(&mut self, step: &Step, record: R) -> Option<R> {
        let goes_on =
            |expected: &Option<usize>| expected.is_none_or(|expected| !step.is_new && step.index <= expected);
        let next = (!step.is_last).then_some(step.index + 1);
        let is_wrong = !step.may_be_ignored && !self.expected.iter().any(goes_on);
        let left_alone = if is_wrong { self.copy } else { None };
        let mut expected = BTreeSet::new();
        if step.may_be_ignored {
            expected.extend(&self.expected);
        }
        if is_wrong || self.expected.iter().any(goes_on) {
            expected.insert(next);
        }
        self.expected = expected;
        if !step.is_new && !step.may_be_ignored {
            self.copy = Some(record);
        }
        left_alone
    }

    /// The old record that was left alone, if the lane ends too early.
    fn end(&self) -> Option<R> {
        let may_end = self.expected.contains(&None);
        if may_end { None } else { self.copy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a lane by their number, and which of them a client that woke may have sent; the old ones that
    /// were left alone.
    fn left_alone(lane: &[(usize, bool)]) -> Vec<usize> {
        let (mut again, mut known, mut found) = (Again::default(), 0, Vec::new());
        for (index, of_a_waking_client) in lane.iter().copied() {
            let is_new = index == known;
            known += usize::from(is_new);
            let step = Step {
                index,
                is_new,
                is_last: index + 1 == known,
                may_be_ignored: !is_new && of_a_waking_client,
            };
            found.extend(again.take(&step, index));
        }
        found.extend(again.end());
        found
    }

    #[test]
    fn a_lane_goes_back_as_a_whole() {
        let lane = |old: &[(usize, bool)]| {
            let first = (0..4).map(|index| (index, false));
            first.chain(old.iter().copied()).collect::<Vec<_>>()
        };
        assert!(left_alone(&lane(&[(2, false), (3, false), (4, false)])).is_empty());
        assert!(left_alone(&lane(&[(1, false), (1, false), (2, false), (3, false)])).is_empty());
        assert_eq!(left_alone(&lane(&[(1, false), (4, false)])), [1]);
        assert_eq!(left_alone(&lane(&[(1, false), (3, false)])), [1]);
        assert_eq!(left_alone(&lane(&[(1, false)])), [1], "the lane ends too early");
    }

    #[test]
    fn what_a_waking_client_may_have_sent_goes_on_with_a_lane_or_says_nothing() {
        let first = [(0, false), (1, false), (2, false), (3, false)];
        let lane = |old: &[(usize, bool)]| [first.as_slice(), old].concat();
        assert!(left_alone(&lane(&[(1, true), (4, false)])).is_empty());
        assert!(left_alone(&lane(&[(2, false), (3, true), (4, false)])).is_empty());
        assert!(left_alone(&lane(&[(2, false), (0, true), (3, false), (4, false)])).is_empty());
        assert_eq!(left_alone(&lane(&[(2, false), (0, true), (4, false)])), [2]);
    }
}
