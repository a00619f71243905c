//! JSON merge-patch (RFC 7396): absent is untouched, null clears, everything else replaces.

use serde_json::{Map, Value};

use super::input::{Invalid, Object, Pointer};
use super::task::{Draft, Task};
use crate::view::TaskView;

/// Fields of which an object has one or the other: sending one takes the place of the other.
const ALTERNATIVES: [[&[&str]; 2]; 2] = [[&["date"], &["datetime"]], [&["every", "unit"], &["rrule"]]];

/// Reads what a task is to be after a patch.
pub fn read(before: &Task, patch: &Value) -> Result<Draft, Invalid> {
    let known: Vec<&str> = Draft::FIELDS.into_iter().chain([Draft::ALLOW_PAST_DUE]).collect();
    Object::read(patch, Pointer::root(), &known)?;
    let mut merged = writable_fields(before);
    if let Value::Object(patch) = patch {
        merge(&mut merged, patch);
    }
    Draft::parse(&Value::Object(merged))
}

fn writable_fields(task: &Task) -> Map<String, Value> {
    match serde_json::to_value(TaskView::from(task)) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|name, _| Draft::FIELDS.contains(&name.as_str()));
            fields
        }
        _ => Map::new(),
    }
}

/// Applies a patch that is an object.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    drop_replaced_alternatives(target, patch);
    for (name, change) in patch {
        match change {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(change) => {
                let field = target.entry(name.clone()).or_insert(Value::Null);
                if !field.is_object() {
                    *field = Value::Object(Map::new());
                }
                if let Value::Object(field) = field {
                    merge(field, change);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

fn drop_replaced_alternatives(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    let sends = |names: &[&str]| {
        names
            .iter()
            .any(|name| patch.get(*name).is_some_and(|v| !v.is_null()))
    };
    for [one, other] in ALTERNATIVES {
        for (sent, replaced) in [(one, other), (other, one)] {
            if sends(sent) && !sends(replaced) {
                target.retain(|name, _| !replaced.contains(&name.as_str()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(target: Value, patch: Value) -> Value {
        let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else {
            panic!("two objects")
        };
        merge(&mut target, &patch);
        Value::Object(target)
    }

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            assert_eq!(merged(target, patch), result);
        }
    }

    #[test]
    fn a_date_takes_the_place_of_a_datetime() {
        let due = json!({"due": {"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"}});
        let patched = merged(due, json!({"due": {"date": "2026-12-02"}}));
        assert_eq!(
            patched,
            json!({"due": {"date": "2026-12-02", "timezone": "Europe/Berlin"}})
        );
    }

    #[test]
    fn the_simple_form_of_a_rule_takes_the_place_of_its_text() {
        let rule = json!({"recurrence": {"rrule": "FREQ=DAILY", "anchor": "schedule"}});
        let patched = merged(rule, json!({"recurrence": {"every": 2, "unit": "month"}}));
        assert_eq!(
            patched,
            json!({"recurrence": {"every": 2, "unit": "month", "anchor": "schedule"}})
        );
    }
}
