//! What people were told against what is there.

use std::collections::BTreeMap;

use serde_json::Value;
use shared_events::event::{aggregate, intent, task};
use shared_events::topic::Topic;

use super::evidence::{Evidence, Findings, number, text};
use super::history::{Record, Table};
use crate::chaos::load::{Entry, Promise};

/// Refusals that a well-behaved load can meet: gone or not there yet, closed already, overtaken by time, too much at
/// once, and nobody there at all.
const EXPECTED: [u16; 6] = [0, 404, 409, 412, 422, 429];

/// What was acknowledged is in the database, at the version that was named or a later one.
pub(super) fn acknowledged_is_in_the_database(evidence: &Evidence<'_>) -> Findings {
    let tasks: BTreeMap<&str, &Value> = by(evidence.rows(Table::Task), "id");
    let positions = by(evidence.rows(Table::TaskPosition), "user_id");
    let mut found = Findings::default();
    for (entry, task, version, position) in made(evidence) {
        let row = tasks.get(task);
        let is_there = row.is_some_and(|row| number(row, "version") >= version);
        found.must(is_there, || {
            let now = row.map(|row| number(row, "version"));
            format!(
                "{}: version {version} of task {task} was acknowledged, and its row has {now:?}",
                who(entry)
            )
        });
        let reached = positions.get(entry.user.as_str());
        let reached = reached.map_or(0, |row| number(row, "position"));
        if reached < position {
            found.wrong(format!(
                "{}: position {position} was acknowledged, and the user is at {reached}",
                who(entry)
            ));
        }
    }
    found
}

/// What was acknowledged is the change that the topic has at that version and position.
pub(super) fn acknowledged_is_on_the_topic(evidence: &Evidence<'_>) -> Findings {
    let facts: BTreeMap<_, &Record> = task_facts(evidence)
        .map(|fact| ((fact.meta.aggregate_id.as_str(), fact.meta.version.get()), fact))
        .collect();
    let mut found = Findings::default();
    for (entry, task, version, position) in made(evidence) {
        found.examine();
        match facts.get(&(task, version)) {
            None => found.wrong(format!(
                "{}: version {version} of task {task} was acknowledged and is on no topic",
                who(entry)
            )),
            Some(fact) if fact.meta.position.get() != position => found.wrong(format!(
                "{}: task {task} was acknowledged at another position than {}",
                who(entry),
                fact.place()
            )),
            Some(_) => {}
        }
    }
    found
}

/// What was refused was not made.
pub(super) fn refused_is_not_made(evidence: &Evidence<'_>) -> Findings {
    let titles = titles(evidence);
    let mut found = Findings::default();
    for entry in &evidence.history.entries {
        let Promise::Refused(status) = entry.promise else {
            continue;
        };
        found.must(EXPECTED.contains(&status), || {
            format!("{} was answered {status}", who(entry))
        });
        let made = given(entry, &titles).unwrap_or(0);
        if made > 0 {
            found.wrong(format!(
                "{} was refused with {status}, and was made {made} times",
                who(entry)
            ));
        }
    }
    found
}

/// A change that gave a title was made once if it was acknowledged, asked for again or not, and once or not at all if
/// its outcome stayed unknown.
pub(super) fn nothing_is_made_twice(evidence: &Evidence<'_>) -> Findings {
    let titles = titles(evidence);
    let mut found = Findings::default();
    for entry in &evidence.history.entries {
        let Some(made) = given(entry, &titles) else {
            continue;
        };
        let is_right = match entry.promise {
            Promise::Made { .. } => made == 1,
            Promise::Unknown => made <= 1,
            Promise::Refused(_) => continue,
        };
        found.must(is_right, || {
            format!(
                "{}: {:?}, and {:?} was given {made} times",
                who(entry),
                entry.promise,
                entry.title
            )
        });
    }
    found
}

/// Asked for again with the same key, a change gives the same answer.
pub(super) fn repeats_are_equal(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for repeat in &evidence.history.observations.repeats {
        found.must(repeat.first == repeat.second, || {
            format!(
                "{} asked again with key {}: {:?} became {:?}",
                repeat.user, repeat.key, repeat.first, repeat.second
            )
        });
    }
    found
}

/// Acknowledged changes: with the task, its version and the user's position.
fn made<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a Entry, &'a str, i64, i64)> {
    let entries = evidence.history.entries.iter();
    entries.filter_map(|entry| match &entry.promise {
        Promise::Made {
            task,
            version,
            position,
        } => Some((entry, task.as_str(), *version, *position)),
        Promise::Unknown | Promise::Refused(_) => None,
    })
}

fn task_facts<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Record> {
    let facts = evidence.firsts_of(Topic::TaskEvents);
    facts.filter(|fact| fact.meta.aggregate == aggregate::TASK)
}

type Titles<'a> = BTreeMap<(String, &'a str), usize>;

/// How often each title was given: by a creation by a person, or by an edit.
fn titles<'a>(evidence: &Evidence<'a>) -> Titles<'a> {
    let mut titles = Titles::new();
    for fact in task_facts(evidence) {
        let is_edit = fact.meta.kind == task::kind::TASK_UPDATED && changes_title(fact);
        let is_first = fact.meta.kind == task::kind::TASK_CREATED && fact.meta.intent != intent::RECUR;
        let title = fact.body.pointer("/task/title").and_then(Value::as_str);
        if let Some(title) = title.filter(|_| is_edit || is_first) {
            *titles.entry((fact.meta.user_id.to_string(), title)).or_default() += 1;
        }
    }
    titles
}

fn changes_title(fact: &Record) -> bool {
    let changes = fact.body.get("changes").and_then(Value::as_array);
    let mut changes = changes.into_iter().flatten();
    changes.any(|change| text(change, "field") == "title")
}

fn given(entry: &Entry, titles: &Titles<'_>) -> Option<usize> {
    let title = entry.title.as_deref()?;
    Some(titles.get(&(entry.user.clone(), title)).copied().unwrap_or(0))
}

fn who(entry: &Entry) -> String {
    format!("{} by {}", entry.kind, entry.user)
}

fn by<'a>(rows: &'a [Value], column: &str) -> BTreeMap<&'a str, &'a Value> {
    rows.iter().map(|row| (text(row, column), row)).collect()
}
