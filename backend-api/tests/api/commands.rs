//! task-commands: the next occurrence, once, and only while the command still holds.

mod closings;

use backend_api::commands;
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared_events::consumer::{HandlerError, Verdict};
use shared_events::event::command::{CreateOccurrence, TaskCommand, kind};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, service_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, SeriesId, UserId, Version};
use shared_events::topic::Service;
use sqlx::PgPool;

use crate::app::{App, ROLE, User, daily, path};

/// What recurring-svc would send after `task` was closed.
pub(crate) fn next_of(task: &Value, ordinal: i32, start: &str) -> TaskCommand {
    let series_id: SeriesId = task["series_id"].as_str().unwrap().parse().unwrap();
    let event_id = EventId::derived(series_id.as_uuid(), &format!("create_occurrence:{ordinal}:1"));
    TaskCommand {
        meta: EventMeta {
            event_id,
            kind: kind::CREATE_OCCURRENCE.to_owned(),
            occurred_at: Timestamp::new("2030-12-01T08:00:00Z".parse().unwrap()),
            user_id: UserId::parse("alice").unwrap(),
            actor: service_actor(Service::RecurringSvc),
            action_id: ActionId::new(),
            causation_id: Some(EventId::new()),
            intent: intent::RECUR.to_owned(),
            aggregate: aggregate::SERIES.to_owned(),
            aggregate_id: series_id.to_string(),
            version: Version(0),
            previous: Version(0),
            epoch: Epoch(1),
            position: Position(0),
        },
        series_id,
        create_occurrence: Some(CreateOccurrence {
            predecessor: task["id"].as_str().unwrap().parse().unwrap(),
            ordinal,
            start: start.to_owned(),
            series_revision: 1,
            closed_at: None,
        }),
    }
}

pub(crate) async fn apply(pool: &PgPool, command: &TaskCommand) -> Result<Verdict, HandlerError> {
    let mut transaction = pool.begin().await.unwrap();
    let verdict = commands::apply(&mut transaction, command).await;
    transaction.commit().await.unwrap();
    verdict
}

async fn skipped(pool: &PgPool, command: &TaskCommand) -> &'static str {
    match apply(pool, command).await.unwrap() {
        Verdict::Skipped(why) => why,
        other => panic!("not skipped: {other:?}"),
    }
}

async fn completed(alice: &User, task: Value) -> Value {
    let task = alice.create(task).await;
    alice.act(&task, "complete").await.expect(200).body
}

#[tokio::test]
async fn the_next_occurrence_is_its_predecessor_at_the_next_slot() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "Home"})).await;
    let mut task = daily();
    task["description"] = json!("All of them.");
    task["priority"] = json!("high");
    task["tags"] = json!([alice.tag("home").await["id"]]);
    task["parent_id"] = parent["id"].clone();
    task["start"] = json!({"date": "2030-11-30", "timezone": "Europe/Berlin"});
    task["reminders"] = json!([{"before": "PT1H"}, {"at": "2030-12-01T06:30:00Z"}]);
    let first = completed(&alice, task).await;
    app.take_facts().await;

    let command = next_of(&first, 2, "2030-12-02T09:00:00");
    let pool = app.database.pool_as(ROLE).await;
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);

    let series: SeriesId = first["series_id"].as_str().unwrap().parse().unwrap();
    let second = alice
        .get(&format!("/v1/tasks/{}", series.occurrence(2)))
        .await
        .expect(200)
        .body;
    for field in [
        "title",
        "description",
        "priority",
        "tags",
        "parent_id",
        "series_id",
        "recurrence",
    ] {
        assert_eq!(second[field], first[field], "{field}");
    }
    assert_eq!(
        (&second["status"], &second["ordinal"], &second["version"]),
        (&json!("open"), &json!(2), &json!(1))
    );
    assert_eq!(
        second["due"],
        json!({"datetime": "2030-12-02T09:00:00", "timezone": "Europe/Berlin"})
    );
    assert_eq!(
        second["start"],
        json!({"date": "2030-12-01", "timezone": "Europe/Berlin"})
    );
    assert_eq!(
        second["reminders"],
        json!([{"before": "PT1H"}, {"at": "2030-12-02T06:30:00Z"}])
    );

    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event task.created v1 p6",
        "update task.created v1 p6",
        "reminder reminder.scheduled v1 p6",
        "reminder reminder.scheduled v1 p6",
    ];
    assert_eq!(log, expected);
    let meta = facts[0].meta();
    assert_eq!(
        (meta.actor.as_str(), meta.intent.as_str()),
        ("service:recurring-svc", "recur")
    );
    assert_eq!(
        (meta.action_id, meta.causation_id),
        (command.meta.action_id, command.meta.causation_id)
    );
    assert_eq!(
        facts[0]
            .task()
            .task
            .as_ref()
            .unwrap()
            .recurrence
            .as_ref()
            .unwrap()
            .slot,
        "2030-12-02T09:00:00"
    );
    assert_eq!(alice.create(json!({"title": "x"})).await["position"], 7);
}

#[tokio::test]
async fn a_moved_occurrence_does_not_move_those_after_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let moved =
        json!({"due": {"datetime": "2030-12-01T18:00:00"}, "reminders": [{"at": "2030-12-01T16:00:00Z"}]});
    alice.patch(&path(&task), moved).await.expect(200);
    alice.act(&task, "complete").await.expect(200);
    let pool = app.database.pool_as(ROLE).await;
    apply(&pool, &next_of(&task, 2, "2030-12-02T09:00:00"))
        .await
        .unwrap();
    let second = alice.get("/v1/tasks?status=open").await.expect(200).body["items"][0].clone();
    assert_eq!(second["due"]["datetime"], "2030-12-02T09:00:00");
    assert_eq!(
        second["reminders"],
        json!([{"at": "2030-12-02T07:00:00Z"}]),
        "an hour before, as it was"
    );
}

#[tokio::test]
async fn what_leaves_the_calendar_is_dropped_from_the_next_occurrence() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let far = json!({
        "due": {"date": "9999-12-31"}, "start": {"datetime": "1970-01-01T00:00:00", "timezone": "UTC"},
        "reminders": [{"before": "P366D"}, {"at": "1970-01-01T00:00:00Z"}], "allow_past_due": true,
    });
    alice.patch(&path(&task), far).await.expect(200);
    alice.act(&task, "complete").await.expect(200);
    let pool = app.database.pool_as(ROLE).await;
    apply(&pool, &next_of(&task, 2, "2030-12-02T09:00:00"))
        .await
        .unwrap();
    let second = alice.get("/v1/tasks?status=open").await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&second["start"], &second["reminders"]),
        (&json!(null), &json!([{"before": "P366D"}]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_commands_for_one_occurrence_create_it_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = completed(&alice, daily()).await;
    app.take_facts().await;
    let pool = app.database.pool_as(ROLE).await;
    let command = next_of(&first, 2, "2030-12-02T09:00:00");
    let verdicts = join_all((0..100).map(|_| apply(&pool, &command))).await;
    let applied = verdicts
        .iter()
        .filter(|verdict| matches!(verdict, Ok(Verdict::Applied)))
        .count();
    let superseded = verdicts
        .iter()
        .filter(|verdict| matches!(verdict, Ok(Verdict::Superseded)))
        .count();
    assert_eq!((applied, superseded), (1, 99));
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 2);
    assert_eq!(
        app.number("SELECT last_ordinal::bigint FROM tasks.series").await,
        2
    );
    assert_eq!(app.take_kinds().await[0], "event task.created v1 p4");
    assert_eq!(
        alice.create(json!({"title": "x"})).await["position"],
        5,
        "no position was lost"
    );
}

#[tokio::test]
async fn a_command_that_holds_no_more_has_no_effect() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    let open = alice.create(daily()).await;
    let command = next_of(&open, 2, "2030-12-02T09:00:00");
    app.take_facts().await;
    assert_eq!(skipped(&pool, &command).await, "the predecessor is open");
    alice.act(&open, "complete").await.expect(200);

    let with = |change: fn(&mut TaskCommand)| {
        let mut command = command.clone();
        change(&mut command);
        command
    };
    let create =
        |command: &mut TaskCommand, ordinal| command.create_occurrence.as_mut().unwrap().ordinal = ordinal;
    let mut too_far = command.clone();
    create(&mut too_far, 3);
    assert_eq!(skipped(&pool, &too_far).await, "no such predecessor");
    let revised = with(|command| command.create_occurrence.as_mut().unwrap().series_revision = 2);
    assert_eq!(skipped(&pool, &revised).await, "the series has another revision");
    let stranger = with(|command| command.meta.user_id = UserId::parse("nobody").unwrap());
    assert_eq!(skipped(&pool, &stranger).await, "no such user");
    app.user("bob").create(json!({"title": "bob's"})).await;
    let foreign = with(|command| command.meta.user_id = UserId::parse("bob").unwrap());
    assert_eq!(skipped(&pool, &foreign).await, "no such series");
    let later = with(|command| command.meta.kind = "create_everything".to_owned());
    assert_eq!(skipped(&pool, &later).await, "unknown kind");
    let other = with(|command| {
        command.create_occurrence.as_mut().unwrap().predecessor = shared_events::ids::TaskId::new();
    });
    assert_eq!(skipped(&pool, &other).await, "another predecessor");
    let mut past = command.clone();
    create(&mut past, 1);
    assert_eq!(apply(&pool, &past).await.unwrap(), Verdict::Superseded);

    alice
        .patch(&path(&open), json!({"recurrence": null}))
        .await
        .expect(200);
    assert_eq!(skipped(&pool, &command).await, "the series has ended");
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task WHERE user_id = 'alice'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_deleted_occurrence_is_followed_and_an_ended_series_is_not() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    let task = alice.create(daily()).await;
    alice.delete(&path(&task)).await.expect(204);
    assert_eq!(
        apply(&pool, &next_of(&task, 2, "2030-12-02T09:00:00"))
            .await
            .unwrap(),
        Verdict::Applied
    );
    let second = alice.get("/v1/tasks").await.expect(200).body["items"][0].clone();
    alice
        .delete(&format!("{}?scope=all", path(&second)))
        .await
        .expect(204);
    assert_eq!(
        skipped(&pool, &next_of(&second, 3, "2030-12-03T09:00:00")).await,
        "the series has ended"
    );
}

#[tokio::test]
async fn only_the_newest_occurrence_changes_the_rule() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = completed(&alice, daily()).await;
    let pool = app.database.pool_as(ROLE).await;
    apply(&pool, &next_of(&first, 2, "2030-12-02T09:00:00"))
        .await
        .unwrap();
    for rule in [json!({"rrule": "FREQ=WEEKLY"}), json!(null)] {
        let refused = alice.patch(&path(&first), json!({"recurrence": rule})).await;
        refused.expect_problem(409, "not-newest-occurrence", Some("/recurrence"));
    }
    alice.act(&first, "reopen").await.expect(200);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task WHERE status = 'open'")
            .await,
        2,
        "reopen keeps the successor"
    );
}

#[tokio::test]
async fn a_command_that_makes_no_sense_is_poison() {
    let app = App::start().await;
    let first = completed(&app.user("alice"), daily()).await;
    let pool = app.database.pool_as(ROLE).await;
    let mut without_body = next_of(&first, 2, "2030-12-02T09:00:00");
    without_body.create_occurrence = None;
    for command in [
        without_body,
        next_of(&first, 2, "tomorrow"),
        next_of(&first, 2, "2030-12-02"),
    ] {
        assert!(matches!(
            apply(&pool, &command).await,
            Err(HandlerError::Poison { .. })
        ));
    }
}
