//! What screens show against what is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Evidence, differ, number, text};
use crate::chaos::report::Difference;
use crate::chaos::screen::Model;

/// A screen has seen every position, in order, and shows the user's tasks, series and notifications as they are.
pub(super) fn show_the_database(evidence: &Evidence<'_>) -> Vec<Difference> {
    let tasks = by_user(&evidence.tasks);
    let series = by_user(&evidence.series);
    let inbox = by_user(&evidence.inbox);
    let none = Vec::new();
    let mut differences = Vec::new();
    for screen in evidence.screens {
        let user = screen.user.as_str();
        let model = screen.model();
        let mut find = |what: String| differences.push(differ("screens", format!("{user}: {what}")));
        for fault in &model.faults {
            find(fault.clone());
        }
        let position = position(&evidence.task_positions, user);
        if model.tasks_position() != position {
            find(format!(
                "knows {} of {position} positions of tasks",
                model.tasks_position()
            ));
        }
        let position = self::position(&evidence.inbox_positions, user);
        if model.notifications_position() != position {
            find(format!(
                "knows {} of {position} positions of the inbox",
                model.notifications_position()
            ));
        }
        let rows = tasks
            .get(user)
            .unwrap_or(&none)
            .iter()
            .chain(series.get(user).unwrap_or(&none));
        let mut shown = 0;
        for row in rows {
            shown += usize::from(model.items.contains_key(text(row, "id")));
            if let Some(what) = judge(&model, row) {
                find(what);
            }
        }
        if shown != model.items.len() {
            find(format!(
                "shows {} things that are nowhere",
                model.items.len() - shown
            ));
        }
        let rows = inbox.get(user).unwrap_or(&none);
        let missing = rows
            .iter()
            .filter(|row| !model.inbox.contains_key(text(row, "notification_id")));
        for row in missing {
            find(format!(
                "does not show notification {}",
                text(row, "notification_id")
            ));
        }
        if model.inbox.len() > rows.len() {
            find(format!(
                "shows {} notifications of {}",
                model.inbox.len(),
                rows.len()
            ));
        }
    }
    differences
}

fn judge(model: &Model, row: &Value) -> Option<String> {
    let id = text(row, "id");
    let deleted = row.get("deleted_at").is_some_and(Value::is_string);
    let Some(item) = model.items.get(id) else {
        return Some(format!("does not show {id}: {row}"));
    };
    let word = |name: &str| row.get(name).and_then(Value::as_str).filter(|_| !deleted);
    let is_same = item.version == number(row, "version")
        && item.deleted == deleted
        && item.status.as_deref() == word("status")
        && item.title.as_deref() == word("title");
    (!is_same).then(|| format!("shows {id} as {item:?}, and it is {row}"))
}

fn by_user(rows: &[Value]) -> BTreeMap<&str, Vec<&Value>> {
    let mut by_user: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        by_user.entry(text(row, "user_id")).or_default().push(row);
    }
    by_user
}

fn position(rows: &[Value], user: &str) -> i64 {
    let row = rows.iter().find(|row| text(row, "user_id") == user);
    row.map_or(0, |row| number(row, "position"))
}
