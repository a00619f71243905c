//! Violations on the topics.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::Value;
use shared_events::event::{aggregate, intent};
use shared_events::ids::{EventId, Version};
use shared_events::topic::Topic;
use uuid::Uuid;

use super::{any, way};
use crate::chaos::load::Promise;
use crate::chaos::oracle::history::{Hash, History, Record};

pub(super) fn missing_record(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.records, rng, is_fact)?;
    let event = history.records.get(index)?.meta.event_id;
    let what = format!("{} without its record", describe(history.records.get(index)?));
    history
        .records
        .retain(|record| record.topic != Topic::TaskEvents || record.meta.event_id != event);
    Some(what)
}

pub(super) fn phantom(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.records, rng, is_fact)?;
    let mut record = history.records.get(index)?.clone();
    record.meta.event_id = EventId::new();
    if way(2, rng) == 0 {
        record.key = Uuid::now_v7().to_string();
        record.meta.aggregate_id.clone_from(&record.key);
    } else {
        record.meta.version = Version(1_000_000);
    }
    let what = format!("{} that never happened", describe(&record));
    append(history, record);
    Some(what)
}

/// The change of an entry that gave a title is made once more, under another task.
pub(super) fn second_change(history: &mut History, rng: &mut StdRng) -> Option<String> {
    if way(2, rng) == 0
        && let Some(index) = any(&history.observations.repeats, rng, |_| true)
        && let Some(repeat) = history.observations.repeats.get_mut(index)
    {
        repeat.second.1 += 1;
        return Some(format!("{} was answered otherwise when asked again", repeat.key));
    }
    let titles: Vec<(&str, &str)> = history
        .entries
        .iter()
        .filter(|entry| !matches!(entry.promise, Promise::Refused(_)))
        .filter_map(|entry| Some((entry.user.as_str(), entry.title.as_deref()?)))
        .collect();
    let titles: std::collections::BTreeSet<(&str, &str)> = titles.into_iter().collect();
    let index = any(&history.records, rng, |record| {
        let title = record
            .body
            .pointer("/task/title")
            .and_then(Value::as_str)
            .unwrap_or_default();
        is_fact(record)
            && record.meta.version.get() == 1
            && record.meta.intent != intent::RECUR
            && titles.contains(&(record.meta.user_id.as_str(), title))
    })?;
    let mut record = history.records.get(index)?.clone();
    record.meta.event_id = EventId::new();
    record.key = Uuid::now_v7().to_string();
    record.meta.aggregate_id.clone_from(&record.key);
    let what = format!("{} a second time", describe(&record));
    append(history, record);
    Some(what)
}

pub(super) fn swapped_records(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let lanes = lanes(history);
    let neighbours: Vec<(usize, usize)> = lanes
        .iter()
        .flat_map(|lane| lane.windows(2))
        .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
        .collect();
    let (one, other) = *neighbours.choose(rng)?;
    let offsets = (
        history.records.get(one)?.offset,
        history.records.get(other)?.offset,
    );
    history.records.swap(one, other);
    history.records.get_mut(one)?.offset = offsets.0;
    history.records.get_mut(other)?.offset = offsets.1;
    Some(format!(
        "{} before its predecessor",
        describe(history.records.get(one)?)
    ))
}

pub(super) fn other_copy(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.records, rng, |_| true)?;
    let mut record = history.records.get(index)?.clone();
    record.value = Hash::of(record.value.to_string().as_bytes());
    let what = format!("{} with other bytes", describe(&record));
    append(history, record);
    Some(what)
}

pub(super) fn zombie(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let database = &mut history.observations.database;
    if way(2, rng) == 0
        && let Some(last) = database.last().cloned()
        && last.offsets.iter().any(|(.., next)| *next > 0)
    {
        let mut later = last;
        later.at += std::time::Duration::from_millis(500);
        for (.., next) in &mut later.offsets {
            *next = 0;
        }
        database.push(later);
        return Some("all stored offsets went back to 0".to_owned());
    }
    let lanes = lanes(history);
    let lane = lanes.choose(rng)?;
    let mut record = history.records.get(*lane.first()?)?.clone();
    // Long after the last process was frozen: what comes when one goes on is none.
    record.at = history.records.iter().map(|record| record.at).max()? + 60_000;
    let what = format!("{} once more", describe(&record));
    append(history, record);
    Some(what)
}

/// Lanes of at least two records of one aggregate, none of which was published again: their places.
fn lanes(history: &History) -> Vec<Vec<usize>> {
    let mut lanes: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    let mut times: BTreeMap<EventId, usize> = BTreeMap::new();
    for (index, record) in history
        .records
        .iter()
        .enumerate()
        .filter(|(_, record)| is_fact(record))
    {
        *times.entry(record.meta.event_id).or_default() += 1;
        let lane = lanes
            .entry((record.key.as_str(), record.source.as_str()))
            .or_default();
        lane.push(index);
    }
    let event = |index: &usize| history.records.get(*index).map(|record| record.meta.event_id);
    let is_once = |index: &usize| event(index).is_some_and(|event| times.get(&event) == Some(&1));
    let lanes = lanes.into_values();
    lanes
        .filter(|lane| lane.len() > 1 && lane.iter().all(is_once))
        .collect()
}

fn is_fact(record: &Record) -> bool {
    record.topic == Topic::TaskEvents && record.meta.aggregate == aggregate::TASK
}

/// Puts a record at the end of its partition.
fn append(history: &mut History, mut record: Record) {
    let place = (record.topic.name().to_owned(), record.partition);
    let end = history.ends.entry(place).or_default();
    record.offset = *end;
    *end += 1;
    let at = (record.topic, record.partition, record.offset);
    let index = history
        .records
        .partition_point(|known| (known.topic, known.partition, known.offset) < at);
    history.records.insert(index, record);
}

fn describe(record: &Record) -> String {
    format!(
        "{} of {} {}",
        record.meta.kind, record.meta.aggregate, record.meta.aggregate_id
    )
}
