//! Lists by a saved filter are those by its text.

use super::*;
use crate::app::path as path_of;
use crate::filters::path as by_text;

fn by_id(filter: &Value, rest: &str) -> String {
    format!("/v1/tasks?filter_id={}{rest}", filter["id"].as_str().unwrap())
}

async fn furnish(user: &User) {
    let home = user.tag("home").await;
    let project = user
        .post("/v1/projects", json!({"name": "Work"}))
        .await
        .expect(201)
        .body;
    for n in 0..12 {
        let due = json!({"datetime": format!("2030-01-{:02}T09:00:00", 28 - n), "timezone": "UTC"});
        let priority = ["low", "normal", "high"][n % 3];
        user.create(json!({
            "title": format!("{} {n}", if n % 4 == 0 { "milk" } else { "tea" }),
            "priority": priority,
            "tags": if n % 2 == 0 { json!([home["id"]]) } else { json!([]) },
            "project_id": if n % 3 == 0 { project["id"].clone() } else { Value::Null },
            "due": if n % 5 == 0 { Value::Null } else { due },
        }))
        .await;
    }
}

#[tokio::test]
async fn a_list_by_a_saved_filter_is_that_by_its_text() {
    let app = App::start().await;
    let alice = app.user("alice");
    furnish(&alice).await;
    for (n, text) in [
        "tag = home",
        " project = WORK or  not has due",
        "due >= 2030-01-20 and priority != low",
        "title like \"milk*\" and status = done",
    ]
    .into_iter()
    .enumerate()
    {
        let saved = save(&alice, &n.to_string(), text).await;
        for rest in [
            "",
            "&limit=2",
            "&limit=3&sort=-created",
            "&status=open",
            "&q=milk",
        ] {
            let expected = alice.list(&by_text(text, rest)).await;
            assert_eq!(alice.list(&by_id(&saved, rest)).await, expected, "{text} {rest}");
            assert!(
                !expected.is_empty() || n == 3 || rest == "&q=milk",
                "{text} {rest}"
            );
        }
    }
}

#[tokio::test]
async fn a_list_has_the_order_of_its_filter_unless_it_asks_for_another() {
    let app = App::start().await;
    let alice = app.user("alice");
    furnish(&alice).await;
    let body = json!({"name": "Home", "filter": "tag = home", "sort": "-created"});
    let saved = alice.post("/v1/filters", body).await.expect(201).body;
    let ordered = alice.list(&by_text("tag = home", "&limit=2&sort=-created")).await;
    assert_eq!(alice.list(&by_id(&saved, "&limit=2")).await, ordered);
    let other = alice.list(&by_text("tag = home", "&sort=created")).await;
    assert_eq!(alice.list(&by_id(&saved, "&sort=created")).await, other);
    assert_ne!(ordered, other);
    let found = alice.get(&by_id(&saved, "&q=milk")).await.expect(200).body;
    assert_eq!(
        found["hits"].as_array().unwrap().len(),
        3,
        "the best come first: {found}"
    );
}

#[tokio::test]
async fn names_are_looked_up_when_a_filter_is_used() {
    let app = App::start().await;
    let alice = app.user("alice");
    let home = alice.tag("home").await;
    let task = alice.create(json!({"title": "a", "tags": [home["id"]]})).await;
    let saved = save(&alice, "At home", "has tags and tag = garden").await;
    let refused = alice
        .get(&by_id(&saved, ""))
        .await
        .expect_problem(400, "bad-query", None);
    assert_eq!(
        (&refused.body["parameter"], &refused.body["column"]),
        (&json!("filter_id"), &json!(20))
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("there is no tag called \"garden\""), "{detail}");
    let tag = format!("/v1/tags/{}", home["id"].as_str().unwrap());
    alice.patch(&tag, json!({"name": "Garden"})).await.expect(200);
    assert_eq!(alice.list(&by_id(&saved, "&limit=9")).await, [task]);
    alice.delete(&tag).await.expect(204);
    alice
        .get(&by_id(&saved, ""))
        .await
        .expect_problem(400, "bad-query", None);
}

#[tokio::test]
async fn a_filter_that_is_not_there_is_refused_and_so_is_one_beside_a_text() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let theirs = save(&bob, "Soon", "not has due").await;
    let gone = save(&alice, "Soon", "not has due").await;
    alice.create(json!({"title": "a"})).await;
    assert_eq!(alice.list(&by_id(&gone, "&limit=9")).await.len(), 1);
    alice.delete(&place(&gone)).await.expect(204);
    let unknown = json!({"id": UNKNOWN});
    let said: Vec<_> = join_all([&theirs, &gone, &unknown].map(|filter| async {
        let refused = alice.get(&by_id(filter, "")).await;
        let refused = refused.expect_problem(400, "bad-query", None);
        assert_eq!(refused.body["parameter"], "filter_id");
        refused.body["detail"].clone()
    }))
    .await;
    assert_eq!(
        said[0],
        "filter_id must be the id of a filter that is there; /v1/filters lists them"
    );
    assert!(said.iter().all(|it| *it == said[0]), "{said:?}");
    let both = bob.get(&by_id(&theirs, "&filter=has+due")).await;
    let both = both.expect_problem(400, "bad-query", None);
    assert_eq!(both.body["parameter"], "filter_id");
}

#[tokio::test]
async fn a_cursor_is_of_the_filter_as_it_was() {
    let app = App::start().await;
    let alice = app.user("alice");
    furnish(&alice).await;
    let saved = save(&alice, "Due", "has due").await;
    let page = alice.get(&by_id(&saved, "&limit=2")).await.expect(200).body;
    let rest = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
    let expected = alice.get(&by_text("has due", &rest)).await.expect(200).body;
    let renamed = json!({"name": "Has due", "filter": " HAS  due"});
    alice.patch(&place(&saved), renamed).await.expect(200);
    let next = alice.get(&by_id(&saved, &rest)).await.expect(200).body;
    assert_eq!(next, expected, "it says the same");
    alice
        .patch(&place(&saved), json!({"filter": "has tags"}))
        .await
        .expect(200);
    let refused = alice.get(&by_id(&saved, &rest)).await;
    let refused = refused.expect_problem(400, "bad-query", None);
    assert_eq!(refused.body["parameter"], "cursor");
}

#[tokio::test]
async fn a_text_that_the_language_no_longer_has_is_refused_when_it_is_used_and_can_be_mended() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let saved = save(&alice, "Old", "not has due").await;
    sqlx::query("UPDATE tasks.filter SET filter = 'due whenever'")
        .execute(&app.pool)
        .await
        .unwrap();
    let refused = alice
        .get(&by_id(&saved, ""))
        .await
        .expect_problem(400, "bad-query", None);
    assert_eq!(
        (&refused.body["parameter"], &refused.body["column"]),
        (&json!("filter_id"), &json!(5))
    );
    let shown = alice.get(&place(&saved)).await.expect(200).body;
    assert_eq!(shown["filter"], "due whenever");
    alice
        .patch(&place(&saved), json!({"filter": "not has due"}))
        .await
        .expect(200);
    assert_eq!(
        alice.list(&by_id(&saved, "&limit=9")).await,
        [alice.get(&path_of(&task)).await.body]
    );
}
