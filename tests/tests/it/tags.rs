//! A tag's new name reaches its user's screens, and nothing else does.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::World;
use tests::socket::kind_of;
use tests::story::PATIENCE;

#[tokio::test]
async fn a_renamed_tag_reaches_the_socket_as_one_event_and_no_task_changes() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let dora = world.person("dora")?;
    let created = dora.tasks.post("/v1/tags", json!({"name": "home"})).await?.item;
    let tag = created.expect(StatusCode::CREATED)?.text("/id")?.to_owned();
    for title in ["one", "two"] {
        let task = json!({"title": title, "tags": [&tag]});
        dora.tasks
            .post("/v1/tasks", task)
            .await?
            .item
            .expect(StatusCode::CREATED)?;
    }
    let socket = dora.socket().await?;
    let path = format!("/v1/tags/{tag}");
    let renamed = dora.tasks.patch(&path, json!({"name": "Zuhause"})).await?.item;
    renamed.expect(StatusCode::OK)?;
    // What comes after it shows that nothing else came with it.
    let last = dora
        .tasks
        .post("/v1/tasks", json!({"title": "three"}))
        .await?
        .item;
    let last = last.expect(StatusCode::CREATED)?.text("/id")?.to_owned();
    let is_last = |message: &Value| message.pointer("/event/task/id") == Some(&json!(last));
    socket.event(PATIENCE, "task.created", is_last).await?;

    let renames: Vec<_> = socket
        .events()
        .into_iter()
        .map(|seen| seen.item)
        .filter(|message| message.pointer("/position").and_then(Value::as_i64) > Some(3))
        .collect();
    let kinds: Vec<_> = renames.iter().filter_map(kind_of).collect();
    assert_eq!(kinds, ["tag.updated", "task.created"]);
    let pushed = renames.first().and_then(|message| message.pointer("/event/tag"));
    assert_eq!(pushed, Some(&renamed.body), "what is pushed is what was answered");
    Ok(())
}
