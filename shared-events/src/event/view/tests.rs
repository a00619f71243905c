//! What is pushed has the shape of what is fetched.

use serde_json::{Value, json};

use super::*;
use crate::event::task::WallTime;
use crate::event::update::UserUpdate;

fn example(name: &str) -> UserUpdate {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v7");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_pushed_task_has_the_shape_of_a_fetched_one() {
    let task = example("task-created").task.unwrap();
    let view = serde_json::to_value(TaskView::from(&task)).unwrap();
    let names: Vec<&String> = view.as_object().unwrap().keys().collect();
    let expected = "completed_at created_at description due due_at estimate id order_key ordinal parent_id position priority \
         project_id recurrence reminders series_id start status tags title updated_at version";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(view["id"], json!(task.id.to_string()));
    assert_eq!(view["created_at"], json!(task.created_at.at()));
}

#[test]
fn a_moment_is_a_datetime_or_a_date() {
    let view = |local: &str| {
        let time = WallTime {
            local: local.to_owned(),
            zone: "Europe/Berlin".to_owned(),
        };
        serde_json::to_value(MomentView::from(&time)).unwrap()
    };
    let timed = json!({"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"});
    assert_eq!(view("2026-12-01T09:00:00"), timed);
    let all_day = json!({"date": "2026-12-01", "timezone": "Europe/Berlin"});
    assert_eq!(view("2026-12-01"), all_day);
}

#[test]
fn a_deleted_task_says_so() {
    let mut task = example("task-created").task.unwrap();
    task.deleted = true;
    let view = serde_json::to_value(TaskView::from(&task)).unwrap();
    assert_eq!(view["deleted"], Value::Bool(true));
}

#[test]
fn a_pushed_tag_has_the_shape_of_a_fetched_one() {
    let view = |name: &str| serde_json::to_value(TagView::from(&example(name).tag.unwrap())).unwrap();
    let renamed = view("tag-updated");
    let names: Vec<&String> = renamed.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["created_at", "id", "name", "position", "updated_at", "version"]
    );
    assert_eq!(renamed["name"], json!("Zuhause"));
    assert_eq!(view("tag-deleted")["deleted"], json!(true));
}

#[test]
fn series_and_notifications_carry_their_position() {
    let update = example("series-created");
    let series = serde_json::to_value(SeriesView::new(&update.series.unwrap(), &update.meta)).unwrap();
    assert_eq!(series["position"], json!(update.meta.position.get()));
    let update = example("notification-created");
    let notification = update.notification.unwrap();
    let view =
        serde_json::to_value(NotificationView::new(notification.clone(), update.meta.position)).unwrap();
    assert_eq!(view["position"], json!(update.meta.position.get()));
    assert_eq!(view["fired_at"], json!(notification.fired_at.at()));
    assert_eq!(view["due_at"], "2026-12-01T09:00:00Z");
    assert_eq!(view["read_at"], Value::Null);
}
