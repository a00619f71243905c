//! Lists: in every order, cursors that hold while others insert.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::app::{App, User, path};

fn titles(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["title"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_hold_while_tasks_are_added() {
    let app = App::start().await;
    let alice = app.user("alice");
    for title in ["a", "b", "c", "d", "e"] {
        alice.create(json!({"title": title})).await;
    }
    let first = alice
        .get("/v1/tasks?limit=2&sort=-created")
        .await
        .expect(200)
        .body;
    assert_eq!(titles(&first), ["e", "d"]);
    alice.create(json!({"title": "f"})).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = alice
        .get(&format!("/v1/tasks?limit=2&sort=-created&cursor={cursor}"))
        .await
        .expect(200)
        .body;
    assert_eq!(titles(&second), ["c", "b"]);
    let cursor = second["next_cursor"].as_str().unwrap();
    let last = alice
        .get(&format!("/v1/tasks?limit=2&sort=-created&cursor={cursor}"))
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
    let page = alice
        .get("/v1/tasks?limit=2&sort=-created")
        .await
        .expect(200)
        .body;
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

/// Tasks that differ in everything they can be ordered by: half of them are due, some at the same time.
async fn varied(alice: &User) -> Vec<Value> {
    let mut tasks = Vec::new();
    for n in 0..12 {
        let priority = ["low", "normal", "high", "critical"][n % 4];
        let mut task = json!({"title": format!("{n}"), "priority": priority});
        if n % 2 == 0 {
            let day = 1 + (n * 7) % 3;
            task["due"] = json!({"datetime": format!("2031-01-0{day}T09:00:00"), "timezone": "UTC"});
        }
        tasks.push(alice.create(task).await);
    }
    for task in [&tasks[1], &tasks[6]] {
        alice.act(task, "complete").await.expect(200);
    }
    let place = json!({"after": tasks[9]["id"]});
    alice
        .post(&format!("{}/move", path(&tasks[0])), place)
        .await
        .expect(200);
    alice.get("/v1/tasks?limit=200").await.expect(200).body["items"]
        .as_array()
        .unwrap()
        .clone()
}

/// By the meaning of each key, not by the SQL.
fn compare(a: &Value, b: &Value, key: &str) -> Ordering {
    let text = |task: &Value, field: &str| task[field].as_str().map(str::to_owned);
    let urgency = |task: &Value| {
        ["low", "normal", "high", "critical"]
            .iter()
            .position(|name| task["priority"] == *name)
            .unwrap()
    };
    match key.trim_start_matches('-') {
        "due" => match (text(a, "due_at"), text(b, "due_at")) {
            (Some(a), Some(b)) if key.starts_with('-') => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        },
        name => {
            let ascending = match name {
                "priority" => urgency(a).cmp(&urgency(b)),
                "created" => text(a, "created_at").cmp(&text(b, "created_at")),
                "updated" => a["position"].as_i64().cmp(&b["position"].as_i64()),
                _ => text(a, "order_key").cmp(&text(b, "order_key")),
            };
            if key.starts_with('-') {
                ascending.reverse()
            } else {
                ascending
            }
        }
    }
}

#[tokio::test]
async fn every_order_is_kept_over_pages_of_every_size() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tasks = varied(&alice).await;
    let orders = [
        "due,-priority",
        "due",
        "-due",
        "priority",
        "-priority,due",
        "-priority,-due",
        "priority,-due,created",
        "created",
        "-created",
        "updated",
        "-updated",
        "order",
        "-order",
        "due,order",
        "-priority,order,-updated",
    ];
    for sort in orders {
        for (filter, is_listed) in [
            ("", None),
            ("&status=open", Some("open")),
            ("&status=done", Some("done")),
        ] {
            let mut expected = tasks.clone();
            expected.retain(|task| is_listed.is_none_or(|status| task["status"] == status));
            let keys: Vec<&str> = sort.split(',').collect();
            let descending = sort.starts_with('-') != (keys[0] == "-priority" || keys[0] == "priority");
            expected.sort_by(|a, b| {
                let by_keys = keys
                    .iter()
                    .map(|key| compare(a, b, key))
                    .find(|order| order.is_ne());
                let by_id = a["id"].as_str().cmp(&b["id"].as_str());
                by_keys.unwrap_or(if descending { by_id.reverse() } else { by_id })
            });
            for limit in [1, 5, 200] {
                let listed = alice
                    .list(&format!("/v1/tasks?sort={sort}&limit={limit}{filter}"))
                    .await;
                assert_eq!(listed, expected, "{sort} {filter} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn due_soonest_then_the_most_urgent_come_first_unless_another_order_is_asked_for() {
    let app = App::start().await;
    let alice = app.user("alice");
    varied(&alice).await;
    let default = alice.list("/v1/tasks?limit=3").await;
    assert_eq!(default, alice.list("/v1/tasks?limit=4&sort=due,-priority").await);
    let cursor = alice.get("/v1/tasks?limit=3").await.expect(200).body["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    for other in [
        "sort=created",
        "status=open",
        "project_id=018f4e6e-0000-7000-8000-000000000001",
    ] {
        let reply = alice.get(&format!("/v1/tasks?{other}&cursor={cursor}")).await;
        reply.expect_problem(400, "bad-query", None);
    }
    for sort in [
        "",
        "title",
        "due,due",
        "due,priority,created,order",
        "%00",
        "--due",
    ] {
        let reply = alice.get(&format!("/v1/tasks?sort={sort}")).await;
        reply.expect_problem(400, "bad-query", None);
    }
}
