//! An account as a whole: everything is exported, and everything is deleted for good.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::app::{App, User, daily, path};

async fn furnish(alice: &User, tasks: usize) -> Value {
    let (tag, project) = (alice.tag("home").await, json!({"name": "Garden"}));
    let project = alice.post("/v1/projects", project).await.expect(201).body;
    alice
        .patch("/v1/me", json!({"timezone": "Europe/Berlin"}))
        .await
        .expect(200);
    crate::filters_saved::save(alice, "Secret", "title like secret").await;
    alice.create(daily()).await;
    for n in 0..tasks {
        let task = json!({"title": format!("secret {n}"), "description": "secret", "tags": [tag["id"]],
                          "project_id": project["id"]});
        alice.create(task).await;
    }
    let gone = alice.create(json!({"title": "gone"})).await;
    alice.delete(&path(&gone)).await.expect(204);
    gone
}

#[tokio::test]
async fn an_export_has_everything_once_and_says_that_it_is_complete() {
    let app = App::start().await;
    let alice = app.user("alice");
    furnish(&alice, 230).await;
    app.user("bob").create(json!({"title": "bob's own"})).await;
    let reply = alice.get("/v1/me/export").await.expect(200);
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = reply
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (end, items) = lines.split_last().unwrap();
    assert_eq!(end, &json!({"type": "end", "position": 238, "epoch": 1}));
    let mut kinds: HashMap<&str, usize> = HashMap::new();
    for item in items {
        *kinds.entry(item["type"].as_str().unwrap()).or_default() += 1;
    }
    let expected = [
        ("task", 231),
        ("series", 1),
        ("tag", 1),
        ("project", 1),
        ("filter", 1),
        ("settings", 1),
    ];
    assert_eq!(kinds, HashMap::from(expected));
    let synced = alice.list("/v1/sync?limit=200").await;
    assert_eq!(items, synced);
    let empty = app.user("carol").get("/v1/me/export").await.expect(200);
    assert_eq!(empty.text, "{\"type\":\"end\",\"position\":0,\"epoch\":1}\n");
}

#[tokio::test]
async fn deleting_the_account_deletes_all_of_it_for_good_and_nothing_of_anybody_else() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let gone = furnish(&alice, 0).await;
    alice.with_key("k").create(json!({"title": "keyed"})).await;
    for n in 0..210 {
        alice
            .create(json!({"title": format!("secret {n}"), "description": "secret"}))
            .await;
    }
    let of_bob = bob.create(daily()).await;
    app.take_facts().await;
    for query in ["", "?confirm=yes"] {
        let refused = alice.delete(&format!("/v1/me{query}")).await;
        refused.expect_problem(400, "bad-query", None);
    }
    let answer = alice.delete("/v1/me?confirm=everything").await.expect(200).body;
    assert_eq!(
        answer["deleted"],
        json!({"tasks": 212, "projects": 1, "tags": 1, "filters": 1})
    );
    assert_eq!(alice.list("/v1/tasks?limit=200").await.len(), 0);
    assert_eq!(
        alice.get("/v1/me").await.expect(200).body["timezone"],
        Value::Null
    );
    let restored = alice.post(&format!("{}/restore", path(&gone)), json!({})).await;
    assert!(!restored.status.is_success(), "{}", restored.text);
    let secrets = "SELECT count(*) FROM tasks.task WHERE user_id = 'alice' AND (title <> '-' OR description IS NOT NULL)";
    assert_eq!(app.number(secrets).await, 0);
    let names = "SELECT count(*) FROM (SELECT name, user_id FROM tasks.tag UNION ALL SELECT name, user_id FROM tasks.project
                  UNION ALL SELECT name, user_id FROM tasks.filter UNION ALL SELECT filter, user_id FROM tasks.filter)
                  AS n WHERE user_id = 'alice' AND name <> '-'";
    assert_eq!(app.number(names).await, 0);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.idempotency WHERE user_id = 'alice'")
            .await,
        0
    );
    let facts = app.take_facts().await;
    let actions: std::collections::HashSet<_> = facts.iter().map(|fact| fact.meta().action_id).collect();
    assert_eq!(actions.len(), 1);
    assert_eq!(bob.get(&path(&of_bob)).await.expect(200).body, of_bob);
    // The account goes on where it ended.
    let position = alice.create(json!({"title": "anew"})).await["position"]
        .as_i64()
        .unwrap();
    assert!(position > 215, "{position}");
    let settings = alice
        .patch("/v1/me", json!({"first_day_of_week": "sunday"}))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&settings["version"], &settings["timezone"]),
        (&json!(3), &Value::Null)
    );
    alice.delete("/v1/me?confirm=everything").await.expect(200);
}
