//! Rules: what an edit of the rule does to the series.

use backend_api::actions::tasks;
use backend_api::change::{self, Actor, Outcome};
use backend_api::domain::aggregate::{Expected, Target};
use backend_api::domain::moment::Moment;
use backend_api::domain::recurrence::{CheckedPlan, Recurrence};
use backend_api::error::Error;
use backend_api::input::task::TaskPatch;
use serde_json::{Value, json};
use shared_events::consumer::Verdict;
use shared_events::event::intent;
use shared_events::ids::{ActionId, SeriesId, UserId};

use crate::app::{App, ROLE, User, daily, path};
use crate::commands::{apply, next_of};

/// Matches every 28 or 40 years, and each search looks at every day on the way.
pub(crate) const HOSTILE: &str = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU";

fn wall_times(texts: &[String]) -> Vec<recurrence::WallTime> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// The due time of the occurrence that follows `task`, which is completed now: its fact is read, and its command is
/// computed and applied, as recurring-svc and the consumer do.
pub(crate) async fn next_after_completing(app: &App, alice: &User, task: &Value) -> (Value, Value) {
    app.take_facts().await;
    let completed = alice.act(task, "complete").await.expect(200).body;
    let facts = app.take_facts().await;
    let fact = facts[0].task().task.as_ref().unwrap().recurrence.clone().unwrap();
    let series = recurrence::Series {
        rule: fact.rrule.parse().unwrap(),
        zone: fact.zone.parse().unwrap(),
        dtstart: fact.dtstart.parse().unwrap(),
        count_base: fact.count_base,
        anchor: fact.anchor.parse().unwrap(),
        missed: fact.missed.parse().unwrap(),
        exceptions: recurrence::Exceptions::new(wall_times(&fact.exdates), wall_times(&fact.rdates)).unwrap(),
    };
    let closed = recurrence::Occurrence {
        slot: fact.slot.parse().unwrap(),
        ordinal: fact.ordinal,
    };
    let at = completed["completed_at"].as_str().unwrap().parse().unwrap();
    let next = series.successor(&closed, at).unwrap().unwrap();
    let pool = app.database.pool_as(ROLE).await;
    let mut command = next_of(&completed, next.ordinal, &next.slot.to_string());
    command.create_occurrence.as_mut().unwrap().series_revision = fact.series_revision;
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);
    let series: SeriesId = completed["series_id"].as_str().unwrap().parse().unwrap();
    let next = alice
        .get(&format!("/v1/tasks/{}", series.occurrence(next.ordinal)))
        .await
        .expect(200)
        .body;
    (completed, next)
}

#[tokio::test]
async fn a_rule_is_searched_while_no_lock_is_held() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let never = json!({"rrule": "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO"});
    let holder = app.hold_lock("alice").await;
    let mut new = daily();
    new["recurrence"] = never.clone();
    let refused = alice.post("/v1/tasks", new).await;
    refused.expect_problem(422, "validation", Some("/recurrence/rrule"));
    drop(holder);
    let refused = alice
        .patch(&path(&task), json!({"recurrence": never.clone()}))
        .await;
    refused.expect_problem(422, "validation", Some("/recurrence/rrule"));

    // An edit says which plan it needs, and does nothing until that was checked.
    let patch: TaskPatch = service_kit::http::read(&json!({"recurrence": {"rrule": "FREQ=WEEKLY"}})).unwrap();
    let target = Target {
        id: task["id"].as_str().unwrap().parse().unwrap(),
        versions: Expected::Any,
    };
    let actor = Actor {
        user: UserId::parse("alice").unwrap(),
        name: "user:alice".to_owned(),
        action: ActionId::new(),
        cause: None,
        intent: intent::EDIT,
        unconditional: false,
    };
    let pool = app.database.pool_as(ROLE).await;
    app.take_facts().await;
    let edit = async |checked: Option<&CheckedPlan>| {
        change::alone(&pool, actor.clone(), async |change| {
            tasks::edit(change, &target, &patch, None, checked).await
        })
        .await
    };
    let Err(Error::Unchecked(plan)) = edit(None).await else {
        panic!("the rule was searched under the lock");
    };
    assert!(app.take_facts().await.is_empty());
    let other = Recurrence {
        rule: "FREQ=YEARLY".parse().unwrap(),
        anchor: plan.anchor,
        missed: plan.missed,
    };
    let start = Moment {
        local: plan.dtstart,
        zone: plan.zone,
    };
    let other = CheckedPlan::new(other.plan(&start, 1, recurrence::Exceptions::default())).unwrap();
    assert!(matches!(edit(Some(&other)).await, Err(Error::Unchecked(_))));
    let checked = CheckedPlan::new(*plan).unwrap();
    assert!(matches!(edit(Some(&checked)).await, Ok(Outcome::Changed(_))));
}

#[tokio::test]
async fn moving_one_occurrence_leaves_its_slot_and_the_series_alone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    alice
        .patch(&path(&task), json!({"due": {"datetime": "2030-12-01T18:00:00"}}))
        .await
        .expect(200);
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event task.updated v2 p3",
        "update task.updated v2 p3",
        "reminder reminder.scheduled v2 p3",
    ];
    assert_eq!(log, expected);
    let recurrence = facts[0].task().task.as_ref().unwrap().recurrence.clone().unwrap();
    assert_eq!(
        (recurrence.slot.as_str(), recurrence.series_revision),
        ("2030-12-01T09:00:00", 1)
    );
}

#[tokio::test]
async fn a_new_rule_raises_the_revision_and_starts_at_this_occurrence() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let patch = json!({"due": {"datetime": "2030-12-02T10:00:00"}, "recurrence": {"rrule": "FREQ=WEEKLY"}});
    let edited = alice.patch(&path(&task), patch).await.expect(200);
    assert_eq!(
        edited.body["recurrence"],
        json!({"rrule": "FREQ=WEEKLY", "anchor": "schedule", "missed": "skip"})
    );
    assert_eq!(edited.header("taskwire-position"), "4");
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event series.updated v2 p3",
        "update series.updated v2 p3",
        "event task.updated v2 p4",
        "update task.updated v2 p4",
        "reminder reminder.scheduled v2 p4",
    ];
    assert_eq!(log, expected);
    let series = facts[0].task().series.as_ref().unwrap();
    assert_eq!(
        (series.revision, series.dtstart.as_str(), series.count_base),
        (2, "2030-12-02T10:00:00", 1)
    );
    assert_eq!(series.frontier.as_ref().unwrap().slot, "2030-12-02T10:00:00");
    let fields: Vec<_> = facts[0]
        .task()
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    assert_eq!(fields, ["revision", "rrule", "start"]);
}

#[tokio::test]
async fn an_unchanged_rule_keeps_where_it_starts_and_what_it_counted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = json!({
        "title": "Pay the rent", "recurrence": {"every": 1, "unit": "month"},
        "due": {"datetime": "2030-01-31T09:00:00", "timezone": "Europe/Berlin"},
    });
    let first = alice.create(task).await;
    let (_, second) = next_after_completing(&app, &alice, &first).await;
    assert_eq!(second["due"]["datetime"], "2030-02-28T09:00:00");
    app.take_facts().await;
    for (n, adjusted) in [
        json!({"recurrence": {"missed": "keep"}}),
        json!({"recurrence": {"anchor": "completion"}}),
        json!({"recurrence": {"anchor": "schedule", "missed": "skip"}, "due": {"datetime": "2030-02-27T18:00:00"}}),
    ]
    .into_iter()
    .enumerate()
    {
        let edited = alice.patch(&path(&second), adjusted.clone()).await.expect(200).body;
        let facts = app.take_facts().await;
        assert_eq!(facts[0].meta().kind, "series.updated", "{adjusted}");
        let series = facts[0].task().series.as_ref().unwrap();
        assert_eq!(
            (series.dtstart.as_str(), series.count_base, series.revision),
            ("2030-01-31T09:00:00", 1, n as i64 + 2),
            "{adjusted}"
        );
        assert_eq!(series.frontier.as_ref().unwrap().slot, "2030-02-28T09:00:00", "{adjusted}");
        assert_eq!(edited["ordinal"], 2);
    }
    let same =
        json!({"recurrence": {"every": 1, "unit": "month"}, "due": {"datetime": "2030-02-28T20:00:00"}});
    alice.patch(&path(&second), same).await.expect(200);
    assert_eq!(
        app.take_kinds().await,
        ["event task.updated v5 p11", "update task.updated v5 p11"],
        "the same rule once more is no new rule: the due time moves this occurrence alone"
    );
    let (_, third) = next_after_completing(&app, &alice, &second).await;
    assert_eq!(
        third["due"]["datetime"], "2030-03-31T09:00:00",
        "the 31st comes back"
    );
}

#[tokio::test]
async fn null_ends_the_series_and_a_new_rule_revives_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let ended = alice
        .patch(&path(&task), json!({"recurrence": null}))
        .await
        .expect(200);
    assert_eq!(
        (&ended.body["recurrence"], &ended.body["series_id"]),
        (&json!(null), &task["series_id"])
    );
    let facts = app.take_facts().await;
    assert_eq!(facts[0].meta().kind, "series.ended");
    assert!(!facts[0].task().series.as_ref().unwrap().alive);
    assert!(facts[2].task().task.as_ref().unwrap().recurrence.is_none());
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, ended.body);
    let revived = alice
        .patch(&path(&task), json!({"recurrence": {"rrule": "FREQ=WEEKLY"}}))
        .await
        .expect(200);
    assert_eq!(revived.body["series_id"], task["series_id"]);
    let facts = app.take_facts().await;
    let series = facts[0].task().series.as_ref().unwrap();
    assert_eq!(
        (facts[0].meta().kind.as_str(), series.revision, series.alive),
        ("series.updated", 2, true)
    );
}

#[tokio::test]
async fn an_open_task_can_begin_to_recur_and_a_closed_one_cannot() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"date": "2030-12-01", "timezone": "Europe/Berlin"});
    let task = alice.create(json!({"title": "a", "due": due})).await;
    let closed = alice.create(json!({"title": "b", "due": due})).await;
    alice.act(&closed, "complete").await.expect(200);
    app.take_facts().await;
    let rule = json!({"recurrence": {"rrule": "FREQ=DAILY"}});
    let recurring = alice.patch(&path(&task), rule.clone()).await.expect(200);
    assert_eq!(recurring.body["ordinal"], 1);
    let log = app.take_kinds().await;
    let expected = [
        "event series.created v1 p4",
        "update series.created v1 p4",
        "event task.updated v2 p5",
        "update task.updated v2 p5",
    ];
    assert_eq!(log, expected);
    alice
        .patch(&path(&closed), rule)
        .await
        .expect_problem(409, "not-open", None);
    let undated = json!({"due": null});
    alice
        .patch(&path(&task), undated)
        .await
        .expect_problem(422, "validation", Some("/due"));
}
