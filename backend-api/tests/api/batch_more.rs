//! Batches that bring settings, ids of the client's own, and more changes than are told one by one.

use serde_json::{Value, json};

use crate::app::{App, Fact, User, daily};

/// Each command by itself, and all or nothing.
const MODES: [(&str, bool); 2] = [("alice", false), ("bob", true)];

async fn run(user: &User, all_or_nothing: bool, commands: Value) -> Vec<Value> {
    let batch = json!({"all_or_nothing": all_or_nothing, "commands": commands});
    let answer = user.post("/v1/batch", batch).await.expect(200).body;
    answer["results"].as_array().unwrap().clone()
}

fn creation(id: &str, body: Value) -> Value {
    json!({"id": id, "command": "task.create", "body": body})
}

#[tokio::test]
async fn a_command_goes_by_the_settings_that_one_before_it_chose() {
    let app = App::start().await;
    let due = json!({"title": "a", "due": {"datetime": "2030-12-01T09:00:00"}});
    for (name, all_or_nothing) in MODES {
        let user = app.user(name);
        let results = run(&user, all_or_nothing, json!([creation("c1", due.clone())])).await;
        assert_eq!(results[0]["status"], 422);
        assert_eq!(results[0]["problem"]["pointer"], "/due/timezone");
        let choice = json!({"timezone": "Europe/Berlin", "default_reminders": ["PT30M"]});
        let commands = json!([
            {"id": "c2", "command": "settings.update", "if_match": 0, "body": choice},
            creation("c3", due.clone()),
            {"id": "c4", "command": "settings.update", "if_match": 1, "body": {"timezone": "Asia/Tokyo"}},
            creation("c5", due.clone()),
        ]);
        let results = run(&user, all_or_nothing, commands).await;
        for (index, zone) in [(1, "Europe/Berlin"), (3, "Asia/Tokyo")] {
            let task = &results[index]["body"];
            assert_eq!(task["due"]["timezone"], zone, "{results:#?}");
            assert_eq!(task["reminders"], json!([{"before": "PT30M"}]));
        }
    }
}

#[tokio::test]
async fn two_commands_with_one_id_of_the_clients_own_create_one_task() {
    let app = App::start().await;
    for (number, (name, all_or_nothing)) in MODES.into_iter().enumerate() {
        let user = app.user(name);
        let body = json!({"id": format!("0193a1b2-0000-7000-8000-00000000000{number}"), "title": "a"});
        let mut other = body.clone();
        other["title"] = json!("b");
        let twice = json!([creation("c1", body.clone()), creation("c2", body)]);
        let results = run(&user, all_or_nothing, twice).await;
        assert_eq!(results[0]["status"], 201, "{results:#?}");
        assert_eq!(results[0]["body"], results[1]["body"], "{results:#?}");
        let results = run(&user, all_or_nothing, json!([creation("c3", other)])).await;
        assert_eq!(results[0]["status"], 409, "{results:#?}");
        assert_eq!(results[0]["problem"]["type"], "urn:taskwire:problem:id-taken");
        assert_eq!(user.list("/v1/tasks?limit=9").await.len(), 1);
    }
}

#[tokio::test]
async fn a_hundred_series_begun_together_are_told_by_one_update() {
    let app = App::start().await;
    for (name, all_or_nothing) in MODES {
        let mut task = daily();
        task.as_object_mut().unwrap().remove("reminders");
        let commands: Vec<_> = (0..100)
            .map(|n| creation(&format!("c{n}"), task.clone()))
            .collect();
        run(&app.user(name), all_or_nothing, json!(commands)).await;
        let facts = app.take_facts().await;
        let updates = facts.iter().filter_map(|fact| match fact {
            Fact::Update(update) => Some((update.from.get(), update.meta.position.get(), update.refresh)),
            _ => None,
        });
        let updates: Vec<_> = updates.collect();
        if all_or_nothing {
            assert_eq!(updates, [(1, 200, true)]);
        } else {
            assert_eq!(updates, (1..=200).map(|n| (n, n, false)).collect::<Vec<_>>());
        }
        let changes = facts.iter().filter(|fact| matches!(fact, Fact::Task(_)));
        let positions: Vec<_> = changes.map(|fact| fact.meta().position.get()).collect();
        assert_eq!(positions, (1..=200).collect::<Vec<_>>());
    }
}
