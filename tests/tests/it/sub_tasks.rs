//! A recurring task comes back with its sub-tasks, by way of the broker.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::World;
use tests::api::Api;
use tests::story::PATIENCE;

async fn created(tasks: &Api, task: Value) -> anyhow::Result<String> {
    let answer = tasks.post("/v1/tasks", task).await?.item;
    Ok(answer.expect(StatusCode::CREATED)?.text("/id")?.to_owned())
}

#[tokio::test]
async fn a_completed_task_comes_back_with_its_sub_task_open_and_the_screen_sees_both() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let erin = world.person("erin")?;
    let due = json!({"datetime": "2031-05-01T09:00:00", "timezone": "Europe/Berlin"});
    let plants = json!({"title": "Plants", "due": due, "recurrence": {"rrule": "FREQ=DAILY"}});
    let plants = created(&erin.tasks, plants).await?;
    let due = json!({"datetime": "2031-05-01T08:00:00", "timezone": "Europe/Berlin"});
    let can = json!({"title": "Fill the can", "parent_id": plants, "due": due});
    let can = created(&erin.tasks, can).await?;
    let socket = erin.socket().await?;
    for task in [&can, &plants] {
        let done = erin
            .tasks
            .post(&format!("/v1/tasks/{task}/complete"), json!({}))
            .await?
            .item;
        done.expect(StatusCode::OK)?;
    }

    let is_next = |message: &Value| message.pointer("/event/task/ordinal") == Some(&json!(2));
    let next = socket.event(PATIENCE, "task.created", is_next).await?.item;
    let parent = next.pointer("/event/task/id");
    let is_copy = |message: &Value| message.pointer("/event/task/parent_id") == parent;
    let copy = socket.event(PATIENCE, "task.created", is_copy).await?.item;
    let copy = copy.pointer("/event/task").expect("a task");
    assert_eq!(copy.pointer("/status"), Some(&json!("open")));
    assert_eq!(copy.pointer("/due/datetime"), Some(&json!("2031-05-02T08:00:00")));
    let id = copy.pointer("/id").and_then(Value::as_str).expect("an id");
    assert_ne!(id, can);
    let fetched = erin.tasks.get(&format!("/v1/tasks/{id}")).await?.item;
    assert_eq!(
        &fetched.expect(StatusCode::OK)?.body,
        copy,
        "what is pushed is what is fetched"
    );
    Ok(())
}
