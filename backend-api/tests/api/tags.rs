//! Tags: names by id, one event per rename, and tasks that hold nothing but ids.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared_events::event::view;

use crate::app::{App, ROLE, User, daily, path};

fn place(tag: &Value) -> String {
    format!("/v1/tags/{}", tag["id"].as_str().unwrap())
}

async fn names(user: &User) -> Vec<String> {
    let page = user.get("/v1/tags").await.expect(200).body;
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|tag| tag["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_tag_is_created_read_renamed_and_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let created = alice
        .post("/v1/tags", json!({"name": "  Cafe\u{301} "}))
        .await
        .expect(201);
    let tag = &created.body;
    assert_eq!(tag["name"], "Caf\u{e9}", "trimmed and composed");
    assert_eq!((&tag["version"], &tag["position"]), (&json!(1), &json!(1)));
    assert_eq!(created.header("location"), place(tag));
    assert_eq!(
        (created.header("etag"), created.header("taskwire-position")),
        ("\"1\"", "1")
    );
    let read = alice.get(&place(tag)).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (tag, "\"1\""));

    let renamed = alice
        .patch(&place(tag), json!({"name": "garden"}))
        .await
        .expect(200);
    assert_eq!(
        (&renamed.body["name"], &renamed.body["version"]),
        (&json!("garden"), &json!(2))
    );
    for nothing in [json!({}), json!({"name": " garden "})] {
        let same = alice.patch(&place(tag), nothing).await.expect(200);
        assert_eq!(same.body, renamed.body);
    }
    assert_eq!(names(&alice).await, ["garden"]);
    let deleted = alice.delete(&place(tag)).await.expect(204);
    assert_eq!(
        (deleted.header("etag"), deleted.header("taskwire-position")),
        ("\"3\"", "3")
    );
    for (method, body) in [
        (Method::GET, None),
        (Method::PATCH, Some(json!({"name": "x"}))),
        (Method::DELETE, None),
    ] {
        let gone = alice.call(method, &place(tag), body, None).await;
        gone.expect_problem(404, "not-found", None);
    }
    assert_eq!(names(&alice).await, [""; 0]);
    let expected = [
        "event tag.created v1 p1",
        "update tag.created v1 p1",
        "event tag.updated v2 p2",
        "update tag.updated v2 p2",
        "event tag.deleted v3 p3",
        "update tag.deleted v3 p3",
    ];
    assert_eq!(app.take_kinds().await, expected);
}

#[tokio::test]
async fn a_rename_is_one_event_however_many_tasks_hold_the_tag() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    let mut tasks = Vec::new();
    for title in ["a", "b", "c"] {
        tasks.push(alice.create(json!({"title": title, "tags": [tag["id"]]})).await);
    }
    app.take_facts().await;
    let renamed = alice
        .patch(&place(&tag), json!({"name": "Zuhause"}))
        .await
        .expect(200)
        .body;
    let [fact, update] = app.take_facts().await.try_into().unwrap();
    let event = fact.task();
    assert_eq!(
        (event.meta.aggregate.as_str(), event.meta.previous.get()),
        ("tag", 1)
    );
    assert_eq!(event.meta.aggregate_id, tag["id"].as_str().unwrap());
    let [change] = event.changes.as_slice() else {
        panic!("one field: {:?}", event.changes)
    };
    assert_eq!(
        (
            change.field.as_str(),
            change.before.as_deref(),
            change.after.as_deref()
        ),
        ("name", Some("\"home\""), Some("\"Zuhause\""))
    );
    let pushed = view::TagView::from(update.update().tag.as_ref().unwrap());
    assert_eq!(
        serde_json::to_value(pushed).unwrap(),
        renamed,
        "what is pushed is what would be fetched"
    );
    for task in tasks {
        assert_eq!(alice.get(&path(&task)).await.expect(200).body, task, "untouched");
    }
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_until_its_tag_is_deleted() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let green = alice.tag("Gr\u{fc}n").await;
    let other = alice.tag("other").await;
    app.take_facts().await;
    for name in ["Gr\u{fc}n", "GR\u{dc}N", "gru\u{308}n"] {
        for refused in [
            alice.post("/v1/tags", json!({"name": name})).await,
            alice.patch(&place(&other), json!({"name": name})).await,
        ] {
            let refused = refused.expect_problem(409, "tag-exists", Some("/name"));
            assert_eq!(refused.body["tag_id"], green["id"], "{name}");
        }
    }
    assert_eq!(app.take_kinds().await, [""; 0]);
    bob.tag("gr\u{fc}n").await;
    let louder = alice.patch(&place(&green), json!({"name": "GR\u{dc}N"})).await;
    assert_eq!(
        louder.expect(200).body["name"],
        "GR\u{dc}N",
        "its own name it may have"
    );
    alice.delete(&place(&green)).await.expect(204);
    assert_ne!(alice.tag("gr\u{fc}n").await["id"], green["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_create_one_name_at_the_same_moment_one_does() {
    let app = App::start().await;
    let alice = app.user("alice");
    let replies = join_all((0..20).map(|_| alice.post("/v1/tags", json!({"name": "home"})))).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.status == 409).count();
    assert_eq!((created, refused), (1, 19));
    assert_eq!(alice.tag("next").await["position"], 2, "no position was lost");
}

#[tokio::test]
async fn a_task_takes_only_tags_that_are_there_and_keeps_those_that_are_gone() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let (home, gone) = (alice.tag("home").await["id"].clone(), alice.tag("gone").await);
    let foreign = bob.tag("home").await["id"].clone();
    let unknown = json!("018f4e6e-0000-7000-8000-000000000001");
    let task = alice
        .create(json!({"title": "a", "tags": [gone["id"], home]}))
        .await;
    alice.delete(&place(&gone)).await.expect(204);
    app.take_facts().await;
    for missing in [&gone["id"], &foreign, &unknown] {
        let refused = alice
            .post("/v1/tasks", json!({"title": "b", "tags": [home, missing]}))
            .await;
        refused.expect_problem(422, "validation", Some("/tags/1"));
    }
    let added = alice
        .patch(&path(&task), json!({"tags": [gone["id"], home, unknown]}))
        .await;
    added.expect_problem(422, "validation", Some("/tags/2"));
    assert_eq!(app.take_kinds().await, [""; 0]);

    let edited = alice
        .patch(&path(&task), json!({"title": "b", "tags": [home, gone["id"]]}))
        .await
        .expect(200)
        .body;
    assert_eq!(edited["tags"], json!([home, gone["id"]]), "what it held may stay");
    alice
        .patch(&path(&task), json!({"tags": [home]}))
        .await
        .expect(200);
    let again = alice
        .patch(&path(&task), json!({"tags": [home, gone["id"]]}))
        .await;
    again.expect_problem(422, "validation", Some("/tags/1"));
}

#[tokio::test]
async fn deleting_a_tag_changes_no_task() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    let mut task = daily();
    task["tags"] = json!([tag["id"]]);
    let task = alice.create(task).await;
    app.take_facts().await;
    alice.delete(&place(&tag)).await.expect(204);
    assert_eq!(
        app.take_kinds().await,
        ["event tag.deleted v2 p4", "update tag.deleted v2 p4"]
    );
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
}

#[tokio::test]
async fn sync_tells_of_tags_with_their_tombstones() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (home, gone) = (alice.tag("home").await, alice.tag("gone").await);
    alice.create(json!({"title": "a", "tags": [home["id"]]})).await;
    let renamed = alice
        .patch(&place(&home), json!({"name": "Zuhause"}))
        .await
        .expect(200)
        .body;
    alice.delete(&place(&gone)).await.expect(204);
    let page = alice.get("/v1/sync?since=1.3").await.expect(200).body;
    let items = json!([
        {"position": 4, "type": "tag", "id": home["id"], "version": 2, "deleted": false, "task": null,
         "series": null, "tag": renamed, "project": null, "settings": null, "filter": null},
        {"position": 5, "type": "tag", "id": gone["id"], "version": 2, "deleted": true, "task": null,
         "series": null, "tag": null, "project": null, "settings": null, "filter": null},
    ]);
    assert_eq!((&page["items"], &page["position"]), (&items, &json!(5)));
    let full = alice.get("/v1/sync").await.expect(200).body;
    let kinds: Vec<_> = full["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["type"])
        .collect();
    assert_eq!(kinds, ["task", "tag"], "and no tombstone");
}

#[tokio::test]
async fn a_bad_tag_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    app.take_facts().await;
    let too_long = "x".repeat(65);
    for (body, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"name": 5}), "/name"),
        (json!({"name": " "}), "/name"),
        (json!({"name": "a\nb"}), "/name"),
        (json!({ "name": too_long }), "/name"),
        (json!({"name": "a", "color": "red"}), "/color"),
        (json!([]), ""),
    ] {
        for reply in [
            alice.post("/v1/tags", body.clone()).await,
            alice.patch(&place(&tag), body.clone()).await,
        ] {
            reply.expect_problem(422, "validation", Some(pointer));
        }
    }
    let nameless = alice.post("/v1/tags", json!({})).await;
    nameless.expect_problem(422, "validation", Some("/name"));
    let no_id = alice.get("/v1/tags/home").await;
    no_id.expect_problem(404, "not-found", None);
    assert_eq!(app.take_kinds().await, [""; 0]);
}

#[tokio::test]
async fn keys_and_versions_hold_for_tags_too() {
    let app = App::start().await;
    let alice = app.user("alice");
    let keyed = alice.with_key("first");
    let first = keyed.post("/v1/tags", json!({"name": "home"})).await.expect(201);
    let again = keyed.post("/v1/tags", json!({"name": "home"})).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("location"), first.header("location"));
    let tag = place(&first.body);
    alice.patch(&tag, json!({"name": "garden"})).await.expect(200);
    for (method, body) in [
        (Method::PATCH, Some(json!({"name": "x"}))),
        (Method::DELETE, None),
    ] {
        let stale = alice.call(method, &tag, body, Some("\"1\"")).await;
        let stale = stale.expect_problem(412, "version-mismatch", None);
        assert_eq!(stale.body["current_version"], 2);
    }
    alice
        .call(Method::DELETE, &tag, None, Some("\"2\""))
        .await
        .expect(204);
}

#[tokio::test]
async fn tags_are_listed_oldest_first_in_pages() {
    let app = App::start().await;
    let alice = app.user("alice");
    let all: Vec<_> = (0..7).map(|n| format!("tag {n}")).collect();
    for name in &all {
        alice.tag(name).await;
    }
    let (mut path, mut seen) = ("/v1/tags?limit=3".to_owned(), Vec::new());
    loop {
        let page = alice.get(&path).await.expect(200).body;
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|tag| tag["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/tags?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, all);
    let bad = alice.get("/v1/tags?cursor=x").await;
    bad.expect_problem(400, "bad-query", None);
}

#[tokio::test]
async fn a_user_has_five_hundred_tags_at_most() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("first").await;
    let many = "INSERT INTO tasks.tag (id, user_id, name, version, position, created_at, updated_at)
                SELECT gen_random_uuid(), 'alice', 'tag ' || n, 1, 1000 + n, now(), now() FROM generate_series(1, 499) n";
    sqlx::query(many).execute(&app.pool).await.unwrap();
    let refused = alice.post("/v1/tags", json!({"name": "one more"})).await;
    refused.expect_problem(409, "too-many-tags", None);
    alice.delete(&place(&tag)).await.expect(204);
    alice.tag("one more").await;
}

#[tokio::test]
async fn the_tags_of_another_user_do_not_exist() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let tag = alice.tag("home").await;
    for (method, body) in [
        (Method::GET, None),
        (Method::PATCH, Some(json!({"name": "mine"}))),
        (Method::DELETE, None),
    ] {
        let reply = bob.call(method, &place(&tag), body, None).await;
        reply.expect_problem(404, "not-found", None);
    }
    assert_eq!(names(&bob).await, [""; 0]);
    let pool = app.database.pool_as(ROLE).await;
    let mut other = pool.begin().await.unwrap();
    sqlx::query("SELECT set_config('taskwire.user', 'bob', true)")
        .execute(&mut *other)
        .await
        .unwrap();
    let stolen = sqlx::query("UPDATE tasks.tag SET user_id = 'bob'")
        .execute(&mut *other)
        .await
        .unwrap();
    assert_eq!(
        stolen.rows_affected(),
        0,
        "the policy holds where a statement forgets its user"
    );
}

#[tokio::test]
async fn a_task_has_ten_tags_at_most() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut tags = Vec::new();
    for n in 0..11 {
        tags.push(alice.tag(&n.to_string()).await["id"].clone());
    }
    let ten = alice.create(json!({"title": "a", "tags": tags[..10]})).await;
    let body = json!({"title": "a", "tags": tags});
    for refused in [
        alice.post("/v1/tasks", body.clone()).await,
        alice.patch(&path(&ten), body).await,
    ] {
        refused.expect_problem(422, "validation", Some("/tags"));
    }
    alice.patch(&path(&ten), json!({"title": "b"})).await.expect(200);
}
