//! Pages of a filtered list: none skips or repeats, and a cursor is of its filter.

use sha2::{Digest as _, Sha256};

use super::*;

async fn tasks(alice: &User) {
    for n in 0..15 {
        let priority = ["low", "high", "critical"][n % 3];
        let mut task = json!({"title": format!("{n}"), "priority": priority});
        if n % 4 > 0 {
            let at = format!("2030-05-0{}T1{}:00:00", 1 + n % 4, n % 3);
            task["due"] = json!({"datetime": at, "timezone": "UTC"});
        }
        alice.create(task).await;
    }
}

#[tokio::test]
async fn pages_of_every_size_and_order_make_up_the_list() {
    let app = App::start().await;
    let alice = app.user("alice");
    tasks(&alice).await;
    for sort in [
        "due,-priority",
        "-due",
        "-priority,due",
        "priority,-due",
        "-created",
        "updated",
        "order",
    ] {
        let filter = "due >= 2030-05-02 and priority != low or not has due";
        let whole = alice
            .list(&path(filter, &format!("&limit=200&sort={sort}")))
            .await;
        assert!((6..15).contains(&whole.len()), "{}", whole.len());
        for limit in [1, 2, 5] {
            let pages = alice
                .list(&path(filter, &format!("&sort={sort}&limit={limit}")))
                .await;
            assert_eq!(pages, whole, "{sort} {limit}");
        }
    }
}

#[tokio::test]
async fn a_cursor_is_of_its_filter_however_that_is_written() {
    let app = App::start().await;
    let alice = app.user("alice");
    tasks(&alice).await;
    let page = alice
        .get(&path("due > 2030-05-01 and priority = high", "&limit=1"))
        .await;
    let cursor = page.expect(200).body["next_cursor"].as_str().unwrap().to_owned();
    assert!(cursor.len() < 400, "{cursor}");
    let rest = format!("&limit=1&cursor={cursor}");
    alice
        .get(&path("DUE  > 2030-05-01 && priority in (HIGH)", &rest))
        .await
        .expect(200);
    let unfiltered = alice.get("/v1/tasks?limit=1").await.expect(200).body;
    let other = format!("&limit=1&cursor={}", unfiltered["next_cursor"].as_str().unwrap());
    for path in [
        path("due > 2030-05-01 and priority = low", &rest),
        path(
            "due > 2030-05-01 and priority = high",
            &format!("{rest}&status=open"),
        ),
        path("due > 2030-05-01 and priority = high", &other),
        format!("/v1/tasks?limit=1&cursor={cursor}"),
    ] {
        let reply = alice.get(&path).await.expect_problem(400, "bad-query", None);
        assert_eq!(reply.body["parameter"], "cursor", "{path}");
    }
}

#[tokio::test]
async fn all_pages_are_of_the_calendar_of_the_first() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (title, at) in [
        ("a", "2030-05-04T22:30:00"),
        ("b", "2030-05-05T12:00:00"),
        ("c", "2030-05-05T23:30:00"),
    ] {
        let due = json!({"datetime": at, "timezone": "UTC"});
        alice.create(json!({"title": title, "due": due})).await;
    }
    let filter = "due = 2030-05-05";
    let first = alice.get(&path(filter, "&limit=1")).await.expect(200).body;
    assert_eq!(first["items"][0]["title"], "b");
    alice
        .patch(
            "/v1/me",
            json!({"timezone": "Europe/Berlin", "first_day_of_week": "sunday"}),
        )
        .await
        .expect(200);
    let rest = format!("&limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = alice.get(&path(filter, &rest)).await.expect(200).body;
    assert_eq!(second["items"][0]["title"], "c", "which is the sixth in Berlin");
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(
        alice.found(filter).await,
        set(["a", "b"]),
        "a new list is of the new zone"
    );
}

#[tokio::test]
async fn a_forged_calendar_is_no_cursor() {
    let app = App::start().await;
    let alice = app.user("alice");
    tasks(&alice).await;
    let filter = "due < now";
    let digest = Sha256::digest(filter);
    let hash: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let id = "018f4e6e-0000-7000-8000-000000000001";
    let forged = async |calendar: [&str; 3]| {
        let mut parts = calendar.map(str::to_owned).to_vec();
        parts.extend(["1796000000000000", "1", id].map(str::to_owned));
        let cursor = service_kit::page::encode(&format!("tasks   due,-priority {hash}"), &parts);
        alice.get(&path(filter, &format!("&cursor={cursor}"))).await
    };
    forged(["1796000000000000", "UTC", "monday"]).await.expect(200);
    for calendar in [
        ["9223372036854775807", "UTC", "monday"],
        ["-9223372036854775808", "UTC", "monday"],
        ["1796000000000000", "Mars/Olympus", "monday"],
        ["1796000000000000", "UTC", "someday"],
    ] {
        let reply = forged(calendar).await.expect_problem(400, "bad-query", None);
        assert_eq!(reply.body["parameter"], "cursor");
    }
}

#[tokio::test]
async fn a_search_goes_with_a_filter_page_by_page() {
    let app = App::start().await;
    let alice = app.user("alice");
    for n in 0..12 {
        let priority = ["low", "high"][n % 2];
        let title = format!("rent {n}");
        alice.create(json!({"title": title, "priority": priority})).await;
    }
    alice.create(json!({"title": "other", "priority": "high"})).await;
    let all = alice.list(&path("priority = high", "&q=rent&limit=200")).await;
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|task| task["priority"] == "high"), "{all:?}");
    let pages = alice.list(&path("priority = high", "&q=rent&limit=4")).await;
    assert_eq!(pages, all);
    let first = alice
        .get(&path("priority = high", "&q=rent&limit=4"))
        .await
        .expect(200)
        .body;
    let cursor = format!("&cursor={}", first["next_cursor"].as_str().unwrap());
    for path in [
        path("priority = low", &format!("&q=rent{cursor}")),
        path("priority = high", &cursor),
        format!("/v1/tasks?q=rent{cursor}"),
    ] {
        let reply = alice.get(&path).await.expect_problem(400, "bad-query", None);
        assert_eq!(reply.body["parameter"], "cursor", "{path}");
    }
    let reply = alice.get(&path("tag = home", "&q=rent")).await;
    let reply = reply.expect_problem(400, "bad-query", None);
    assert_eq!(
        (&reply.body["parameter"], &reply.body["column"]),
        (&json!("filter"), &json!(7))
    );
}
