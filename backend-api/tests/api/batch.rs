//! Batches: commands in order, each once, all or nothing where that is asked for.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::{App, User, daily, path};

const BATCH: &str = "/v1/batch";

async fn run(alice: &User, commands: Value) -> Value {
    alice
        .post(BATCH, json!({ "commands": commands }))
        .await
        .expect(200)
        .body
}

async fn together(alice: &User, commands: Value) -> Value {
    let batch = json!({"all_or_nothing": true, "commands": commands});
    alice.post(BATCH, batch).await.expect(200).body
}

fn statuses(answer: &Value) -> Vec<u64> {
    answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect()
}

/// A project with two tasks in it, one of which is a part of the other and recurs not, and one of all other things.
fn garden() -> Value {
    json!([
        {"id": "c0", "command": "project.create", "temp_id": "garden", "body": {"name": "Garden"}},
        {"id": "c1", "command": "tag.create", "temp_id": "green", "body": {"name": "green"}},
        {"id": "c2", "command": "task.create", "temp_id": "plants",
         "body": {"title": "Water the plants", "project_id": "garden", "tags": ["green"]}},
        {"id": "c3", "command": "task.create", "temp_id": "roses",
         "body": {"title": "Roses first", "parent_id": "plants", "project_id": "garden"}},
        {"id": "c4", "command": "task.complete", "target": "roses"},
        {"id": "c5", "command": "task.update", "target": "plants", "if_match": 1, "body": {"priority": "high"}},
        {"id": "c6", "command": "task.move", "target": "plants", "body": {"after": "roses"}},
        {"id": "c7", "command": "settings.update", "body": {"timezone": "Europe/Berlin"}},
        {"id": "c8", "command": "task.create", "temp_id": "daily", "body": daily()},
        {"id": "c9", "command": "task.delete", "target": "daily", "scope": "all"},
        {"id": "c10", "command": "task.restore", "target": "daily"},
    ])
}

#[tokio::test]
async fn commands_are_carried_out_in_order_and_call_each_other_by_name() {
    let app = App::start().await;
    for (name, all_or_nothing) in [("alice", false), ("bob", true)] {
        let user = app.user(name);
        let answer = if all_or_nothing {
            together(&user, garden()).await
        } else {
            run(&user, garden()).await
        };
        assert_eq!(
            statuses(&answer),
            [201, 201, 201, 201, 200, 200, 200, 200, 201, 204, 200],
            "{answer}"
        );
        assert_eq!(answer["committed"], true);
        let id = |name: &str| answer["temp_ids"][name].as_str().unwrap().to_owned();
        let task = user
            .get(&format!("/v1/tasks/{}", id("plants")))
            .await
            .expect(200)
            .body;
        assert_eq!(
            (
                &task["project_id"],
                &task["tags"],
                &task["priority"],
                &task["version"]
            ),
            (
                &json!(id("garden")),
                &json!([id("green")]),
                &json!("high"),
                &json!(3)
            )
        );
        assert_eq!(task, answer["results"][6]["body"]);
        let part = user
            .get(&format!("/v1/tasks/{}", id("roses")))
            .await
            .expect(200)
            .body;
        assert_eq!(
            (&part["parent_id"], &part["status"]),
            (&json!(id("plants")), &json!("done"))
        );
        assert!(part["order_key"].as_str() < task["order_key"].as_str());
    }
}

#[tokio::test]
async fn a_batch_that_is_sent_again_is_answered_alike_and_does_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = run(&alice, garden()).await;
    app.take_facts().await;
    assert_eq!(run(&alice, garden()).await, first);
    // A part of it, and something new that calls what was created then.
    let mut commands = garden().as_array().unwrap()[..3].to_vec();
    commands
        .push(json!({"id": "n", "command": "task.create", "body": {"title": "n", "project_id": "garden"}}));
    let answer = together(&alice, json!(commands)).await;
    assert_eq!(statuses(&answer), [201; 4]);
    assert_eq!(
        answer["results"][3]["body"]["project_id"],
        first["temp_ids"]["garden"]
    );
    assert_eq!(app.take_kinds().await.len(), 2, "one creation");
    let other = json!([{"id": "c0", "command": "project.create", "body": {"name": "Other"}}]);
    for answer in [run(&alice, other.clone()).await, together(&alice, other).await] {
        assert_eq!(statuses(&answer), [422]);
        assert_eq!(
            answer["results"][0]["problem"]["type"],
            "urn:taskwire:problem:idempotency-key-reused"
        );
    }
}

#[tokio::test]
async fn a_refused_command_stops_those_that_call_it_and_no_others() {
    let app = App::start().await;
    let alice = app.user("alice");
    let commands = json!([
        {"id": "a", "command": "task.create", "temp_id": "bad", "body": {"title": ""}},
        {"id": "b", "command": "task.create", "body": {"title": "b", "parent_id": "bad"}},
        {"id": "c", "command": "task.complete", "target": "bad"},
        {"id": "d", "command": "task.create", "body": {"title": "d"}},
        {"id": "e", "command": "task.complete", "target": "nobody"},
        {"id": "f", "command": "task.complete", "target": "late"},
        {"id": "g", "command": "task.create", "temp_id": "late", "body": {"title": "g"}},
        {"id": "h", "command": "task.update", "target": "late", "if_match": 7, "body": {"title": "h"}},
        {"id": "i", "command": "task.reopen", "target": "late", "body": {"title": "h"}},
    ]);
    let answer = run(&alice, commands).await;
    assert_eq!(statuses(&answer), [422, 424, 424, 201, 404, 424, 201, 412, 422]);
    assert_eq!(answer["results"][0]["problem"]["pointer"], "/title");
    assert_eq!(answer["results"][7]["problem"]["current"]["title"], "g");
    assert_eq!(alice.list("/v1/tasks?limit=200").await.len(), 2);
}

#[tokio::test]
async fn all_or_nothing_is_one_action_or_none() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut commands = garden();
    commands
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "x", "command": "task.complete", "target": "nobody"}));
    let answer = together(&alice, commands).await;
    assert_eq!(
        (&answer["committed"], &answer["temp_ids"]),
        (&json!(false), &json!({}))
    );
    let mut expected = vec![424; 11];
    expected.push(404);
    assert_eq!(statuses(&answer), expected);
    assert_eq!(app.take_facts().await.len(), 0, "nothing was done");
    let answer = together(&alice, garden()).await;
    assert_eq!(answer["committed"], true, "and none of its keys was used");
    let facts = app.take_facts().await;
    let actions: std::collections::HashSet<_> = facts.iter().map(|fact| fact.meta().action_id).collect();
    assert_eq!(actions.len(), 1);
    assert!(facts.iter().all(|fact| fact.meta().intent == "bulk"));
}

#[tokio::test]
async fn a_hundred_creations_at_once_from_two_devices_are_made_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let commands: Vec<_> = (0..100)
        .map(|n| json!({"id": format!("c{n}"), "command": "task.create", "body": {"title": format!("{n}")}}))
        .collect();
    join_all((0..4).map(|n| {
        let (alice, commands) = (&alice, json!(commands));
        async move {
            if n % 2 == 0 {
                run(alice, commands).await
            } else {
                together_or_busy(alice, commands).await
            }
        }
    }))
    .await;
    let last = run(&alice, json!(commands)).await;
    assert_eq!(statuses(&last), vec![201; 100]);
    assert_eq!(alice.list("/v1/tasks?limit=200").await.len(), 100);
}

/// While another batch holds one of the keys, or the user's lock for long, all of it is refused.
async fn together_or_busy(alice: &User, commands: Value) -> Value {
    let reply = alice
        .post(BATCH, json!({"all_or_nothing": true, "commands": commands}))
        .await;
    assert!([200, 409, 503].contains(&reply.status.as_u16()), "{}", reply.text);
    reply.body
}

#[tokio::test]
async fn rules_are_checked_before_they_are_needed_also_in_one_transaction() {
    let app = App::start().await;
    let alice = app.user("alice");
    let weekly = |id: &str, count: u32| {
        let mut body = daily();
        body["recurrence"] = json!({"rrule": format!("FREQ=WEEKLY;COUNT={count}")});
        json!({"id": id, "command": "task.create", "temp_id": id, "body": body})
    };
    let rule = json!({"recurrence": {"rrule": "FREQ=MONTHLY"}});
    let commands = json!([
        weekly("a", 3), weekly("b", 4), weekly("c", 5),
        {"id": "d", "command": "task.update", "target": "b", "body": rule},
    ]);
    let answer = together(&alice, commands).await;
    assert_eq!(statuses(&answer), [201, 201, 201, 200], "{answer}");
    let series = answer["results"][3]["body"]["series_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let stop = json!([{"id": "e", "command": "series.stop", "target": series}]);
    assert_eq!(statuses(&run(&alice, stop).await), [200]);
    let never = json!([{"id": "f", "command": "task.create", "body": {"title": "x", "due": daily()["due"],
                        "recurrence": {"rrule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}}}]);
    for answer in [run(&alice, never.clone()).await, together(&alice, never).await] {
        assert_eq!(statuses(&answer), [422], "{answer}");
        assert_eq!(answer["results"][0]["problem"]["pointer"], "/recurrence/rrule");
    }
}

#[tokio::test]
async fn the_form_of_a_batch_is_refused_as_a_whole() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (body, pointer) in [
        (json!({"commands": []}), "/commands"),
        (
            json!({"commands": [{"id": "a", "command": "nothing"}]}),
            "/commands/0/command",
        ),
        (
            json!({"commands": [{"id": "a", "command": "task.create", "extra": 1}]}),
            "/commands/0/extra",
        ),
        (
            json!({"commands": [{"id": "a", "command": "task.create", "body": []}]}),
            "/commands/0/body",
        ),
        (json!({"commands": "all"}), "/commands"),
        (json!({"all_or_nothing": 1, "commands": []}), "/all_or_nothing"),
    ] {
        alice
            .post(BATCH, body)
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
    let task = alice.create(json!({"title": "a"})).await;
    let bob = app.user("bob");
    let theirs = json!([{"id": "a", "command": "task.complete", "target": task["id"]}]);
    assert_eq!(statuses(&run(&bob, theirs).await), [404]);
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
}
