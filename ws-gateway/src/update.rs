//! An update as sockets get it: decoded and rendered once, then shared by the window and every socket.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared_events::event::update::UserUpdate;
use shared_events::event::view::{
    FilterView, NotificationView, ProjectView, SeriesView, SettingsView, TagView, TaskView,
};
use shared_events::ids::{Epoch, EventId, Position, UserId};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What an update costs in memory besides its text.
const OVERHEAD_BYTES: usize = 512;

#[derive(Debug, Clone)]
pub struct Update {
    pub user: UserId,
    /// The stream whose positions it counts in.
    pub stream: String,
    /// The life of the database that the positions belong to.
    pub epoch: Epoch,
    /// The first position it stands for.
    pub from: Position,
    pub to: Position,
    pub occurred_at: DateTime<Utc>,
    pub event_id: EventId,
    pub kind: String,
    /// The message, as it is sent.
    pub text: Utf8Bytes,
}

impl Update {
    pub fn render(update: &UserUpdate) -> Result<Self, serde_json::Error> {
        let meta = &update.meta;
        let text = serde_json::to_string(&message(update))?;
        Ok(Self {
            user: meta.user_id.clone(),
            stream: update.stream.clone(),
            epoch: meta.epoch,
            // A record that claims to end before it begins stands for its last position alone.
            from: update.from.min(meta.position),
            to: meta.position,
            occurred_at: meta.occurred_at.at(),
            event_id: meta.event_id,
            kind: meta.kind.clone(),
            text: text.into(),
        })
    }

    /// What it costs in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.text.len() + OVERHEAD_BYTES
    }
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    stream: &'a str,
    epoch: Epoch,
    position: Position,
    event: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    id: EventId,
    kind: &'a str,
    occurred_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<SeriesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<NotificationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<TagView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<SettingsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<FilterView>,
    /// Fetch everything after this position: the changes are too many to be pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_since: Option<i64>,
}

fn message(update: &UserUpdate) -> Message<'_> {
    let meta = &update.meta;
    Message {
        r#type: "event",
        stream: &update.stream,
        epoch: meta.epoch,
        position: meta.position,
        event: Body {
            id: meta.event_id,
            kind: &meta.kind,
            occurred_at: meta.occurred_at.at(),
            task: update.task.as_ref().map(TaskView::from),
            series: update.series.as_ref().map(|series| SeriesView::new(series, meta)),
            notification: update
                .notification
                .clone()
                .map(|notification| NotificationView::new(notification, meta.position)),
            tag: update.tag.as_ref().map(TagView::from),
            project: update.project.as_ref().map(ProjectView::from),
            settings: update.settings.as_ref().map(SettingsView::from),
            filter: update.filter.as_ref().map(FilterView::from),
            refresh_since: update.refresh.then(|| update.from.get().saturating_sub(1)),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rendered(name: &str) -> (Update, Value) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v7");
        let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
        let update = Update::render(&serde_json::from_str(&text).unwrap()).unwrap();
        let message = serde_json::from_str(&update.text).unwrap();
        (update, message)
    }

    #[test]
    fn a_task_is_pushed_with_its_position_and_as_rest_shows_it() {
        let (update, message) = rendered("task-created");
        assert_eq!(message["type"], "event");
        assert_eq!(message["stream"], "tasks");
        assert_eq!(message["position"], json!(update.to.get()));
        assert_eq!(message["event"]["kind"], "task.created");
        assert!(
            message["event"]["task"]["due"]["timezone"].is_string(),
            "{message}"
        );
        assert!(message["event"].get("notification").is_none(), "{message}");
    }

    #[test]
    fn a_notification_is_pushed_in_its_own_stream() {
        let (update, message) = rendered("notification-created");
        assert_eq!(update.stream, "notifications");
        let notification = &message["event"]["notification"];
        assert_eq!(notification["title"], "Water the plants");
        assert_eq!(notification["due_at"], "2026-12-01T09:00:00Z");
    }

    #[test]
    fn a_renamed_tag_is_pushed_among_the_tasks() {
        let (update, message) = rendered("tag-updated");
        assert_eq!(update.stream, "tasks");
        assert_eq!(message["event"]["kind"], "tag.updated");
        assert_eq!(message["event"]["tag"]["name"], "Zuhause");
        assert!(message["event"].get("task").is_none(), "{message}");
    }

    #[test]
    fn projects_and_settings_are_pushed_among_the_tasks() {
        let (update, message) = rendered("project-created");
        assert_eq!(update.stream, "tasks");
        assert_eq!(message["event"]["project"]["name"], "Garden");
        let (_, message) = rendered("settings-updated");
        assert_eq!(message["event"]["settings"]["timezone"], "Europe/Berlin");
    }

    #[test]
    fn a_saved_filter_is_pushed_among_the_tasks_until_it_is_deleted() {
        let (update, message) = rendered("filter-created");
        assert_eq!(update.stream, "tasks");
        let filter = &message["event"]["filter"];
        assert_eq!(filter["filter"], "due < today + 7d and tag = home");
        assert_eq!(filter["sort"], Value::Null);
        assert!(filter.get("deleted").is_none(), "{message}");
        let (_, message) = rendered("filter-deleted");
        assert_eq!(message["event"]["filter"]["deleted"], true);
    }

    #[test]
    fn a_refresh_says_from_where_to_fetch() {
        let (update, message) = rendered("refresh");
        assert_eq!((update.from, update.to), (Position(101), Position(250)));
        assert_eq!(message["event"]["refresh_since"], 100);
    }
}
