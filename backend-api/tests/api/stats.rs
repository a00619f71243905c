//! The figures of a dashboard: whatever changes, they are what the rows of tasks come to, in every zone.

mod rows;
mod walk;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::{App, daily, path};
use crate::commands::{apply, next_of};
use crate::projects::{place, project};
use rows::{expect_kept, expect_stats};
use walk::Walk;

/// Where days begin at odd times, or change in length.
const ZONES: [&str; 7] = [
    "UTC",
    "Pacific/Chatham",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
];

#[tokio::test]
async fn who_has_nothing_has_zeros_for_each_day() {
    let app = App::start().await;
    let reply = app.user("alice").get("/v1/stats").await.expect(200).body;
    let sums = ["open", "overdue", "due_today"].map(|figure| reply[figure].as_i64());
    assert_eq!(sums, [Some(0); 3]);
    let done = reply["done"].as_array().unwrap();
    assert_eq!(done.len(), 30);
    assert!(done.iter().all(|day| day["count"] == 0));
    assert_eq!(reply["timezone"], "UTC");
    assert_eq!(reply["streak"], json!({"current": 0, "longest": 0}));
    let none = json!([{"project_id": null, "open": 0, "overdue": 0, "due_today": 0, "done": 0}]);
    assert_eq!(reply["projects"], none);
    expect_stats(&app, "alice", "").await;
}

#[tokio::test]
async fn the_days_are_those_of_the_settings_unless_the_request_names_a_zone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let zone = async |query: &str| {
        let reply = alice.get(&format!("/v1/stats{query}")).await.expect(200);
        reply.body["timezone"].as_str().unwrap().to_owned()
    };
    assert_eq!(zone("").await, "UTC");
    let chosen = json!({"timezone": "Asia/Kathmandu"});
    alice.patch("/v1/me", chosen).await.expect(200);
    assert_eq!(zone("").await, "Asia/Kathmandu");
    assert_eq!(zone("?timezone=Pacific/Chatham&days=1").await, "Pacific/Chatham");
    assert_eq!(zone("?days=366").await, "Asia/Kathmandu");
}

#[tokio::test]
async fn what_is_due_a_whole_day_is_due_on_that_day_and_overdue_after_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    for zone in ZONES {
        let date = "SELECT ((clock_timestamp() AT TIME ZONE $1)::date + $2::integer)::text";
        for (days, expected) in [(-1, [1, 1, 0]), (0, [1, 0, 1]), (1, [1, 0, 0])] {
            let query = sqlx::query_scalar(date).bind(zone).bind(days);
            let date: String = query.fetch_one(&app.pool).await.unwrap();
            let due = json!({"date": date, "timezone": zone});
            let task = alice
                .create(json!({"title": "a", "due": due, "allow_past_due": true}))
                .await;
            let query = format!("/v1/stats?timezone={}", zone.replace('+', "%2B"));
            let reply = alice.get(&query).await.expect(200).body;
            let found = ["open", "overdue", "due_today"].map(|figure| reply[figure].as_i64().unwrap());
            assert_eq!(found, expected, "{zone} {date} {reply}");
            alice.delete(&path(&task)).await.expect(204);
        }
    }
}

#[tokio::test]
async fn a_task_that_was_done_and_is_deleted_was_done_and_one_that_is_reopened_or_skipped_was_not() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let done = async || {
        let reply = alice.get("/v1/stats?days=1").await.expect(200).body;
        (
            reply["done"][0]["count"].clone(),
            reply["streak"]["current"].clone(),
        )
    };
    let task = alice
        .create(json!({"title": "a", "project_id": garden["id"]}))
        .await;
    alice.act(&task, "complete").await.expect(200);
    assert_eq!(done().await, (json!(1), json!(1)));
    alice.delete(&place(&garden)).await.expect(204);
    assert_eq!(done().await, (json!(1), json!(1)));
    alice.act(&task, "restore").await.expect(200);
    assert_eq!(done().await, (json!(1), json!(1)));
    alice.act(&task, "reopen").await.expect(200);
    assert_eq!(done().await, (json!(0), json!(0)));
    let skipped = alice.create(json!({"title": "b"})).await;
    alice.act(&skipped, "skip").await.expect(200);
    assert_eq!(done().await, (json!(0), json!(0)));
    expect_stats(&app, "alice", "").await;
}

#[tokio::test]
async fn days_of_a_streak_are_days_of_the_zone() {
    let app = App::start().await;
    let alice = app.user("alice");
    for n in 0..120 {
        let task = alice.create(json!({"title": n.to_string()})).await;
        alice.act(&task, "complete").await.expect(200);
    }
    // Every eight hours but for two gaps, one of them now.
    let spread = "UPDATE tasks.task SET completed_at = now() - (position / 2 + 1 + CASE WHEN position > 90 THEN 9 ELSE 0 END)
                                                         * interval '8 hours 1 minute'";
    sqlx::query(spread).execute(&app.pool).await.unwrap();
    for zone in ZONES {
        let query = format!("timezone={}&days=40", zone.replace('+', "%2B"));
        let stats = expect_stats(&app, "alice", &query).await;
        assert!(stats["streak"]["longest"].as_i64() > Some(9), "{zone} {stats}");
        expect_stats(&app, "alice", &format!("{query}&days=7").replace("days=40&", "")).await;
    }
}

#[tokio::test]
async fn the_next_occurrence_of_a_series_counts() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    alice.act(&first, "complete").await.expect(200);
    let pool = app.database.pool_as(crate::app::ROLE).await;
    let command = next_of(&first, 2, "2030-12-02T09:00:00");
    apply(&pool, &command).await.unwrap();
    let stats = expect_stats(&app, "alice", "days=1").await;
    assert_eq!(
        (&stats["open"], &stats["done"][0]["count"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_the_figures_are_what_the_rows_come_to() {
    let app = App::start().await;
    for seed in 1..=4 {
        let mut walk = Walk::new(&app, seed).await;
        for step in 0..60 {
            walk.step().await;
            if step % 6 == 5 {
                expect_kept(&app).await;
                for user in ["alice", "bob"] {
                    let zone = ZONES[(seed as usize + step) % ZONES.len()].replace('+', "%2B");
                    expect_stats(&app, user, &format!("timezone={zone}&days=9")).await;
                }
            }
        }
        assert!(walk.changes > 30, "{} changes only", walk.changes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_at_once_leave_exact_figures() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tasks = join_all((0..20).map(|n| alice.create(json!({"title": n.to_string()})))).await;
    let both = |n: usize, task: &Value| {
        let (alice, task) = (alice.clone(), task.clone());
        async move {
            let due = json!({"due": {"datetime": "2030-01-01T09:00:00", "timezone": "UTC"}});
            alice.patch(&path(&task), due).await.expect(200);
            if n.is_multiple_of(2) {
                alice.act(&task, "complete").await.expect(200);
            }
        }
    };
    join_all(tasks.iter().enumerate().map(|(n, task)| both(n, task))).await;
    let stats = expect_stats(&app, "alice", "days=1").await;
    assert_eq!(
        (&stats["open"], &stats["done"][0]["count"]),
        (&json!(10), &json!(10))
    );
    expect_kept(&app).await;
}

#[tokio::test]
async fn figures_are_of_their_user_alone_and_of_a_project_where_one_is_named() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let garden = project(&alice, "Garden").await;
    alice
        .create(json!({"title": "a", "project_id": garden["id"]}))
        .await;
    alice.create(json!({"title": "b"})).await;
    let query = format!("project_id={}", garden["id"].as_str().unwrap());
    let stats = expect_stats(&app, "alice", &query).await;
    assert_eq!(
        (&stats["open"], stats["projects"].as_array().unwrap().len()),
        (&json!(1), 1)
    );
    let of_bob = bob.get(&format!("/v1/stats?{query}")).await.expect(200).body;
    assert_eq!((&of_bob["open"], &of_bob["projects"]), (&json!(0), &json!([])));
    assert_eq!(bob.get("/v1/stats").await.expect(200).body["open"], 0);
}

#[tokio::test]
async fn an_account_that_is_deleted_has_no_figures_and_may_begin_anew() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    for user in [&alice, &bob] {
        let done = user.create(json!({"title": "done"})).await;
        user.act(&done, "complete").await.expect(200);
        user.create(daily()).await;
    }
    alice.delete("/v1/me?confirm=everything").await.expect(200);
    let rows = "SELECT (SELECT count(*) FROM tasks.stat_open WHERE user_id = 'alice')
                     + (SELECT count(*) FROM tasks.stat_done WHERE user_id = 'alice')";
    assert_eq!(app.number(rows).await, 0);
    expect_kept(&app).await;
    alice.create(json!({"title": "anew"})).await;
    assert_eq!(alice.get("/v1/stats").await.expect(200).body["open"], 1);
    assert_eq!(expect_stats(&app, "bob", "days=1").await["done"][0]["count"], 1);
    expect_kept(&app).await;
}

#[tokio::test]
async fn an_account_is_not_erased_while_something_of_it_is_there() {
    let app = App::start().await;
    app.user("alice").create(json!({"title": "a"})).await;
    let erase = "UPDATE tasks.user_state SET erased_at = now() WHERE user_id = 'alice'";
    let refused = sqlx::query(erase).execute(&app.pool).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "55000");
}

#[tokio::test]
async fn a_change_that_would_take_out_what_is_not_counted_fails_and_counting_anew_helps() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let done = alice.create(json!({"title": "b"})).await;
    alice.act(&done, "complete").await.expect(200);
    for table in ["stat_open", "stat_done"] {
        let lost = format!("DELETE FROM tasks.{table}");
        sqlx::query(sqlx::AssertSqlSafe(lost))
            .execute(&app.pool)
            .await
            .unwrap();
    }
    alice.act(&task, "complete").await.expect(500);
    alice.act(&done, "reopen").await.expect(500);
    assert_eq!(alice.get(&path(&task)).await.expect(200).body["status"], "open");
    let recount = "SELECT tasks.recount('alice')";
    sqlx::query(recount).execute(&app.pool).await.unwrap();
    expect_kept(&app).await;
    alice.act(&task, "complete").await.expect(200);
    alice.act(&done, "reopen").await.expect(200);
    expect_kept(&app).await;
}
