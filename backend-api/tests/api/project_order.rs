//! The order of projects and of tasks: a move changes what is moved, and nothing else.

use serde_json::{Value, json};

use crate::app::{App, Reply, User, path};
use crate::projects::{changed, place, project};

const UNKNOWN: &str = "018f4e6e-0000-7000-8000-000000000001";

/// Projects and tasks are moved by the same rules.
#[derive(Clone, Copy)]
enum Kind {
    Project,
    Task,
}

const KINDS: [Kind; 2] = [Kind::Project, Kind::Task];

impl Kind {
    async fn create(self, user: &User, name: &str) -> Value {
        match self {
            Self::Project => project(user, name).await,
            Self::Task => user.create(json!({ "title": name })).await,
        }
    }

    fn place(self, of: &Value) -> String {
        match self {
            Self::Project => place(of),
            Self::Task => path(of),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Task => "task",
        }
    }

    async fn listed(self, user: &User) -> Vec<String> {
        let (list, field) = match self {
            Self::Project => ("/v1/projects?limit=200", "name"),
            Self::Task => ("/v1/tasks?sort=order&limit=200", "title"),
        };
        let items = user.list(list).await;
        assert!(items.is_sorted_by_key(|item| item["order_key"].as_str().unwrap().to_owned()));
        items
            .iter()
            .map(|item| item[field].as_str().unwrap().to_owned())
            .collect()
    }

    async fn relocate(self, user: &User, moved: &Value, to: Value) -> Reply {
        user.post(&format!("{}/move", self.place(moved)), to).await
    }
}

#[tokio::test]
async fn what_is_moved_comes_right_before_or_after_another_and_nothing_else_changes() {
    for kind in KINDS {
        let app = App::start().await;
        let alice = app.user("alice");
        let mut made = Vec::new();
        for name in ["a", "b", "c", "d"] {
            made.push(kind.create(&alice, name).await);
        }
        app.take_facts().await;
        let mut order_key = made[0]["order_key"].clone();
        let mut version = 1;
        for (to, order) in [
            (json!({"after": made[3]["id"]}), "bcda"),
            (json!({"before": made[1]["id"]}), "abcd"),
            (json!({"after": made[1]["id"]}), "bacd"),
            (json!({"before": made[3]["id"]}), "bcad"),
            (json!({"after": made[2]["id"]}), "bcad"),
        ] {
            let moved = kind.relocate(&alice, &made[0], to).await.expect(200);
            if moved.body["order_key"] == order_key {
                assert_eq!(version, 5, "it is there already");
            } else {
                order_key = moved.body["order_key"].clone();
                version += 1;
            }
            assert_eq!(moved.body["version"], version);
            assert_eq!(moved.header("etag"), format!("\"{version}\""));
            assert_eq!(kind.listed(&alice).await.concat(), order);
        }
        let facts = app.take_facts().await;
        assert_eq!(facts.len(), 8, "one event and one update each");
        for fact in facts.iter().step_by(2) {
            let event = fact.task();
            assert_eq!(event.meta.aggregate_id, made[0]["id"].as_str().unwrap());
            let fields: Vec<_> = changed(event).iter().map(|change| change.0).collect();
            assert_eq!(fields, ["order_key"]);
        }
        for other in made.iter().skip(1) {
            assert_eq!(alice.get(&kind.place(other)).await.expect(200).body, *other);
        }
        let last = kind.create(&alice, "e").await;
        assert_eq!(kind.listed(&alice).await.concat(), "bcade", "{last}");
    }
}

#[tokio::test]
async fn what_is_moved_to_the_end_stays_before_what_comes_to_be_later() {
    for kind in KINDS {
        let app = App::start().await;
        let alice = app.user("alice");
        let a = kind.create(&alice, "a").await;
        let b = kind.create(&alice, "b").await;
        for n in 0..50 {
            let (moved, last) = if n % 2 == 0 { (&a, &b) } else { (&b, &a) };
            kind.relocate(&alice, moved, json!({"after": last["id"]}))
                .await
                .expect(200);
        }
        kind.create(&alice, "c").await;
        assert_eq!(kind.listed(&alice).await.concat(), "abc");
    }
}

#[tokio::test]
async fn a_place_beside_nothing_known_is_refused_and_nothing_is_written() {
    for kind in KINDS {
        let app = App::start().await;
        let alice = app.user("alice");
        let a = kind.create(&alice, "a").await;
        let gone = kind.create(&alice, "gone").await;
        alice.delete(&kind.place(&gone)).await.expect(204);
        let (other_kind, tag) = match kind {
            Kind::Project => (Kind::Task.create(&alice, "t").await, alice.tag("t").await),
            Kind::Task => (Kind::Project.create(&alice, "p").await, alice.tag("t").await),
        };
        app.take_facts().await;
        for beside in [&json!(UNKNOWN), &gone["id"], &other_kind["id"], &tag["id"]] {
            for field in ["after", "before"] {
                let refused = kind.relocate(&alice, &a, json!({ field: beside })).await;
                let refused = refused.expect_problem(422, "validation", Some(&format!("/{field}")));
                let detail = format!("there is no such {}", kind.name());
                assert_eq!(refused.body["detail"], detail);
            }
        }
        let id = &a["id"];
        for (to, pointer) in [
            (json!({}), ""),
            (json!({"after": null}), ""),
            (json!({"after": null, "before": null}), ""),
            (json!({"after": id, "before": id}), ""),
            (json!({"after": "first"}), "/after"),
            (json!({"before": 7}), "/before"),
            (json!({"before": vec![1; 16]}), "/before"),
            (json!({"after": ""}), "/after"),
            (json!({"to": 1}), "/to"),
            (json!({"after": id, "order_key": "80"}), "/order_key"),
            (json!([]), ""),
            (json!(null), ""),
        ] {
            let refused = kind.relocate(&alice, &a, to).await;
            refused.expect_problem(422, "validation", Some(pointer));
        }
        assert_eq!(alice.get(&kind.place(&a)).await.expect(200).body, a);
        assert_eq!(app.take_kinds().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn between_two_that_lie_too_close_there_is_no_room_until_one_of_them_moves() {
    let kind = Kind::Project;
    let app = App::start().await;
    let alice = app.user("alice");
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d"] {
        made.push(kind.create(&alice, name).await);
    }
    // The longest keys are of 60 bytes.
    sqlx::query(
        "UPDATE tasks.project SET order_key = repeat('05', 56) || CASE name WHEN 'a' THEN '8080' ELSE '818080' END
          WHERE name IN ('a', 'b')",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    // c and d take turns right behind a.
    let mut moves = 0;
    let refused = loop {
        let moved = &made[2 + moves % 2];
        let reply = kind
            .relocate(&alice, moved, json!({"after": made[0]["id"]}))
            .await;
        if reply.status != 200 {
            break reply;
        }
        moves += 1;
        assert!(moves < 2000, "{}", reply.text);
    };
    refused.expect_problem(409, "no-room", None);
    assert!(moves > 10, "{moves}");
    let position = app.number("SELECT position FROM tasks.user_state").await;
    assert_eq!(
        position,
        4 + i64::try_from(moves).unwrap(),
        "what was refused took none"
    );
    let neighbour = &made[2 + (moves + 1) % 2];
    let to_the_end = json!({"after": made[1]["id"]});
    kind.relocate(&alice, neighbour, to_the_end).await.expect(200);
    let moved = &made[2 + moves % 2];
    kind.relocate(&alice, moved, json!({"after": made[0]["id"]}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_closed_task_keeps_its_place_and_can_be_moved_and_moved_beside() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(Kind::Task.create(&alice, name).await);
    }
    alice.act(&made[1], "complete").await.expect(200);
    let before = json!({"before": made[1]["id"]});
    Kind::Task.relocate(&alice, &made[2], before).await.expect(200);
    assert_eq!(Kind::Task.listed(&alice).await.concat(), "acb");
    let moved = Kind::Task
        .relocate(&alice, &made[1], json!({"before": made[0]["id"]}))
        .await
        .expect(200)
        .body;
    assert_eq!(moved["status"], "done");
    assert_eq!(Kind::Task.listed(&alice).await.concat(), "bac");
    alice.act(&made[1], "reopen").await.expect(200);
    assert_eq!(Kind::Task.listed(&alice).await.concat(), "bac");
}
