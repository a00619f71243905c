//! Lists: newest first, cursors that hold while others insert.

use serde_json::{Value, json};

use crate::app::App;

fn titles(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["title"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn tasks_are_listed_newest_first_and_pages_hold_while_tasks_are_added() {
    let app = App::start().await;
    let alice = app.user("alice");
    for title in ["a", "b", "c", "d", "e"] {
        alice.create(json!({"title": title})).await;
    }
    let first = alice.get("/v1/tasks?limit=2").await.expect(200).body;
    assert_eq!(titles(&first), ["e", "d"]);
    alice.create(json!({"title": "f"})).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = alice
        .get(&format!("/v1/tasks?limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .body;
    assert_eq!(titles(&second), ["c", "b"]);
    let cursor = second["next_cursor"].as_str().unwrap();
    let last = alice
        .get(&format!("/v1/tasks?limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .body;
    assert_eq!(titles(&last), ["a"]);
    assert_eq!(last["next_cursor"], json!(null));
}

#[tokio::test]
async fn a_page_that_ends_exactly_at_the_end_is_the_last() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.create(json!({"title": "a"})).await;
    alice.create(json!({"title": "b"})).await;
    let page = alice.get("/v1/tasks?limit=2").await.expect(200).body;
    assert_eq!(
        (titles(&page), &page["next_cursor"]),
        (vec!["b", "a"], &json!(null))
    );
}

#[tokio::test]
async fn a_list_can_be_of_one_status() {
    let app = App::start().await;
    let alice = app.user("alice");
    let done = alice.create(json!({"title": "done"})).await;
    alice.create(json!({"title": "open"})).await;
    alice.act(&done, "complete").await.expect(200);
    let open = alice.get("/v1/tasks?status=open").await.expect(200).body;
    assert_eq!(titles(&open), ["open"]);
    let done = alice.get("/v1/tasks?status=done").await.expect(200).body;
    assert_eq!(titles(&done), ["done"]);
}
