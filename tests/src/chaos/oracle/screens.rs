//! What screens show against what is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evidence::{Evidence, Findings, number, text};
use super::history::Table;
use crate::chaos::screen::Model;

/// A screen has seen every position, in order, and shows the user's tasks, series and notifications as they are.
pub(super) fn show_the_database(evidence: &Evidence<'_>) -> Findings {
    let tasks = by_user(evidence.rows(Table::Task));
    let series = by_user(evidence.rows(Table::Series));
    let inbox = by_user(evidence.rows(Table::Inbox));
    let none = Vec::new();
    let mut found = Findings::default();
    for screen in &evidence.history.screens {
        let (user, model) = (screen.user.as_str(), &screen.model);
        let mut find = |what: String| found.wrong(format!("{user}: {what}"));
        for fault in &model.faults {
            find(fault.clone());
        }
        for (what, table, known) in [
            ("tasks", Table::TaskPosition, model.tasks_position()),
            ("the inbox", Table::InboxPosition, model.notifications_position()),
        ] {
            let position = position(evidence.rows(table), user);
            if known != position {
                find(format!("knows {known} of {position} positions of {what}"));
            }
        }
        let rows = [&tasks, &series].into_iter();
        for row in rows.flat_map(|rows| rows.get(user).unwrap_or(&none)) {
            if let Some(what) = judge(model, row) {
                find(what);
            }
        }
        let rows = inbox.get(user).unwrap_or(&none).iter();
        let ids = rows.map(|row| text(row, "notification_id"));
        for id in ids.filter(|id| !model.inbox.contains_key(*id)) {
            find(format!("does not show notification {id}"));
        }
        found.examined += model.items.len() + model.inbox.len();
    }
    found
}

/// A screen shows nothing that is not its user's.
pub(super) fn show_nothing_else(evidence: &Evidence<'_>) -> Findings {
    let ids = |table, column| -> BTreeMap<&str, &str> {
        let rows = evidence.rows(table).iter();
        rows.map(|row| (text(row, column), text(row, "user_id")))
            .collect()
    };
    let mut owners = ids(Table::Task, "id");
    owners.extend(ids(Table::Series, "id"));
    owners.extend(ids(Table::Inbox, "notification_id"));
    let mut found = Findings::default();
    for screen in &evidence.history.screens {
        let shown = screen.model.items.keys().chain(screen.model.inbox.keys());
        for id in shown {
            let owner = owners.get(id.as_str()).copied();
            found.must(owner == Some(screen.user.as_str()), || {
                let owner = owner.unwrap_or("nobody");
                format!("{}: shows {id}, which is {owner}'s", screen.user)
            });
        }
    }
    found
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
