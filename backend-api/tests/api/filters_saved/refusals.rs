//! What is refused of filters that are to be saved, and what is not there.

use super::*;

#[tokio::test]
async fn a_text_that_is_no_filter_is_refused_at_its_column_and_nothing_comes_of_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "has due").await;
    app.take_facts().await;
    let long = format!("{} or has due", "has tags and ".repeat(200));
    for (text, column) in [
        ("", 1),
        ("due < soon", 7),
        ("(has due", 9),
        ("title = 'ä\u{0}'", 11),
        ("'; DROP TABLE tasks.filter; --", 1),
        (long.as_str(), 2001),
    ] {
        let body = json!({"name": "New", "filter": text});
        let created = alice.post("/v1/filters", body).await;
        let patched = alice.patch(&place(&soon), json!({"filter": text})).await;
        for refused in [created, patched] {
            let refused = refused.expect_problem(422, "validation", Some("/filter"));
            assert_eq!(refused.body["column"], column, "{text}: {}", refused.text);
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(alice.list("/v1/filters?limit=9").await, [soon]);
}

#[tokio::test]
async fn whatever_else_is_wrong_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "has due").await;
    app.take_facts().await;
    for (body, pointer) in [
        (json!({"filter": "has due"}), "/name"),
        (json!({"name": "a"}), "/filter"),
        (json!({"name": "a", "filter": null}), "/filter"),
        (json!({"name": null, "filter": "has due"}), "/name"),
        (json!({"name": " ", "filter": "has due"}), "/name"),
        (json!({"name": "a".repeat(121), "filter": "has due"}), "/name"),
        (json!({"name": "a", "filter": 1}), "/filter"),
        (json!({"name": "a", "filter": "has due", "sort": "late"}), "/sort"),
        (
            json!({"name": "a", "filter": "has due", "sort": "due,due"}),
            "/sort",
        ),
        (
            json!({"name": "a", "filter": "has due", "color": "#000000"}),
            "/color",
        ),
        (json!({"name": "a", "filter": "has due", "id": UNKNOWN}), "/id"),
    ] {
        let refused = alice.post("/v1/filters", body).await;
        refused.expect_problem(422, "validation", Some(pointer));
    }
    for (patch, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"filter": null}), "/filter"),
    ] {
        let refused = alice.patch(&place(&soon), patch).await;
        refused.expect_problem(422, "validation", Some(pointer));
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn names_are_unique_whatever_their_case_among_those_that_are_there() {
    let app = App::start().await;
    let alice = app.user("alice");
    let street = save(&alice, "Äußere Straße", "has due").await;
    let other = save(&alice, "Other", "has due").await;
    app.take_facts().await;
    for name in ["Äußere Straße", "ÄUßERE STRAßE", " A\u{308}ußere straße "] {
        let new = json!({"name": name, "filter": "has tags"});
        let created = alice.post("/v1/filters", new).await;
        let renamed = alice.patch(&place(&other), json!({ "name": name })).await;
        for refused in [created, renamed] {
            let refused = refused.expect_problem(409, "filter-exists", Some("/name"));
            assert_eq!(refused.body["filter_id"], street["id"], "{name}");
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let respelled = json!({"name": "äußere straße"});
    alice.patch(&place(&street), respelled).await.expect(200);
    save(&app.user("bob"), "Äußere Straße", "has due").await;
    alice.delete(&place(&street)).await.expect(204);
    let freed = json!({"name": "Äußere Straße"});
    alice.patch(&place(&other), freed).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_choose_one_name_at_once_one_gets_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let calls = ["soon", "Soon", "SOON", "sOon"].map(|name| {
        let alice = alice.clone();
        let body = json!({"name": name, "filter": "has due"});
        async move { alice.post("/v1/filters", body).await.status.as_u16() }
    });
    let mut statuses = join_all(calls).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(app.facts().await.len(), 2);
}

#[tokio::test]
async fn a_user_has_a_hundred_filters_at_most_and_deleted_ones_do_not_count() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = save(&alice, "first", "has due").await;
    sqlx::query(
        "INSERT INTO tasks.filter
         SELECT gen_random_uuid(), 'alice', 'filter ' || n, 'has due', NULL, tasks.order_key_at(now() + n * interval '1 us'),
                1, n, now(), now(), NULL FROM generate_series(2, 100) AS n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("UPDATE tasks.user_state SET position = 100")
        .execute(&app.pool)
        .await
        .unwrap();
    app.take_facts().await;
    let more = json!({"name": "one more", "filter": "has due"});
    let refused = alice.post("/v1/filters", more.clone()).await;
    refused.expect_problem(409, "too-many-filters", None);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(alice.list("/v1/filters?limit=200").await.len(), 100);
    alice.delete(&place(&first)).await.expect(204);
    let created = alice.post("/v1/filters", more).await.expect(201);
    assert_eq!(created.body["position"], 102);
}

#[tokio::test]
async fn the_filters_of_another_user_are_not_there() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let soon = save(&alice, "Soon", "has due").await;
    let own = save(&bob, "Own", "has due").await;
    app.take_facts().await;
    for (method, at, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"name": "mine"}))),
        (Method::DELETE, "", None),
        (Method::POST, "/move", Some(json!({"after": own["id"]}))),
    ] {
        let missing = bob
            .call(method, &format!("{}{at}", place(&soon)), body, None)
            .await;
        missing.expect_problem(404, "not-found", None);
    }
    assert_eq!(bob.list("/v1/filters?limit=9").await, [own]);
    assert_eq!(alice.get(&place(&soon)).await.expect(200).body, soon);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}
