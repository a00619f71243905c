//! One trace covers a change from the REST call to the socket.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::World;
use tests::socket::shows_task;
use tests::story::PATIENCE;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn the_callers_trace_goes_with_the_change_to_the_record_that_the_socket_shows() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let carol = world.person("carol")?;
    let (observer, socket) = (world.observe().await?, carol.socket().await?);
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let body = Some(json!({"title": "Follow me"}));
    let answer = carol
        .tasks
        .call(Method::POST, "/v1/tasks", body, &[("traceparent", &traceparent)])
        .await?;
    let id = answer.item.expect(StatusCode::CREATED)?.text("/id")?;
    let mut shown = None;
    for topic in ["task-events", "task-updates"] {
        let record = observer.records.find(PATIENCE, topic, |record| {
            record.raw.topic == topic && record.meta().is_some_and(|meta| meta.aggregate_id == id)
        });
        let record = record.await?.item;
        assert_eq!(trace_of(record.header("traceparent")), Some(TRACE), "{topic}");
        shown = record.meta().map(|meta| meta.event_id.to_string());
    }
    let pushed = socket
        .event(PATIENCE, "task.created", |message| shows_task(message, id))
        .await?;
    assert_eq!(
        pushed.item.pointer("/event/id").and_then(Value::as_str),
        shown.as_deref(),
        "{}",
        pushed.item
    );
    Ok(())
}

fn trace_of(traceparent: Option<&str>) -> Option<&str> {
    traceparent?.split('-').nth(1)
}
