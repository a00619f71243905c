//! Sync: exactly what changed, or everything and a word about it.

use serde_json::{Value, json};

use crate::app::{App, daily, path};

fn positions(page: &Value) -> Vec<i64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["position"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_client_without_a_position_gets_everything_that_is() {
    let app = App::start().await;
    let alice = app.user("alice");
    let gone = alice.create(json!({"title": "gone"})).await;
    let task = alice.create(daily()).await;
    alice.delete(&path(&gone)).await.expect(204);
    let page = alice.get("/v1/sync").await.expect(200).body;
    assert_eq!(
        (&page["full_resync"], &page["position"], &page["epoch"]),
        (&json!(true), &json!(4), &json!(1))
    );
    assert_eq!(positions(&page), [2, 3], "and no tombstone");
    assert_eq!(
        (&page["items"][0]["type"], &page["items"][0]["id"]),
        (&json!("series"), &task["series_id"])
    );
    assert_eq!(
        (&page["items"][1]["type"], &page["items"][1]["task"]),
        (&json!("task"), &task)
    );
}

#[tokio::test]
async fn a_position_is_answered_with_changes_and_tombstones_in_their_order() {
    let app = App::start().await;
    let alice = app.user("alice");
    let a = alice.create(json!({"title": "a"})).await;
    let b = alice.create(json!({"title": "b"})).await;
    let c = alice.create(json!({"title": "c"})).await;
    alice.patch(&path(&a), json!({"title": "A"})).await.expect(200);
    alice.delete(&path(&b)).await.expect(204);
    for since in ["since=3", "since=1.3"] {
        let page = alice.get(&format!("/v1/sync?{since}")).await.expect(200).body;
        assert_eq!(
            (&page["full_resync"], &page["position"]),
            (&json!(false), &json!(5))
        );
        assert_eq!(positions(&page), [4, 5]);
        assert_eq!(
            (&page["items"][0]["task"]["title"], &page["items"][0]["deleted"]),
            (&json!("A"), &json!(false))
        );
        let tombstone = json!({"position": 5, "type": "task", "id": b["id"], "version": 2, "deleted": true,
                               "task": null, "series": null, "tag": null, "project": null, "settings": null,
                               "filter": null});
        assert_eq!(page["items"][1], tombstone);
    }
    let nothing = alice.get("/v1/sync?since=1.5").await.expect(200).body;
    assert_eq!((positions(&nothing), &nothing["position"]), (vec![], &json!(5)));
    assert_eq!(
        positions(&alice.get("/v1/sync?since=2").await.expect(200).body),
        [3, 4, 5]
    );
    assert_eq!(c["position"], 3);
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let app = App::start().await;
    let alice = app.user("alice");
    for n in 0..7 {
        alice.create(json!({"title": format!("task {n}")})).await;
    }
    for start in ["/v1/sync?limit=3", "/v1/sync?limit=3&since=1.0"] {
        let (mut path, mut seen) = (start.to_owned(), Vec::new());
        loop {
            let page = alice.get(&path).await.expect(200).body;
            assert_eq!(
                page["full_resync"],
                json!(path == "/v1/sync?limit=3"),
                "only the first page says so"
            );
            seen.extend(positions(&page));
            assert_eq!(page["position"], json!(seen.last().unwrap()));
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/v1/sync?limit=3&cursor={cursor}");
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    }
}

#[tokio::test]
async fn a_task_deleted_between_the_pages_of_a_full_sync_leaves_no_ghost() {
    let app = App::start().await;
    let alice = app.user("alice");
    let gone = alice.create(json!({"title": "gone before"})).await;
    alice.delete(&path(&gone)).await.expect(204);
    let mut tasks = Vec::new();
    for n in 0..4 {
        tasks.push(alice.create(json!({"title": format!("task {n}")})).await);
    }
    let first = alice.get("/v1/sync?limit=3").await.expect(200).body;
    assert_eq!(
        positions(&first),
        [3, 4],
        "a tombstone of before tells a new client nothing"
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    alice.delete(&path(&tasks[0])).await.expect(204);
    let second = alice
        .get(&format!("/v1/sync?limit=50&cursor={cursor}"))
        .await
        .expect(200)
        .body;
    assert_eq!(positions(&second), [5, 6, 7]);
    assert_eq!(
        (&second["items"][2]["deleted"], &second["items"][2]["id"]),
        (&json!(true), &tasks[0]["id"]),
        "the page before told of it"
    );
}

#[tokio::test]
async fn a_position_that_is_worth_nothing_is_answered_with_everything() {
    let app = App::start().await;
    let alice = app.user("alice");
    for n in 0..4 {
        alice.create(json!({"title": format!("task {n}")})).await;
    }
    sqlx::query("UPDATE tasks.user_state SET sync_floor = 2")
        .execute(&app.pool)
        .await
        .unwrap();
    for (since, full_resync) in [
        ("1.2", false),
        ("1.4", false),
        ("1.1", true),
        ("1.5", true),
        ("2.3", true),
        ("0", true),
    ] {
        let page = alice
            .get(&format!("/v1/sync?since={since}"))
            .await
            .expect(200)
            .body;
        assert_eq!(page["full_resync"], full_resync, "{since}");
        assert_eq!(
            page["items"].as_array().unwrap().len() == 4,
            full_resync,
            "{since}"
        );
    }
    sqlx::query("UPDATE outbox.epoch SET epoch = 2")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(
        alice.get("/v1/sync?since=1.4").await.expect(200).body["full_resync"],
        true
    );
    assert_eq!(
        alice.get("/v1/sync?since=2.4").await.expect(200).body["full_resync"],
        false
    );
}

#[tokio::test]
async fn a_user_who_never_changed_anything_has_nothing() {
    let app = App::start().await;
    let page = app.user("nobody").get("/v1/sync").await.expect(200).body;
    let nothing = json!({"items": [], "next_cursor": null, "position": 0, "epoch": 1, "full_resync": true});
    assert_eq!(page, nothing);
    assert_eq!(app.number("SELECT count(*) FROM tasks.user_state").await, 0);
}
