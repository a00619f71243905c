//! Saved filters: names, texts that are kept as they were written, and an order of their own; each change is one version, one
//! position and one event.

mod listing;
mod refusals;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared_events::event::view::FilterView;

use crate::app::{App, User};
use crate::projects::changed;

const UNKNOWN: &str = "018f4e6e-0000-7000-8000-000000000001";

/// A new filter, as the service shows it.
pub(crate) async fn save(user: &User, name: &str, filter: &str) -> Value {
    let created = user
        .post("/v1/filters", json!({"name": name, "filter": filter}))
        .await;
    created.expect(201).body
}

/// Where a filter is.
fn place(filter: &Value) -> String {
    format!("/v1/filters/{}", filter["id"].as_str().unwrap())
}

async fn names(user: &User) -> Vec<String> {
    let listed = user.list("/v1/filters?limit=2").await;
    listed
        .iter()
        .map(|filter| filter["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_filter_is_saved_read_changed_and_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let written = " DUE < today  and not has project ";
    let body = json!({"name": "  Cafe\u{301} ", "filter": written, "sort": "-priority,due"});
    let created = alice.post("/v1/filters", body).await.expect(201);
    let filter = &created.body;
    assert_eq!(filter["name"], "Caf\u{e9}", "trimmed and composed");
    assert_eq!(filter["filter"], written, "as it was written");
    assert_eq!(filter["sort"], "-priority,due");
    assert_eq!((&filter["version"], &filter["position"]), (&json!(1), &json!(1)));
    assert_eq!(created.header("location"), place(filter));
    assert_eq!(
        (created.header("etag"), created.header("taskwire-position")),
        ("\"1\"", "1")
    );
    let read = alice.get(&place(filter)).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (filter, "\"1\""));

    let patch = json!({"filter": "tag = home", "sort": null});
    let patched = alice.patch(&place(filter), patch).await.expect(200).body;
    assert_eq!(
        (&patched["name"], &patched["filter"], &patched["sort"]),
        (&filter["name"], &json!("tag = home"), &Value::Null),
        "names in it are looked up when it is used"
    );
    assert_eq!(
        (&patched["version"], &patched["position"]),
        (&json!(2), &json!(2))
    );
    let deleted = alice.delete(&place(filter)).await.expect(204);
    assert_eq!(
        (deleted.header("etag"), deleted.header("taskwire-position")),
        ("\"3\"", "3")
    );
    for (method, at, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"name": "x"}))),
        (Method::DELETE, "", None),
        (Method::POST, "/move", Some(json!({"after": UNKNOWN}))),
    ] {
        let gone = alice
            .call(method, &format!("{}{at}", place(filter)), body, None)
            .await;
        gone.expect_problem(404, "not-found", None);
    }
    let expected = [
        "event filter.created v1 p1",
        "update filter.created v1 p1",
        "event filter.updated v2 p2",
        "update filter.updated v2 p2",
        "event filter.deleted v3 p3",
        "update filter.deleted v3 p3",
    ];
    assert_eq!(app.take_kinds().await, expected);
}

#[tokio::test]
async fn an_event_says_which_fields_changed_and_what_is_pushed_is_what_would_be_fetched() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "due < today + 7d").await;
    let created = app.take_facts().await;
    assert_eq!(
        changed(created[0].task()),
        [
            ("filter", None, Some("\"due < today + 7d\"")),
            ("name", None, Some("\"Soon\"")),
        ]
    );
    assert!(
        !created[0].task().unconditional,
        "nothing was there to be overwritten"
    );
    let patch = json!({"name": "Soon", "filter": "due < today + 3d"});
    let patched = alice.patch(&place(&soon), patch).await.expect(200).body;
    let [fact, update] = app.take_facts().await.try_into().unwrap();
    let event = fact.task();
    assert_eq!(
        changed(event),
        [(
            "filter",
            Some("\"due < today + 7d\""),
            Some("\"due < today + 3d\"")
        )]
    );
    assert!(event.unconditional, "no version was named");
    let meta = &event.meta;
    assert_eq!((meta.aggregate.as_str(), meta.previous.get()), ("filter", 1));
    assert_eq!(meta.aggregate_id, soon["id"].as_str().unwrap());
    assert_eq!(meta.action_id, update.meta().action_id);
    let pushed = FilterView::from(update.update().filter.as_ref().unwrap());
    assert_eq!(serde_json::to_value(pushed).unwrap(), patched);
}

#[tokio::test]
async fn sync_tells_of_filters_with_their_tombstones() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "due < today + 7d").await;
    let gone = save(&alice, "Gone", "has due").await;
    let renamed = alice
        .patch(&place(&soon), json!({"name": "Next"}))
        .await
        .expect(200)
        .body;
    alice.delete(&place(&gone)).await.expect(204);
    let page = alice.get("/v1/sync?since=1.2").await.expect(200).body;
    let item = |position: i64, of: &Value, deleted: bool, filter: &Value| {
        json!({"position": position, "type": "filter", "id": of["id"], "version": 2, "deleted": deleted, "task": null,
               "series": null, "tag": null, "project": null, "settings": null, "filter": filter})
    };
    let expected = json!([
        item(3, &soon, false, &renamed),
        item(4, &gone, true, &Value::Null)
    ]);
    assert_eq!((&page["items"], &page["position"]), (&expected, &json!(4)));
    let everything = alice.list("/v1/sync?limit=1").await;
    assert_eq!(
        everything,
        [expected[0].clone()],
        "a first sync needs no tombstones"
    );
}

#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_nothing_behind() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "has due").await;
    app.take_facts().await;
    for nothing in [
        json!({}),
        json!({"name": " Soon "}),
        json!({"filter": "has due"}),
        json!({"sort": null}),
    ] {
        let same = alice.patch(&place(&soon), nothing).await.expect(200);
        assert_eq!(same.body, soon);
    }
    let itself = json!({"after": soon["id"]});
    let same = alice.post(&format!("{}/move", place(&soon)), itself).await;
    assert_eq!(same.expect(200).body, soon);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let respaced = alice
        .patch(&place(&soon), json!({"filter": "has  due"}))
        .await
        .expect(200);
    assert_eq!(
        (&respaced.body["filter"], &respaced.body["position"]),
        (&json!("has  due"), &json!(2)),
        "another spelling is another text"
    );
}

#[tokio::test]
async fn a_version_that_has_passed_is_refused_with_what_is_there_now() {
    let app = App::start().await;
    let alice = app.user("alice");
    let soon = save(&alice, "Soon", "has due").await;
    let other = save(&alice, "Other", "has due").await;
    let patch = json!({"sort": "created"});
    let now = alice.patch(&place(&soon), patch.clone()).await.expect(200).body;
    app.take_facts().await;
    let calls = [
        (Method::PATCH, "", Some(patch)),
        (Method::POST, "/move", Some(json!({"after": other["id"]}))),
        (Method::DELETE, "", None),
    ];
    for (method, at, body) in calls {
        for tag in ["\"1\"", "\"3\"", "W/\"2\""] {
            let at = format!("{}{at}", place(&soon));
            let refused = alice.call(method.clone(), &at, body.clone(), Some(tag)).await;
            let refused = refused.expect_problem(412, "version-mismatch", None);
            assert_eq!(refused.header("etag"), "\"2\"");
            assert_eq!(refused.body["current"], now, "{method} {tag}");
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let patch = Some(json!({"sort": "updated"}));
    let named = alice
        .call(Method::PATCH, &place(&soon), patch, Some("\"2\""))
        .await;
    assert_eq!(named.expect(200).body["version"], 3);
    assert!(!app.take_facts().await[0].task().unconditional);
}

#[tokio::test]
async fn a_request_with_its_key_is_carried_out_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let keyed = alice.with_key("k");
    let body = json!({"name": "Soon", "filter": "has due"});
    let first = keyed.post("/v1/filters", body.clone()).await.expect(201);
    let again = keyed.post("/v1/filters", body).await.expect(201);
    assert_eq!(
        (&again.text, again.header("location")),
        (&first.text, first.header("location"))
    );
    let other = keyed
        .post("/v1/filters", json!({"name": "Soon", "filter": "has tags"}))
        .await;
    other.expect_problem(422, "idempotency-key-reused", None);
    assert_eq!(app.take_kinds().await.len(), 2);
    let deleting = alice.with_key("gone");
    for _ in 0..2 {
        deleting.delete(&place(&first.body)).await.expect(204);
    }
    assert_eq!(app.take_kinds().await.len(), 2);
}

#[tokio::test]
async fn filters_are_listed_in_their_order_page_by_page_while_they_are_moved() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        made.push(save(&alice, name, "has due").await);
    }
    assert_eq!(names(&alice).await, ["a", "b", "c", "d", "e"]);
    let page = alice.get("/v1/filters?limit=2").await.expect(200).body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let move_to = async |moved: usize, place_of: Value| {
        let path = format!("{}/move", place(&made[moved]));
        alice.post(&path, place_of).await.expect(200)
    };
    move_to(4, json!({"before": made[0]["id"]})).await;
    let rest = alice.list(&format!("/v1/filters?cursor={cursor}")).await;
    let rest: Vec<_> = rest.iter().map(|filter| &filter["name"]).collect();
    assert_eq!(rest, ["c", "d"], "a cursor goes on where its page ended");
    move_to(0, json!({"after": made[2]["id"]})).await;
    assert_eq!(names(&alice).await, ["e", "b", "c", "a", "d"]);
    let beside_nothing = json!({"after": UNKNOWN});
    let refused = alice
        .post(&format!("{}/move", place(&made[0])), beside_nothing)
        .await;
    refused.expect_problem(422, "validation", Some("/after"));
}

#[tokio::test]
async fn a_batch_saves_changes_moves_and_deletes_filters() {
    let app = App::start().await;
    let alice = app.user("alice");
    let commands = json!([
        {"id": "c0", "command": "filter.create", "temp_id": "soon", "body": {"name": "Soon", "filter": "has due"}},
        {"id": "c1", "command": "filter.create", "temp_id": "late", "body": {"name": "Late", "filter": "due < now"}},
        {"id": "c2", "command": "filter.move", "target": "late", "body": {"before": "soon"}},
        {"id": "c3", "command": "filter.update", "target": "late", "if_match": 2, "body": {"sort": "due"}},
        {"id": "c4", "command": "filter.delete", "target": "soon"},
        {"id": "c5", "command": "filter.update", "target": "late", "body": {"filter": "due < soon"}},
    ]);
    let answer = alice
        .post("/v1/batch", json!({ "commands": commands }))
        .await
        .expect(200)
        .body;
    let statuses: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(statuses, [201, 201, 200, 200, 204, 422], "{answer}");
    let problem = &answer["results"][5]["problem"];
    assert_eq!(
        (&problem["pointer"], &problem["column"]),
        (&json!("/filter"), &json!(7))
    );
    let left = alice.list("/v1/filters?limit=9").await;
    assert_eq!(left, [answer["results"][3]["body"].clone()]);
    assert_eq!(
        (&left[0]["name"], &left[0]["sort"]),
        (&json!("Late"), &json!("due"))
    );
}
