//! Bad input: each is a clear problem, and nothing comes of it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, path};
use crate::differential::operations;

/// An id that no tag has.
const NO_TAG: &str = "018f4e6e-0000-7000-8000-000000000001";

fn due() -> Value {
    json!({"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"})
}

#[tokio::test]
async fn a_bad_field_is_pointed_at_and_nothing_is_written() {
    let app = App::start().await;
    let alice = app.user("alice");
    let cases = [
        (json!({}), "/title"),
        (json!({"title": null}), "/title"),
        (json!({"title": 5}), "/title"),
        (json!({"title": ""}), "/title"),
        (json!({"title": "   "}), "/title"),
        (json!({"title": "x".repeat(501)}), "/title"),
        (json!({"title": "a\u{0}b"}), "/title"),
        (json!({"title": "x", "titel": "y"}), "/titel"),
        (json!({"title": "x", "status": "done"}), "/status"),
        (
            json!({"title": "x", "description": "x".repeat(32 * 1024 + 1)}),
            "/description",
        ),
        (json!({"title": "x", "priority": "urgent"}), "/priority"),
        (json!({"title": "x", "tags": "home"}), "/tags"),
        (json!({"title": "x", "tags": vec![NO_TAG; 51]}), "/tags"),
        (json!({"title": "x", "tags": [NO_TAG, NO_TAG]}), "/tags/1"),
        (json!({"title": "x", "tags": ["home"]}), "/tags/0"),
        (json!({"title": "x", "tags": [NO_TAG]}), "/tags/0"),
        (json!({"title": "x", "tags": [NO_TAG, null]}), "/tags/1"),
        (json!({"title": "x", "parent_id": "mine"}), "/parent_id"),
        (
            json!({"title": "x", "parent_id": "018f4e6e-0000-7000-8000-000000000001"}),
            "/parent_id",
        ),
        (
            json!({"title": "x", "project_id": "018f4e6e-0000-7000-8000-000000000001"}),
            "/project_id",
        ),
        (json!({"title": "x", "due": "tomorrow"}), "/due"),
        (
            json!({"title": "x", "due": {"datetime": "2030-02-30T09:00:00", "timezone": "UTC"}}),
            "/due/datetime",
        ),
        (
            json!({"title": "x", "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Mars/Olympus"}}),
            "/due/timezone",
        ),
        (
            json!({"title": "x", "start": {"date": "2030-12-01"}}),
            "/start/timezone",
        ),
        (
            json!({"title": "x", "recurrence": {"rrule": "FREQ=DAILY"}}),
            "/due",
        ),
        (
            json!({"title": "x", "due": due(), "recurrence": {"rrule": "FREQ=HOURLY"}}),
            "/recurrence/rrule",
        ),
        (
            json!({"title": "x", "due": due(), "recurrence": {"rrule": "FREQ=DAILY;COUNT=0"}}),
            "/recurrence/rrule",
        ),
        (
            json!({"title": "x", "due": due(), "recurrence": {"rrule": "FREQ=DAILY;UNTIL=20200101"}}),
            "/recurrence/rrule",
        ),
        (
            json!({"title": "x", "due": due(), "recurrence": {"rrule": "FREQ=DAILY", "anchor": "moon"}}),
            "/recurrence/anchor",
        ),
        (
            json!({"title": "x", "reminders": [{"before": "PT1H"}]}),
            "/reminders/0/before",
        ),
        (
            json!({"title": "x", "due": due(), "reminders": [{"before": "1 hour"}]}),
            "/reminders/0/before",
        ),
        (
            json!({"title": "x", "due": due(), "reminders": [{"before": "PT1H"}, {"before": "PT60M"}]}),
            "/reminders/1",
        ),
        (
            json!({"title": "x", "due": due(), "reminders": [{}]}),
            "/reminders/0",
        ),
        (
            json!({"title": "x", "reminders": [{"at": "soon"}]}),
            "/reminders/0/at",
        ),
        (
            json!({"title": "x", "reminders": [{"at": "2030-12-01T06:59:60Z"}]}),
            "/reminders/0/at",
        ),
        (
            json!({"title": "x", "reminders": vec![json!({"at": "2030-12-01T07:00:00Z"}); 21]}),
            "/reminders",
        ),
        (json!({"title": "x", "estimate": 0}), "/estimate"),
        (json!({"title": "x", "estimate": 525_601}), "/estimate"),
        (json!({"title": "x", "estimate": 1.5}), "/estimate"),
        (json!({"title": "x", "estimate": "30"}), "/estimate"),
        (json!({"title": "x", "allow_past_due": "yes"}), "/allow_past_due"),
        (json!(["title"]), ""),
    ];
    for (body, pointer) in cases {
        let reply = alice
            .post("/v1/tasks", body)
            .await
            .expect_problem(422, "validation", Some(pointer));
        assert!(reply.body["detail"].as_str().unwrap().len() > 8, "{reply:?}");
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 0);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(
        alice.create(json!({"title": "x"})).await["position"],
        1,
        "no position was lost"
    );
}

#[tokio::test]
async fn what_only_looks_like_an_object_is_refused_and_no_type_of_ours_is_named() {
    let app = App::start().await;
    let alice = app.user("alice");
    let preview = "/v1/recurrence/preview";
    for (path, body, pointer) in [
        ("/v1/tasks", r#"{"title": "a", "title": "b"}"#, "/title"),
        (
            "/v1/tasks",
            r#"{"title": "a", "due": {"date": "2030-12-01", "timezone": "UTC", "timezone": "UTC"}}"#,
            "/due/timezone",
        ),
        ("/v1/tasks", r#"["a"]"#, ""),
        (
            "/v1/tasks",
            r#"{"title": "a", "due": ["2030-12-01T09:00:00", null, "UTC"]}"#,
            "/due",
        ),
        (
            "/v1/tasks",
            r#"{"title": "a", "reminders": [[null, "2030-12-01T09:00:00Z"]]}"#,
            "/reminders/0",
        ),
        ("/v1/tags", r#"["garden"]"#, ""),
        ("/v1/tags", r#"{"name": "a", "name": "a"}"#, "/name"),
        ("/v1/tags", r#"{"name": null}"#, "/name"),
        (preview, r#"["FREQ=DAILY", null, null, "2030-12-01", "UTC"]"#, ""),
        (
            preview,
            r#"{"rrule": "FREQ=DAILY", "start": "2030-12-01", "timezone": "UTC", "count": 1.5}"#,
            "/count",
        ),
    ] {
        let reply = alice
            .send_raw(Method::POST, path, "application/json", body.as_bytes().to_vec())
            .await
            .expect_problem(422, "validation", Some(pointer));
        let detail = reply.body["detail"].as_str().unwrap();
        for name in [
            "struct",
            "NewTask",
            "TaskPatch",
            "NewTag",
            "PreviewRequest",
            "Input",
            "u64",
            "usize",
        ] {
            assert!(!detail.contains(name), "{body}: {detail}");
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.user_state").await, 0);
}

#[tokio::test]
async fn a_year_of_five_digits_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (body, pointer) in [
        (
            json!({"title": "a", "due": {"date": "9999-12-31", "timezone": "UTC"}}),
            "/due",
        ),
        (
            json!({"title": "a", "due": {"datetime": "9999-12-31T22:00:00", "timezone": "America/New_York"}}),
            "/due",
        ),
        (
            json!({"title": "a", "start": {"date": "9999-12-31", "timezone": "UTC"}}),
            "/start",
        ),
        (
            json!({"title": "a", "reminders": [{"at": "+10000-01-01T00:00:00Z"}]}),
            "/reminders/0/at",
        ),
    ] {
        alice
            .post("/v1/tasks", body)
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
    let last = json!({"title": "a", "due": {"date": "9999-12-30", "timezone": "UTC"}});
    assert_eq!(alice.create(last).await["due_at"], "9999-12-31T00:00:00Z");
}

#[tokio::test]
async fn a_verb_takes_no_body_but_an_empty_one() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    for verb in ["complete", "reopen", "skip"] {
        let verb = format!("{}/{verb}", path(&task));
        let send = async |body: &str| {
            alice
                .send_raw(Method::POST, &verb, "application/json", body.as_bytes().to_vec())
                .await
        };
        send(r#"{"completed_at": "2030-12-01T09:00:00Z"}"#)
            .await
            .expect_problem(422, "validation", Some("/completed_at"));
        send("[]").await.expect_problem(422, "validation", Some(""));
        send("{").await.expect_problem(400, "malformed-json", None);
    }
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
    for body in ["", "{}"] {
        let complete = format!("{}/complete", path(&task));
        alice
            .send_raw(
                Method::POST,
                &complete,
                "application/json",
                body.as_bytes().to_vec(),
            )
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_reminder_in_the_past_is_refused_unless_it_is_meant() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut task = json!({"title": "x", "reminders": [{"at": "2020-01-01T00:00:00Z"}]});
    alice
        .post("/v1/tasks", task.clone())
        .await
        .expect_problem(422, "past-due", Some("/reminders/0/at"));
    task["allow_past_due"] = json!(true);
    alice.create(task).await;
    assert_eq!(
        app.take_kinds().await,
        ["event task.created v1 p1", "update task.created v1 p1"],
        "and never fires"
    );
}

#[tokio::test]
async fn a_bad_patch_is_pointed_at_and_changes_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice
        .create(json!({"title": "x", "due": due(), "reminders": [{"before": "PT1H"}]}))
        .await;
    for (patch, pointer) in [
        (json!({"title": null}), "/title"),
        (json!({"version": 7}), "/version"),
        (json!({"unknown": null}), "/unknown"),
        (json!({"due": null}), "/reminders/0/before"),
        (json!({"due": {"timezone": "Mars/Olympus"}}), "/due/timezone"),
        (json!({"parent_id": task["id"]}), "/parent_id"),
        (json!("title"), ""),
    ] {
        alice
            .patch(&path(&task), patch)
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
    let past = json!({"due": {"datetime": "2020-01-01T09:00:00"}});
    alice
        .patch(&path(&task), past)
        .await
        .expect_problem(422, "past-due", Some("/due"));
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
}

#[tokio::test]
async fn what_is_no_json_is_refused_before_anything_is_looked_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let send = async |content_type: &str, body: &[u8]| {
        alice
            .send_raw(Method::POST, "/v1/tasks", content_type, body.to_vec())
            .await
    };
    send("application/json", b"{\"title\": ")
        .await
        .expect_problem(400, "malformed-json", None);
    send("application/json", b"")
        .await
        .expect_problem(400, "malformed-json", None);
    send("application/json", b"{\"title\": \"\xff\"}")
        .await
        .expect_problem(400, "malformed-json", None);
    send("application/json", b"{\"title\": \"a\"} trailing")
        .await
        .expect_problem(400, "malformed-json", None);
    send("application/json", &b"[".repeat(100_000))
        .await
        .expect_problem(400, "too-deep", None);
    send("text/plain", b"{\"title\": \"a\"}")
        .await
        .expect_problem(415, "unsupported-media-type", None);
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(1024 * 1024));
    send("application/json", large.as_bytes())
        .await
        .expect_problem(413, "body-too-large", None);
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 0);
}

#[tokio::test]
async fn a_bad_expired_or_foreign_token_is_refused_on_every_route() {
    let app = App::start().await;
    let foreign = service_kit::testing::TestIssuer::new();
    let mut other_audience = app.issuer.claims("alice", 600);
    other_audience["aud"] = json!("elsewhere");
    let tokens = [
        "garbage".to_owned(),
        app.issuer.sign(&app.issuer.claims("alice", -600)),
        app.issuer.sign(&other_audience),
        foreign.token("alice", Duration::from_secs(600)),
        app.issuer.sign(
            &json!({"iss": app.issuer.issuer(), "aud": app.issuer.audience(), "exp": 4_000_000_000_u64}),
        ),
    ];
    let routes: Vec<(Method, String)> = operations()
        .iter()
        .map(|operation| {
            let (method, path) = operation.split_once(' ').unwrap();
            (
                method.to_uppercase().parse().unwrap(),
                path.replace("{id}", NO_TAG),
            )
        })
        .collect();
    for token in tokens {
        let stranger = app.with_token(token);
        // An unknown key is looked for once; until that is known, a body that is wrong may be refused first.
        let nobody = stranger.get("/v1/tasks").await;
        nobody.expect_problem(401, "unauthorized", None);
        for (method, path) in &routes {
            let reply = stranger
                .call(method.clone(), path, Some(json!({"title": "x"})), None)
                .await;
            let reply = reply.expect_problem(401, "unauthorized", None);
            assert!(
                reply.header("www-authenticate").starts_with("Bearer"),
                "{method} {path}"
            );
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.user_state").await, 0);
}
