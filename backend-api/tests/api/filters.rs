//! Filters of lists: what they find, page by page, and what they refuse.

mod bombs;
mod document;
mod model;
mod pages;
mod world;

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::{Value, json};

use crate::app::{App, Reply, User};

/// The address of a list with a filter, and whatever else is asked for.
pub(crate) fn path(filter: &str, rest: &str) -> String {
    let mut url = Url::parse("http://host/v1/tasks").unwrap();
    url.query_pairs_mut().append_pair("filter", filter);
    format!("/v1/tasks?{}{rest}", url.query().unwrap())
}

impl User {
    /// The titles of the tasks that a filter holds true of.
    async fn found(&self, filter: &str) -> BTreeSet<String> {
        let tasks = self.list(&path(filter, "&limit=200")).await;
        tasks
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What is said about a filter that cannot be used, and its column.
    async fn refusal(&self, filter: &str) -> (u64, String) {
        let reply = self.get(&path(filter, "")).await;
        refusal(&reply.expect_problem(400, "bad-query", None))
    }
}

fn refusal(reply: &Reply) -> (u64, String) {
    assert_eq!(reply.body["parameter"], "filter", "{reply:#?}");
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("filter "), "{detail}");
    (reply.body["column"].as_u64().unwrap(), detail.to_owned())
}

fn set<const N: usize>(titles: [&str; N]) -> BTreeSet<String> {
    titles.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_filter_goes_with_a_status_a_project_and_an_order() {
    let app = App::start().await;
    let alice = app.user("alice");
    let project = alice.post("/v1/projects", json!({"name": "Work"})).await;
    let id = project.expect(201).body["id"].as_str().unwrap().to_owned();
    for (title, project) in [("a milk", json!(id)), ("b milk", json!(null)), ("c", json!(id))] {
        alice.create(json!({"title": title, "project_id": project})).await;
    }
    let done = alice.create(json!({"title": "d milk", "project_id": id})).await;
    alice.act(&done, "complete").await.expect(200);
    let titles = async |rest: &str| -> Vec<String> {
        let tasks = alice.list(&path("title like milk", rest)).await;
        tasks
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles("&sort=-created").await, ["d milk", "b milk", "a milk"]);
    assert_eq!(titles("&sort=created&status=open").await, ["a milk", "b milk"]);
    let of_project = format!("&sort=created&project_id={id}");
    assert_eq!(titles(&of_project).await, ["a milk", "d milk"]);
    assert_eq!(titles("&status=skipped").await, [""; 0]);
    let filter = "status = open and (project = WORK or status = skipped)";
    assert_eq!(alice.found(filter).await, set(["a milk", "c"]));
}

#[tokio::test]
async fn a_name_that_nothing_has_is_refused_where_it_stands() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let tag = bob.tag("home").await;
    bob.post("/v1/projects", json!({"name": "Work"}))
        .await
        .expect(201);
    bob.create(json!({"title": "a", "tags": [tag["id"]]})).await;
    assert_eq!(bob.found("tag = HOME").await, set(["a"]));
    for (filter, column, detail) in [
        (
            "tag = home",
            7,
            "filter is refused at column 7: there is no tag called \"home\"",
        ),
        (
            "has due or tag in (home)",
            20,
            "filter is refused at column 20: there is no tag called \"home\"",
        ),
        (
            "project != 'Work'",
            12,
            "filter is refused at column 12: there is no project called \"Work\"",
        ),
    ] {
        assert_eq!(alice.refusal(filter).await, (column, detail.to_owned()));
    }
    assert_eq!(
        alice.found("tag like '*' or project like '*' or has tags").await,
        set([])
    );
    let deleted = format!("/v1/tags/{}", tag["id"].as_str().unwrap());
    bob.delete(&deleted).await.expect(204);
    assert_eq!(bob.refusal("tag = home").await.0, 7);
    assert_eq!(bob.found("has tags").await, set([]));
    assert_eq!(bob.found("tag like home or title = A").await, set(["a"]));
}

#[tokio::test]
async fn days_are_those_of_the_users_settings() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (title, at) in [("early", "2030-05-04T23:30:00"), ("late", "2030-05-05T00:30:00")] {
        let due = json!({"datetime": at, "timezone": "UTC"});
        alice.create(json!({"title": title, "due": due})).await;
    }
    assert_eq!(alice.found("due = 2030-05-05").await, set(["late"]));
    alice
        .patch("/v1/me", json!({"timezone": "Europe/Berlin"}))
        .await
        .expect(200);
    assert_eq!(alice.found("due = 2030-05-05").await, set(["early", "late"]));
    assert_eq!(alice.found("due < 2030-05-05T02:00").await, set(["early"]));
    let of_this_week = "due >= start of week and created = this week";
    assert_eq!(alice.found(of_this_week).await, set(["early", "late"]));
}

#[tokio::test]
async fn a_whole_day_is_due_on_its_day_and_starts_with_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let zone = "Europe/Berlin";
    alice.patch("/v1/me", json!({"timezone": zone})).await.expect(200);
    for (title, at) in [
        ("day before", json!({"date": "2030-05-04", "timezone": zone})),
        ("day", json!({"date": "2030-05-05", "timezone": zone})),
        (
            "first",
            json!({"datetime": "2030-05-05T00:00:00", "timezone": zone}),
        ),
        (
            "last",
            json!({"datetime": "2030-05-05T23:59:59", "timezone": zone}),
        ),
        (
            "next",
            json!({"datetime": "2030-05-06T00:00:00", "timezone": zone}),
        ),
    ] {
        alice
            .create(json!({"title": title, "start": at, "due": at}))
            .await;
    }
    alice.create(json!({"title": "never"})).await;
    for (filter, titles) in [
        ("due = 2030-05-05", vec!["day", "first", "last"]),
        ("due < 2030-05-05", vec!["day before"]),
        ("due <= 2030-05-05", vec!["day", "day before", "first", "last"]),
        ("due > 2030-05-05", vec!["next"]),
        ("due >= 2030-05-05", vec!["day", "first", "last", "next"]),
        ("due != 2030-05-05", vec!["day before", "never", "next"]),
        ("due >= 2030-05-06T00:00", vec!["next"]),
        (
            "due < 2030-05-06T00:00",
            vec!["day", "day before", "first", "last"],
        ),
        ("start = 2030-05-05", vec!["day", "first", "last"]),
        ("start <= 2030-05-05T00:00", vec!["day", "day before", "first"]),
        (
            "not start > 2030-05-05T00:00",
            vec!["day", "day before", "first", "never"],
        ),
    ] {
        let found: Vec<String> = alice.found(filter).await.into_iter().collect();
        assert_eq!(found, titles, "{filter}");
    }
}

#[tokio::test]
async fn a_start_that_is_changed_is_found_where_it_is() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    let at = |local: &str| json!({"datetime": local, "timezone": "Asia/Kathmandu"});
    let body = json!({"title": "a", "tags": [tag["id"]], "start": at("2030-05-05T05:45:00")});
    let task = alice.create(body).await;
    assert_eq!(alice.found("start = 2030-05-05T00:00").await, set(["a"]));
    // Of the two at which it is half past two, the first.
    let change = json!({"start": {"datetime": "2030-10-27T02:30:00", "timezone": "Europe/Berlin"}});
    alice.patch(&crate::app::path(&task), change).await.expect(200);
    assert_eq!(alice.found("start = 2030-10-27T00:30").await, set(["a"]));
    assert_eq!(alice.found("start < 2030-10-27").await, set([]));
    let none = json!({ "start": null });
    alice.patch(&crate::app::path(&task), none).await.expect(200);
    assert_eq!(
        alice.found("not has start and not start < 2099-01-01").await,
        set(["a"])
    );
}

/// Each kind of condition as a statement that Postgres takes, and the opposite of its negation.
#[tokio::test]
async fn every_field_goes_with_every_operator_of_its_own() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.tag("a").await;
    alice.post("/v1/projects", json!({"name": "a"})).await.expect(201);
    let due = json!({"date": "2030-05-05", "timezone": "UTC"});
    let full =
        json!({"title": "a", "description": "a", "due": due, "start": due, "estimate": 5, "priority": "low"});
    alice.create(full).await;
    alice.create(json!({"title": "b"})).await;
    let names = "title description text tag tags project";
    let ordered = "due start created updated completed priority estimate";
    let value = |field: &str| match field {
        "priority" => "normal",
        "estimate" => "5",
        "status" => "open",
        "title" | "description" | "text" | "tag" | "tags" | "project" => "A",
        _ => "2030-05-05",
    };
    let mut filters: Vec<String> = Vec::new();
    for field in format!("{names} {ordered} status").split(' ') {
        let value = value(field);
        filters.push(format!("{field} = {value}"));
        filters.push(format!("{field} in ({value}, {value})"));
    }
    for field in names.split(' ') {
        filters.push(format!("{field} like '*a%'"));
    }
    for field in ordered.split(' ') {
        filters.extend(["<", "<=", ">", ">="].map(|sign| format!("{field} {sign} {}", value(field))));
    }
    for part in "description tags project due start completed estimate recurrence parent subtasks reminders"
        .split(' ')
    {
        filters.push(format!("has {part}"));
    }
    for filter in filters {
        let (found, rest) = (
            alice.found(&filter).await,
            alice.found(&format!("not ({filter})")).await,
        );
        assert!(found.is_disjoint(&rest), "{filter}: {found:?} {rest:?}");
        assert_eq!(found.len() + rest.len(), 2, "{filter}: {found:?} {rest:?}");
    }
}
