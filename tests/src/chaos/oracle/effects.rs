//! What becomes of what recurs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDateTime};
use serde_json::Value;
use shared_events::event::{aggregate, intent};
use shared_events::ids::SeriesId;
use shared_events::topic::Topic;

use super::evidence::{Evidence, Findings, named, number, text};
use super::history::{Record, Table};

/// The occurrences of a series are numbered from 1 without holes, each once.
pub(super) fn each_occurrence_is_created_once(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    let mut chains: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for task in evidence.rows(Table::Task) {
        if let Some(series) = task.get("series_id").and_then(Value::as_str) {
            chains.entry(series).or_default().push(number(task, "ordinal"));
        }
    }
    for series in evidence.rows(Table::Series) {
        let (id, last) = (text(series, "id"), number(series, "last_ordinal"));
        let mut ordinals = chains.remove(id).unwrap_or_default();
        ordinals.sort_unstable();
        let is_whole = ordinals.iter().copied().eq(1..=last);
        found.must(is_whole, || {
            format!("series {id} counts {last} occurrences and has {ordinals:?}")
        });
    }
    for id in chains.keys() {
        found.wrong(format!("there are occurrences of series {id}, which is nowhere"));
    }
    let mut told: BTreeMap<(&str, i64), BTreeSet<&str>> = BTreeMap::new();
    for fact in first_versions(evidence) {
        let task = fact.body.get("task").unwrap_or(&Value::Null);
        if task.get("series_id").is_some() {
            let occurrence = (text(task, "series_id"), number(task, "ordinal"));
            let tasks = told.entry(occurrence).or_default();
            tasks.insert(fact.meta.aggregate_id.as_str());
        }
    }
    for ((series, ordinal), tasks) in told {
        found.must(tasks.len() == 1, || {
            format!("occurrence {ordinal} of series {series} was created as {tasks:?}")
        });
    }
    found
}

/// An occurrence that is closed is not the last of a series that goes on, and each is a day after the one before on
/// the wall.
pub(super) fn chains_go_on(evidence: &Evidence<'_>) -> Findings {
    let mut chains: BTreeMap<&str, BTreeMap<i64, &Value>> = BTreeMap::new();
    for task in evidence.rows(Table::Task) {
        if let Some(series) = task.get("series_id").and_then(Value::as_str) {
            let chain = chains.entry(series).or_default();
            chain.insert(number(task, "ordinal"), task);
        }
    }
    let mut found = Findings::default();
    for series in evidence.rows(Table::Series) {
        let id = text(series, "id");
        let chain = &chains.remove(id).unwrap_or_default();
        let Some((ordinal, newest)) = chain.last_key_value() else {
            continue;
        };
        let is_open = text(newest, "status") == "open" && newest.get("deleted_at").is_none_or(Value::is_null);
        let is_alive = series.get("alive") == Some(&Value::Bool(true));
        found.must(is_open || !is_alive, || {
            format!(
                "occurrence {ordinal} of series {id}, task {}, is closed and has no successor",
                text(newest, "id")
            )
        });
        if text(series, "rrule") == "FREQ=DAILY" {
            let misplaced = chain
                .iter()
                .filter_map(|(ordinal, task)| misplaced(id, chain, *ordinal, task));
            found.wrong.extend(misplaced);
        }
    }
    found
}

/// A sub-task that was there when its recurring task came back did so too: once, and below what came back.
pub(super) fn sub_tasks_come_back(evidence: &Evidence<'_>) -> Findings {
    let tasks = evidence.rows(Table::Task);
    let rows: BTreeMap<&str, &Value> = tasks.iter().map(|task| (text(task, "id"), task)).collect();
    let created: BTreeMap<&str, i64> = first_versions(evidence)
        .map(|fact| (fact.meta.aggregate_id.as_str(), fact.meta.position.get()))
        .collect();
    let at = |task: &Value| created.get(text(task, "id")).copied();
    let occurrences: BTreeMap<(&str, i64), &Value> = tasks
        .iter()
        .map(|task| ((text(task, "series_id"), number(task, "ordinal")), task))
        .collect();
    let (mut copies, mut found) = (BTreeSet::new(), Findings::default());
    for part in tasks {
        let Some(parent) = rows.get(text(part, "parent_id")) else {
            continue;
        };
        let Ok(series) = text(parent, "series_id").parse::<SeriesId>() else {
            continue;
        };
        let ordinal = number(parent, "ordinal") + 1;
        let Some(successor) = occurrences.get(&(text(parent, "series_id"), ordinal)) else {
            continue;
        };
        let (id, origin) = (text(part, "id"), text(part, "id").parse());
        let (Ok(origin), Ok(ordinal)) = (origin, i32::try_from(ordinal)) else {
            continue;
        };
        let copy = series.sub_task(ordinal, origin).to_string();
        let was_there = at(part) < at(successor);
        let is_deleted = part.get("deleted_at").is_some_and(Value::is_string);
        found.examine();
        match rows.get(copy.as_str()) {
            Some(row) if was_there && text(row, "parent_id") == text(successor, "id") => {
                copies.insert(copy);
            }
            Some(_) => found.wrong(format!(
                "sub-task {id} came back as {copy}, and not below {}",
                text(successor, "id")
            )),
            None if was_there && !is_deleted => found.wrong(format!(
                "sub-task {id} did not come back with {}",
                text(successor, "id")
            )),
            None => {}
        }
    }
    for fact in came_back(evidence).filter(|fact| !copies.contains(&fact.meta.aggregate_id)) {
        found.wrong(format!(
            "{} came back, and nothing of it was there",
            named(&fact.meta)
        ));
    }
    found
}

/// The creations of sub-tasks that came back with their task.
pub(super) fn came_back<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Record> {
    first_versions(evidence).filter(|fact| {
        let series = fact.body.pointer("/task/series_id");
        fact.meta.intent == intent::RECUR && series.is_none_or(Value::is_null)
    })
}

fn first_versions<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Record> {
    let facts = evidence.firsts_of(Topic::TaskEvents);
    facts.filter(|fact| fact.meta.aggregate == aggregate::TASK && fact.meta.version.get() == 1)
}

fn misplaced(id: &str, chain: &BTreeMap<i64, &Value>, ordinal: i64, task: &Value) -> Option<String> {
    let wall = |task: &Value| text(task, "slot").parse::<NaiveDateTime>().ok();
    let first = wall(chain.get(&1)?)?;
    let days = u64::try_from(ordinal - 1).ok()?;
    let wanted = first.checked_add_days(Days::new(days))?;
    let slot = wall(task);
    (slot != Some(wanted))
        .then(|| format!("occurrence {ordinal} of series {id} is at {slot:?} instead of {wanted}"))
}
