//! What people were told against what is there.

use std::collections::BTreeMap;

use serde_json::Value;
use shared_events::event::{aggregate, intent, task};
use shared_events::topic::Topic;

use super::topics::Delivery;
use super::{Evidence, differ};
use crate::chaos::load::{Entry, Kind, Promise};
use crate::chaos::report::Difference;

/// Refusals that a well-behaved load can meet: gone or not there yet, closed already, overtaken by time, and nobody
/// there at all.
const EXPECTED: [u16; 5] = [0, 404, 409, 412, 422];

/// A change that was acknowledged is the one that the topic has at that version and position; one that gave a title
/// was made once; what is unknown was made once or not at all, and what was refused was not made.
pub(super) fn are_kept(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut facts = BTreeMap::new();
    let mut titles: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for fact in evidence.firsts_of(Topic::TaskEvents) {
        if fact.meta.aggregate != aggregate::TASK {
            continue;
        }
        facts.insert((fact.meta.aggregate_id.as_str(), fact.meta.version.get()), fact);
        if let Some(title) = title_given(fact) {
            *titles.entry((fact.meta.user_id.to_string(), title)).or_default() += 1;
        }
    }
    let mut differences = Vec::new();
    for entry in evidence.entries {
        let who = format!("{} by {}", entry.kind, entry.user);
        match &entry.promise {
            Promise::Made {
                task,
                version,
                position,
            } => match facts.get(&(task.as_str(), *version)) {
                None => {
                    let what = format!(
                        "{who}: version {version} of task {task} was acknowledged and is on no topic"
                    );
                    differences.push(differ("promises", what));
                }
                Some(fact) if fact.meta.position.get() != *position => {
                    let what = format!(
                        "{who}: task {task} was acknowledged at another position than {}",
                        fact.place()
                    );
                    differences.push(differ("promises", what));
                }
                Some(_) => {}
            },
            Promise::Refused(status) if !EXPECTED.contains(status) => {
                differences.push(differ("promises", format!("{who} was answered {status}")));
            }
            Promise::Refused(_) | Promise::Unknown => {}
        }
        differences.extend(judge_title(entry, &titles));
    }
    differences
}

/// The title that a change gave: a creation by a person, or an edit.
fn title_given(fact: &Delivery) -> Option<&str> {
    let is_edit = fact.meta.kind == task::kind::TASK_UPDATED;
    let is_first = fact.meta.kind == task::kind::TASK_CREATED && fact.meta.intent != intent::RECUR;
    let title = fact.body.pointer("/task/title").and_then(Value::as_str);
    title.filter(|_| is_edit || is_first)
}

fn judge_title(entry: &Entry, titles: &BTreeMap<(String, &str), usize>) -> Option<Difference> {
    let title = entry.title.as_deref()?;
    debug_assert!(
        matches!(entry.kind, Kind::Create | Kind::Edit),
        "others give none"
    );
    let made = titles.get(&(entry.user.clone(), title)).copied().unwrap_or(0);
    let is_right = match entry.promise {
        Promise::Made { .. } => made == 1,
        Promise::Unknown => made <= 1,
        Promise::Refused(_) => made == 0,
    };
    (!is_right).then(|| {
        let what = format!(
            "{} by {}: {:?}, and \"{title}\" was given {made} times",
            entry.kind, entry.user, entry.promise
        );
        differ("promises", what)
    })
}
