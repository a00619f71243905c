//! Previews of rules: what completing creates, and that nobody is held up by a hostile one.

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};

use crate::app::App;
use crate::recurrence::{HOSTILE, next_after_completing};

fn previewed(start: &str, rule: Value) -> Value {
    let mut body = json!({"recurrence": {}, "start": start, "timezone": "Europe/Berlin"});
    for (name, value) in rule.as_object().unwrap() {
        let is_of_rule = ["rrule", "every", "unit", "anchor", "missed"].contains(&name.as_str());
        let place = if is_of_rule {
            &mut body["recurrence"]
        } else {
            &mut body
        };
        place[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_preview_answers_the_occurrences_to_come() {
    let app = App::start().await;
    let rule = json!({"every": 1, "unit": "month", "count": 4});
    let preview = app
        .user("alice")
        .post("/v1/recurrence/preview", previewed("2030-01-31T09:00:00", rule))
        .await
        .expect(200)
        .body;
    let item = |ordinal: i32, local: &str, due_at: &str| {
        let due = json!({"datetime": local, "timezone": "Europe/Berlin"});
        json!({"ordinal": ordinal, "due": due, "due_at": due_at})
    };
    let expected = json!({"occurrences": [
        item(1, "2030-01-31T09:00:00", "2030-01-31T08:00:00Z"),
        item(2, "2030-02-28T09:00:00", "2030-02-28T08:00:00Z"),
        item(3, "2030-03-31T09:00:00", "2030-03-31T07:00:00Z"),
        item(4, "2030-04-30T09:00:00", "2030-04-30T07:00:00Z"),
    ]});
    assert_eq!(preview, expected, "the wall time survives the change of clocks");
    let rule = json!({"rrule": "FREQ=WEEKLY;COUNT=2", "count": 366});
    let preview = app
        .user("alice")
        .post("/v1/recurrence/preview", previewed("2030-01-31", rule))
        .await
        .expect(200)
        .body;
    let last = json!({
        "ordinal": 2, "due": {"date": "2030-02-07", "timezone": "Europe/Berlin"}, "due_at": "2030-02-07T23:00:00Z",
    });
    assert_eq!(preview["occurrences"][1], last);
    assert_eq!(preview["occurrences"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_preview_of_nonsense_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let start = "2030-01-31T09:00:00";
    for (body, pointer) in [
        (
            json!({"recurrence": {"rrule": "FREQ=DAILY"}, "timezone": "UTC"}),
            "/start",
        ),
        (
            json!({"recurrence": {"rrule": "FREQ=DAILY"}, "start": start}),
            "/timezone",
        ),
        (json!({"start": start, "timezone": "UTC"}), "/recurrence"),
        (previewed(start, json!({})), "/recurrence/rrule"),
        (previewed(start, json!({"rrule": "x"})), "/recurrence/rrule"),
        (
            previewed(start, json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"})),
            "/recurrence/rrule",
        ),
        (
            previewed(start, json!({"rrule": "FREQ=DAILY", "count": 1000})),
            "/count",
        ),
        (
            previewed(start, json!({"rrule": "FREQ=DAILY", "completed_at": "today"})),
            "/completed_at",
        ),
        (
            previewed(start, json!({"every": 2, "rule": "FREQ=DAILY"})),
            "/rule",
        ),
    ] {
        alice
            .post("/v1/recurrence/preview", body)
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
    let both = previewed(start, json!({"rrule": "FREQ=DAILY", "every": 1, "unit": "day"}));
    alice
        .post("/v1/recurrence/preview", both)
        .await
        .expect_problem(422, "validation", Some("/recurrence"));
}

#[tokio::test]
async fn a_preview_is_what_completing_creates() {
    let app = App::start().await;
    let alice = app.user("alice");
    for start in ["2024-01-31T09:00:00", "2024-01-31", "2031-01-31T09:00:00"] {
        for rule in [
            json!({"rrule": "FREQ=WEEKLY;BYDAY=MO,TH"}),
            json!({"every": 1, "unit": "month"}),
        ] {
            for (anchor, missed) in [("schedule", "skip"), ("schedule", "keep"), ("completion", "skip")] {
                let mut recurrence = rule.clone();
                recurrence["anchor"] = json!(anchor);
                recurrence["missed"] = json!(missed);
                let local = if start.contains('T') { "datetime" } else { "date" };
                let task = json!({
                    "title": "a", "recurrence": recurrence, "allow_past_due": true,
                    "due": {local: start, "timezone": "Europe/Berlin"},
                });
                let task = alice.create(task).await;
                let (completed, next) = next_after_completing(&app, &alice, &task).await;
                let mut asked = previewed(start, recurrence.clone());
                asked["completed_at"] = completed["completed_at"].clone();
                let preview = alice.post("/v1/recurrence/preview", asked).await.expect(200).body;
                for (previewed, created) in [(0, &task), (1, &next)] {
                    for field in ["due", "due_at", "ordinal"] {
                        assert_eq!(
                            preview["occurrences"][previewed][field], created[field],
                            "{field} of {previewed}: {start} {recurrence}"
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_late_preview_without_a_moment_of_completion_is_completed_now() {
    let app = App::start().await;
    let rule = json!({"rrule": "FREQ=DAILY", "count": 2});
    let preview = app
        .user("alice")
        .post("/v1/recurrence/preview", previewed("2024-01-31T09:00:00", rule))
        .await
        .expect(200)
        .body;
    let next: DateTime<Utc> = preview["occurrences"][1]["due_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let ahead = next - Utc::now();
    assert!(ahead < chrono::Duration::hours(26), "{preview}");
    assert!(ahead > chrono::Duration::minutes(-10), "{preview}");
}

#[tokio::test]
async fn hostile_previews_hold_up_nobody_else() {
    let app = App::start().await;
    let alice = app.user("alice");
    let hostile = previewed("2030-02-28T09:00:00", json!({"rrule": HOSTILE, "count": 366}));
    let mallory = app.user("mallory");
    let mut hostile: FuturesUnordered<_> = (0..4)
        .map(|_| mallory.post("/v1/recurrence/preview", hostile.clone()))
        .collect();
    let (mut served, mut replies) = (0, Vec::new());
    while replies.len() < 4 {
        tokio::select! {
            biased;
            hostile = hostile.next() => replies.extend(hostile),
            reply = alice.get("/v1/tasks") => {
                reply.expect(200);
                served += 1;
            }
        }
    }
    // On the workers, which are two, they would have held up all but the first few of these.
    assert!(served >= 10, "only {served} other requests were served meanwhile");
    for reply in replies {
        assert!(matches!(reply.status.as_u16(), 200 | 503), "{reply:?}");
    }
}

#[tokio::test]
async fn whoever_asks_for_many_previews_waits_for_themselves() {
    let app = App::start().await;
    let (alice, mallory) = (app.user("alice"), app.user("mallory"));
    let hostile = previewed("2030-02-28T09:00:00", json!({"rrule": HOSTILE, "count": 366}));
    let mut waiting: FuturesUnordered<_> = (0..12)
        .map(|_| mallory.post("/v1/recurrence/preview", hostile.clone()))
        .collect();
    let mut replies = vec![waiting.next().await.unwrap()];
    let preview = previewed("2030-01-31T09:00:00", json!({"rrule": "FREQ=DAILY"}));
    let mut preview = std::pin::pin!(alice.post("/v1/recurrence/preview", preview));
    loop {
        tokio::select! {
            biased;
            reply = waiting.next(), if !waiting.is_empty() => replies.extend(reply),
            reply = &mut preview => {
                reply.expect(200);
                break;
            }
        }
    }
    let computed = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(computed <= 4, "alice waited for {computed} of mallory's previews");
    replies.extend(waiting.collect::<Vec<_>>().await);
    for reply in replies {
        match reply.status.as_u16() {
            200 => {}
            _ => assert_eq!(reply.expect(503).header("retry-after"), "1"),
        }
    }
}
