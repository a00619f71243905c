//! A task that needs nothing else is created in two statements, with no lock between them; what moves in between is noticed.

use backend_api::actions::tasks;
use backend_api::change::{self, Actor, Change};
use backend_api::domain::idempotency::{Answer, Fingerprint, Key};
use backend_api::domain::settings::Choices;
use backend_api::domain::task::Draft;
use backend_api::error::Error;
use backend_api::input::task::NewTask;
use backend_api::store::tasks::at_once::{self, Looked, Seen};
use serde_json::{Value, json};
use shared_events::event::intent;
use shared_events::ids::{ActionId, UserId};
use sqlx::PgPool;

use crate::app::{App, ROLE, path};

const KEY: &str = "018f4e6e-0000-7000-8000-000000000002";
const FINGERPRINT: Fingerprint = [7; 32];

fn alice() -> UserId {
    UserId::parse("alice").unwrap()
}

fn actor() -> Actor {
    Actor {
        user: alice(),
        name: "user:alice".to_owned(),
        action: ActionId::new(),
        cause: None,
        intent: intent::EDIT,
        unconditional: false,
    }
}

fn key() -> Key {
    KEY.parse().unwrap()
}

async fn look(pool: &PgPool) -> Seen {
    let mut conn = pool.acquire().await.unwrap();
    match at_once::look(&mut conn, &alice(), Some(&key())).await.unwrap() {
        Looked::Seen(seen) => seen,
        other => panic!("{other:?}"),
    }
}

fn draft(body: &Value) -> Draft {
    service_kit::http::read::<NewTask>(body)
        .unwrap()
        .draft(&Choices::default())
        .unwrap()
}

async fn create(
    pool: &PgPool,
    seen: &Seen,
    key: Option<&Key>,
    body: &Value,
) -> Result<Option<Answer>, Error> {
    let draft = draft(body);
    let mut conn = pool.acquire().await.unwrap();
    let make = async |change: &mut Change<'_>| Answer::created(&tasks::create(change, &draft, None).await?);
    change::at_once(&mut conn, actor(), seen, key.map(|key| (key, &FINGERPRINT)), make).await
}

/// Alice, who has one task, and the pool of the service.
async fn begun() -> (App, PgPool, Value) {
    let app = App::start().await;
    let task = app.user("alice").create(json!({"title": "first"})).await;
    app.take_facts().await;
    let pool = app.database.pool_as(ROLE).await;
    (app, pool, task)
}

/// What was seen no longer holds.
async fn assert_not_created(app: &App, pool: &PgPool, seen: &Seen, position: i64) {
    let body = json!({"title": "second"});
    assert_eq!(create(pool, seen, Some(&key()), &body).await.unwrap(), None);
    assert_nothing_was_written(app, position).await;
}

async fn assert_nothing_was_written(app: &App, before: i64) {
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, before);
}

#[tokio::test]
async fn a_task_its_events_its_position_and_its_answer_are_written_together() {
    let (app, pool, _) = begun().await;
    let seen = look(&pool).await;
    let answer = create(&pool, &seen, Some(&key()), &json!({"title": "second"}))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((answer.status, answer.position.get()), (201, 2));
    assert_eq!(
        app.take_kinds().await,
        ["event task.created v1 p2", "update task.created v1 p2"]
    );
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 2);
    let mut conn = pool.acquire().await.unwrap();
    match at_once::look(&mut conn, &alice(), Some(&key())).await.unwrap() {
        Looked::Answered(fingerprint, kept) => assert_eq!((fingerprint, kept), (FINGERPRINT, answer)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_change_in_between_is_noticed() {
    let (app, pool, task) = begun().await;
    let seen = look(&pool).await;
    let alice = app.user("alice");
    alice
        .patch(&path(&task), json!({"title": "changed"}))
        .await
        .expect(200);
    app.take_facts().await;
    assert_not_created(&app, &pool, &seen, 2).await;
}

#[tokio::test]
async fn a_key_that_was_answered_in_between_is_noticed_though_the_position_stayed() {
    let (app, pool, task) = begun().await;
    let seen = look(&pool).await;
    let alice = app.user("alice").with_key(KEY);
    let no_change = alice
        .patch(&path(&task), json!({"title": "first"}))
        .await
        .expect(200);
    assert_not_created(&app, &pool, &seen, 1).await;
    let again = alice
        .patch(&path(&task), json!({"title": "first"}))
        .await
        .expect(200);
    assert_eq!(again.text, no_change.text, "its answer stands");
}

#[tokio::test]
async fn a_key_that_another_transaction_holds_is_noticed() {
    let (app, pool, _) = begun().await;
    let seen = look(&pool).await;
    let mut holder = app.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, hashtextextended('alice', 0)))")
        .bind(KEY)
        .execute(&mut *holder)
        .await
        .unwrap();
    assert_not_created(&app, &pool, &seen, 1).await;
    let alice = app.user("alice").with_key(KEY);
    let refused = alice.post("/v1/tasks", json!({"title": "second"})).await;
    refused.expect_problem(409, "idempotency-key-in-flight", None);
    holder.rollback().await.unwrap();
    assert!(
        create(&pool, &seen, Some(&key()), &json!({"title": "second"}))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn another_epoch_is_noticed() {
    let (app, pool, _) = begun().await;
    let seen = look(&pool).await;
    let raise = sqlx::query("UPDATE outbox.epoch SET epoch = epoch + 1")
        .execute(&app.pool)
        .await;
    assert_eq!(raise.unwrap().rows_affected(), 1);
    assert_not_created(&app, &pool, &seen, 1).await;
}

#[tokio::test]
async fn what_reads_or_writes_more_is_left_to_the_lock() {
    let (app, pool, task) = begun().await;
    let tag = app
        .user("alice")
        .post("/v1/tags", json!({"name": "home"}))
        .await
        .expect(201);
    app.take_facts().await;
    let more = [
        json!({"title": "a", "tags": [tag.body["id"]]}),
        json!({"title": "a", "parent_id": task["id"]}),
        json!({"title": "a", "due": {"datetime": "2031-01-01T09:00:00", "timezone": "Europe/Berlin"},
               "reminders": [{"before": "PT1H"}]}),
    ];
    for body in &more {
        assert!(!draft(body).stands_alone(), "{body}");
        let seen = look(&pool).await;
        assert_eq!(
            create(&pool, &seen, Some(&key()), body).await.unwrap(),
            None,
            "{body}"
        );
        assert_nothing_was_written(&app, 2).await;
    }
    for body in more {
        app.user("alice").create(body).await;
    }
}

#[tokio::test]
async fn two_who_saw_the_same_do_not_both_write() {
    let (app, pool, _) = begun().await;
    let seen = look(&pool).await;
    let holder = app.hold_lock("alice").await;
    let waiting = async {
        app.until_waiting(2).await;
        drop(holder);
    };
    let (second, third) = (json!({"title": "second"}), json!({"title": "third"}));
    let (one, other, ()) = tokio::join!(
        create(&pool, &seen, None, &second),
        create(&pool, &seen, None, &third),
        waiting
    );
    let written = [one.unwrap(), other.unwrap()];
    assert_eq!(written.iter().flatten().count(), 1);
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 2);
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 2);
    assert_eq!(app.take_kinds().await.len(), 2);
}
