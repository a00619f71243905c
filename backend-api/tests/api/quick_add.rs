//! A line of text becomes a task: what is created, what is only shown, and what is refused.

use serde_json::{Value, json};

use crate::app::{App, Reply, User};

const PATH: &str = "/v1/quick-add";

async fn choose(user: &User, patch: Value) {
    user.patch("/v1/me", patch).await.expect(200);
}

/// In Berlin, with whatever else the request says.
fn line(text: &str, more: &Value) -> Value {
    let mut body = json!({"text": text, "timezone": "Europe/Berlin"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn kinds(reply: &Reply) -> Vec<String> {
    let spans = reply.body["spans"].as_array().unwrap().iter();
    spans
        .map(|span| span["kind"].as_str().unwrap().to_owned())
        .collect()
}

fn notes(reply: &Reply) -> Vec<(&str, &str)> {
    let notes = reply.body["notes"].as_array().unwrap().iter();
    notes
        .map(|note| (note["kind"].as_str().unwrap(), note["text"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_line_becomes_the_task_that_the_same_words_would_be_as_json() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("Home").await;
    let text = "pay rent 2030-12-02 at 9:30 every monday p1 #home remind 1h before ~15m";
    let made = alice.post(PATH, line(text, &json!({}))).await.expect(201);
    let body = &made.body;
    assert_eq!(
        body["task"],
        json!({
            "title": "pay rent", "priority": "critical", "tags": [tag["id"]], "estimate": 15,
            "due": {"datetime": "2030-12-02T09:30:00", "timezone": "Europe/Berlin"},
            "recurrence": {"rrule": "FREQ=WEEKLY;BYDAY=MO", "anchor": "schedule"}, "reminders": [{"before": "PT1H"}],
        })
    );
    assert_eq!(
        kinds(&made),
        [
            "date",
            "time",
            "recurrence",
            "priority",
            "tag",
            "reminder",
            "estimate"
        ]
    );
    assert_eq!(body["title"], "pay rent");
    assert_eq!(body["notes"], json!([]));
    assert_eq!(body["unknown"], json!({"tags": [], "projects": []}));
    let location = made.header("location").to_owned();
    assert_eq!(
        location,
        format!("/v1/tasks/{}", body["created"]["id"].as_str().unwrap())
    );
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(
        made.header("taskwire-position"),
        body["created"]["position"].to_string()
    );
    let found = alice.get(&location).await.expect(200).body;
    assert_eq!(found, body["created"]);

    app.take_facts().await;
    let other = alice.create(body["task"].clone()).await;
    for field in [
        "title",
        "priority",
        "tags",
        "due",
        "due_at",
        "reminders",
        "estimate",
        "start",
        "project_id",
    ] {
        assert_eq!(other[field], found[field], "{field}");
    }
    assert_eq!(other["recurrence"], found["recurrence"]);
    let as_json = app.take_kinds().await;
    alice.post(PATH, line(text, &json!({}))).await.expect(201);
    let shape = |kinds: Vec<String>| -> Vec<String> {
        kinds
            .iter()
            .map(|kind| kind.rsplit_once(' ').unwrap().0.to_owned())
            .collect()
    };
    assert_eq!(shape(app.take_kinds().await), shape(as_json));
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_created_and_creates_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let dry = json!({"dry_run": true});
    let text = "🎂 buy cake 2030-12-01 #party +\"Home office\" #Party";
    let shown = alice.with_key("k").post(PATH, line(text, &dry)).await.expect(200);
    assert_eq!(
        shown.body["task"],
        json!({"title": "🎂 buy cake", "due": {"date": "2030-12-01", "timezone": "Europe/Berlin"}})
    );
    assert_eq!(
        shown.body["unknown"],
        json!({"tags": ["party"], "projects": ["Home office"]})
    );
    assert!(shown.body.get("created").is_none());
    let first = &shown.body["spans"][0];
    assert_eq!(
        (&first["start"], &first["end"], &first["text"], &first["value"]),
        (&json!(11), &json!(21), &json!("2030-12-01"), &json!("2030-12-01")),
        "an emoji is one character"
    );
    for table in [
        "SELECT count(*) FROM tasks.user_state",
        "SELECT count(*) FROM tasks.idempotency",
    ] {
        assert_eq!(app.number(table).await, 0, "{table}");
    }
    let missing = json!({"dry_run": true, "create_missing": true});
    alice.post(PATH, line(text, &missing)).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM tasks.tag").await, 0);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());

    for text in ["tomorrow", "p1 #party", "every day"] {
        let untitled = alice.post(PATH, line(text, &dry)).await.expect(200);
        assert!(untitled.body.get("task").is_none(), "{text}");
        assert!(notes(&untitled).contains(&("no-title", text)), "{text}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_refused_or_created_along_with_the_task() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.tag("known").await;
    app.take_facts().await;
    let text = "report #known #new +Reports";
    let refused = alice.post(PATH, line(text, &json!({}))).await;
    let refused = refused.expect_problem(422, "unknown-names", Some("/text"));
    assert_eq!(
        refused.body["unknown"],
        json!({"tags": ["new"], "projects": ["Reports"]})
    );
    assert_eq!(app.take_kinds().await, Vec::<String>::new());

    let create = json!({"create_missing": true});
    let made = alice.post(PATH, line(text, &create)).await.expect(201).body;
    assert_eq!(made["created"]["tags"].as_array().unwrap().len(), 2);
    let project = alice.get("/v1/projects").await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&project["name"], &project["id"]),
        (&json!("Reports"), &made["created"]["project_id"])
    );
    let facts = app.take_facts().await;
    let actions: std::collections::BTreeSet<_> = facts.iter().map(|fact| fact.meta().action_id).collect();
    assert_eq!(actions.len(), 1, "one action");
    let log: Vec<String> = facts.iter().map(ToString::to_string).collect();
    let events: Vec<&str> = log
        .iter()
        .filter_map(|line| line.strip_prefix("event "))
        .collect();
    assert_eq!(
        events,
        ["tag.created v1 p2", "project.created v1 p3", "task.created v1 p4"]
    );

    // Nothing of it stays when the task itself is refused.
    let refused = alice.post(PATH, line("#other tomorrow", &create)).await;
    refused.expect_problem(422, "validation", Some("/text"));
    assert_eq!(app.number("SELECT count(*) FROM tasks.tag").await, 2);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn names_are_found_whatever_their_case_and_only_among_the_callers_own() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let tag = alice.tag("Straße").await;
    bob.tag("work").await;
    let made = alice
        .post(PATH, line("a #STRASSE #straße", &json!({"dry_run": true})))
        .await
        .expect(200);
    assert_eq!(made.body["task"]["tags"], json!([tag["id"]]));
    assert_eq!(made.body["unknown"]["tags"], json!(["STRASSE"]));
    let mut answers = Vec::new();
    for name in ["work", "none"] {
        let refused = alice
            .post(PATH, line(&format!("a #{name} +{name}"), &json!({})))
            .await;
        let refused = refused.expect_problem(422, "unknown-names", Some("/text"));
        let mut body = refused.body;
        body.as_object_mut().unwrap().remove("request_id");
        answers.push(body.to_string().replace(name, "…"));
    }
    assert_eq!(answers[0], answers[1], "another's tag is answered as none");
}

#[tokio::test]
async fn the_settings_say_what_the_text_does_not() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"text": "a 2030-12-02 9am"});
    let refused = alice.post(PATH, due.clone()).await;
    refused.expect_problem(422, "validation", Some("/timezone"));
    alice
        .post(PATH, json!({"text": "without a time"}))
        .await
        .expect(201);
    choose(
        &alice,
        json!({"timezone": "America/New_York", "default_reminders": ["PT30M"], "first_day_of_week": "sunday"}),
    )
    .await;
    let made = alice.post(PATH, due).await.expect(201).body;
    assert_eq!(made["created"]["due_at"], "2030-12-02T14:00:00Z");
    assert_eq!(made["created"]["reminders"], json!([{"before": "PT30M"}]));
    let weekly = json!({"text": "a every 2 weeks on monday", "dry_run": true});
    let weekly = alice.post(PATH, weekly).await.expect(200).body;
    assert_eq!(
        weekly["task"]["recurrence"]["rrule"],
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO"
    );
    let german = json!({"text": "Mama am 2.12.2030 um 9 Uhr anrufen", "language": "de", "timezone": "UTC"});
    let german = alice.post(PATH, german).await.expect(201).body;
    assert_eq!(
        (&german["title"], &german["created"]["due_at"]),
        (&json!("Mama anrufen"), &json!("2030-12-02T09:00:00Z"))
    );
}

#[tokio::test]
async fn a_request_that_is_repeated_with_its_key_creates_one_task() {
    let app = App::start().await;
    let alice = app.user("alice").with_key("once");
    let body = line(
        "water plants every! 3 days #garden",
        &json!({"create_missing": true}),
    );
    let first = alice.post(PATH, body.clone()).await.expect(201);
    let again = alice.post(PATH, body).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(first.body["created"]["recurrence"]["anchor"], "completion");
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
    let other = alice.post(PATH, line("other", &json!({}))).await;
    other.expect_problem(422, "idempotency-key-reused", None);
}

#[tokio::test]
async fn a_bad_request_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (body, pointer) in [
        (json!({}), "/text"),
        (json!({"text": null}), "/text"),
        (json!({"text": ""}), "/text"),
        (json!({"text": " \u{200b} "}), "/text"),
        (json!({"text": "x".repeat(1_001)}), "/text"),
        (json!({"text": "a\u{0}b"}), "/text"),
        (json!({"text": "a\nb"}), "/text"),
        // The title of a task is shorter than the text.
        (json!({"text": "x".repeat(501)}), "/text"),
        (json!({"text": "tomorrow"}), "/timezone"),
        (line("tomorrow", &json!({})), "/text"),
        (
            line(
                &format!("a #{}", "x".repeat(65)),
                &json!({"create_missing": true}),
            ),
            "/text",
        ),
        (
            line(
                &format!("a +{}", "x".repeat(121)),
                &json!({"create_missing": true}),
            ),
            "/text",
        ),
        (json!({"text": "a", "language": "fr"}), "/language"),
        (json!({"text": "a", "language": "EN"}), "/language"),
        (json!({"text": "a", "timezone": "Mars/Olympus"}), "/timezone"),
        (json!({"text": "a", "dry_run": "yes"}), "/dry_run"),
        (json!({"text": "a", "create_missing": 1}), "/create_missing"),
        (json!({"text": "a", "due": null}), "/due"),
    ] {
        alice
            .post(PATH, body.clone())
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
    let many: Vec<String> = (0..11).map(|n| format!("#t{n}")).collect();
    let many = line(&format!("a {}", many.join(" ")), &json!({"create_missing": true}));
    let refused = alice
        .post(PATH, many)
        .await
        .expect_problem(422, "validation", Some("/text"));
    assert!(
        refused.body["detail"].as_str().unwrap().contains("/tags"),
        "{refused:?}"
    );
    assert_eq!(app.number("SELECT count(*) FROM tasks.tag").await, 0);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn whatever_the_table_of_phrases_says_can_be_created() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut created = 0;
    for (language, table) in [
        ("en", include_str!("../../../quick-add/tests/phrases/en.txt")),
        ("de", include_str!("../../../quick-add/tests/phrases/de.txt")),
    ] {
        for (text, _) in table.lines().filter_map(|line| line.split_once(" => ")) {
            let more = json!({"language": language, "create_missing": true});
            let made = alice.post(PATH, line(text, &more)).await;
            if made.status == 422 {
                let detail = made.body["detail"].as_str().unwrap();
                assert!(detail.contains("no word for the title"), "{text}: {made:?}");
                continue;
            }
            let made = made.expect(201).body;
            assert_eq!(made["created"]["title"], made["title"], "{text}");
            created += 1;
        }
    }
    assert!(created > 300, "{created}");
}
