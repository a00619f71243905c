//! What a screen knows, and whether what comes next fits. No I/O.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a screen shows, and what it finds fault with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// Tasks and series by id, deleted ones included, as they were last told of.
    pub items: BTreeMap<String, Item>,
    /// By id.
    pub inbox: BTreeMap<String, Value>,
    /// Every position that was missing or out of order.
    pub faults: Vec<String>,
    /// How often a connection was made.
    pub connections: u64,
    /// How often the gateway had kept what was missed.
    pub recovered: u64,
    pub events: u64,
    epoch: Option<i64>,
    inbox_epoch: Option<i64>,
    tasks: Stream,
    notifications: Stream,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub version: i64,
    pub deleted: bool,
    /// `open`, `done` or `skipped`; none for a series and for what is gone.
    pub status: Option<String>,
    /// Of a task.
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Stream {
    /// Everything up to here is known; none before the first fetch.
    known: Option<i64>,
    /// The last position of this connection.
    live: i64,
}

/// What to do about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    Nothing,
    /// It stands for more than it says: fetch.
    Fetch,
}

impl Model {
    /// What to ask a gateway for.
    pub(super) fn since(&self) -> Option<Value> {
        let (epoch, tasks) = (self.epoch?, self.tasks.known?);
        Some(json!({"epoch": epoch, "tasks": tasks, "notifications": self.notifications.known?}))
    }

    pub(super) fn sync_path(&self) -> String {
        match (self.epoch, self.tasks.known) {
            (Some(epoch), Some(known)) => format!("/v1/sync?limit=200&since={epoch}.{known}"),
            _ => "/v1/sync?limit=200".to_owned(),
        }
    }

    /// Where a fetch of the inbox goes on.
    pub(super) fn inbox_path(&self) -> String {
        match (self.inbox_epoch, self.notifications.known) {
            (Some(epoch), Some(known)) => format!("/v1/notifications?limit=200&since={epoch}.{known}"),
            _ => "/v1/notifications?limit=200&since=0".to_owned(),
        }
    }

    /// The position up to which the inbox is known.
    pub fn notifications_position(&self) -> i64 {
        self.notifications.known.unwrap_or(0)
    }

    /// The position up to which tasks are known.
    pub fn tasks_position(&self) -> i64 {
        self.tasks.known.unwrap_or(0)
    }

    pub(super) fn connected(&mut self, tasks: bool, notifications: bool) {
        self.connections += 1;
        self.recovered += u64::from(tasks) + u64::from(notifications);
        (self.tasks.live, self.notifications.live) = (0, 0);
    }

    pub(super) fn see(&mut self, message: &Value) -> Reaction {
        self.events += 1;
        let position = number(message, "/position");
        let refresh = message.pointer("/event/refresh_since").and_then(Value::as_i64);
        let is_task_stream = message.pointer("/stream") == Some(&json!("tasks"));
        let (name, stream) = if is_task_stream {
            ("tasks", &mut self.tasks)
        } else {
            ("notifications", &mut self.notifications)
        };
        if position <= stream.live {
            self.faults
                .push(format!("{name}: position {position} came after {}", stream.live));
        }
        stream.live = position;
        let known = stream.known.unwrap_or(0);
        if refresh.is_some() && is_task_stream {
            return Reaction::Fetch;
        }
        if position > known + 1 {
            self.faults.push(format!(
                "{name}: position {position} came, and {known} was the last one known"
            ));
        }
        if position > known {
            stream.known = Some(position);
        }
        self.take(message);
        Reaction::Nothing
    }

    fn take(&mut self, message: &Value) {
        for what in ["task", "series"] {
            if let Some(item) = message.pointer(&format!("/event/{what}")) {
                let deleted = item.get("deleted") == Some(&json!(true));
                self.put(text(item, "/id"), read(item, number(item, "/version"), deleted));
            }
        }
        if let Some(notification) = message.pointer("/event/notification") {
            self.inbox.insert(text(notification, "/id"), notification.clone());
        }
    }

    /// Takes a page of a sync.
    pub(super) fn synced(&mut self, page: &Value) {
        if page.get("full_resync") == Some(&json!(true)) {
            self.items.clear();
        }
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            let deleted = item.get("deleted") == Some(&json!(true));
            let whole = item.get("task").filter(|task| !task.is_null()).unwrap_or(item);
            self.put(text(item, "/id"), read(whole, number(item, "/version"), deleted));
        }
        self.epoch = page.get("epoch").and_then(Value::as_i64).or(self.epoch);
        self.tasks.known = Some(number(page, "/position"));
    }

    pub(super) fn fetched_tasks(&mut self) {
        self.tasks.known.get_or_insert(0);
    }

    /// Takes a page of the inbox.
    pub(super) fn listed(&mut self, page: &Value) {
        if page.get("full_resync") == Some(&json!(true)) {
            self.inbox.clear();
        }
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            self.inbox.insert(text(item, "/id"), item.clone());
        }
        self.inbox_epoch = page.get("epoch").and_then(Value::as_i64).or(self.inbox_epoch);
        self.notifications.known = Some(number(page, "/position"));
    }

    /// Of two words on one thing the later version counts.
    fn put(&mut self, id: String, item: Item) {
        let is_newer = self
            .items
            .get(&id)
            .is_none_or(|known| known.version <= item.version);
        if is_newer {
            self.items.insert(id, item);
        }
    }
}

fn read(view: &Value, version: i64, deleted: bool) -> Item {
    let word = |name: &str| view.get(name).and_then(Value::as_str).map(str::to_owned);
    Item {
        version,
        deleted,
        status: word("status").filter(|_| !deleted),
        title: word("title").filter(|_| !deleted),
    }
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: i64) -> Value {
        json!({"type": "event", "stream": "tasks", "position": position,
               "event": {"task": {"id": "t", "version": position, "status": "open", "title": "T"}}})
    }

    fn synced_to(position: i64) -> Model {
        let mut model = Model::default();
        model.synced(&json!({"items": [], "position": position, "epoch": 1, "full_resync": false}));
        model
    }

    #[test]
    fn positions_in_a_row_are_fine() {
        let mut model = synced_to(4);
        model.connected(true, true);
        assert_eq!(
            (model.see(&event(5)), model.see(&event(6))),
            (Reaction::Nothing, Reaction::Nothing)
        );
        assert_eq!((model.tasks_position(), model.faults.len()), (6, 0));
    }

    #[test]
    fn a_position_that_is_left_out_is_a_fault() {
        let mut model = synced_to(4);
        model.see(&event(6));
        assert_eq!(model.faults.len(), 1, "{:?}", model.faults);
    }

    #[test]
    fn a_position_that_comes_twice_on_one_connection_is_a_fault() {
        let mut model = synced_to(4);
        model.see(&event(5));
        model.see(&event(5));
        assert_eq!(model.faults.len(), 1, "{:?}", model.faults);
    }

    #[test]
    fn what_was_fetched_already_may_come_again_and_changes_nothing() {
        let mut model = synced_to(4);
        model.see(&event(3));
        assert_eq!((model.tasks_position(), model.faults.len()), (4, 0));
    }

    #[test]
    fn an_older_version_never_replaces_a_newer_one() {
        let mut model = synced_to(4);
        model.see(&event(5));
        model.synced(
            &json!({"items": [{"id": "t", "version": 3, "deleted": true}], "position": 5, "epoch": 1}),
        );
        assert!(!model.items.get("t").unwrap().deleted);
    }
}
