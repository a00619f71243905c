//! Versions rise by one and positions have no holes, whoever writes what at the same time; a write at any other version is none.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backend_api::change::{self, Actor, Change};
use backend_api::domain::aggregate::Aggregate;
use backend_api::domain::project::Project;
use backend_api::domain::recurrence::Series;
use backend_api::domain::saved_filter::SavedFilter;
use backend_api::domain::settings::Settings;
use backend_api::domain::tag::Tag;
use backend_api::domain::task::Task;
use backend_api::error::Error;
use backend_api::store::Stored;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared_events::event::intent;
use shared_events::event::task::kind;
use shared_events::ids::{ActionId, SettingsId, UserId, Version};
use sqlx::PgPool;

use crate::app::{App, Fact, ROLE, Reply, User, daily, path};
use crate::filters_saved::save;
use crate::projects::{place, project};

/// What the writers of one user share.
struct Shared {
    user: User,
    tasks: Vec<Value>,
    projects: Vec<Value>,
    tag: Value,
    full: Value,
}

impl Shared {
    async fn of(user: User) -> Self {
        let full = project(&user, "full").await;
        for n in 0..101 {
            user.create(json!({"title": n.to_string(), "project_id": full["id"]}))
                .await;
        }
        let tasks = vec![
            user.create(json!({"title": "a"})).await,
            user.create(json!({"title": "b"})).await,
            user.create(daily()).await,
        ];
        let projects = vec![project(&user, "one").await, project(&user, "other").await];
        let tag = user.tag("home").await;
        Self {
            user,
            tasks,
            projects,
            tag,
            full,
        }
    }

    /// One write, of many kinds.
    async fn write(&self, n: usize) {
        let (task, other) = (&self.tasks[n % 3], &self.tasks[(n + 1) % 3]);
        let (one, two) = (&self.projects[n % 2], &self.projects[(n + 1) % 2]);
        let tag = format!("/v1/tags/{}", self.tag["id"].as_str().unwrap());
        match n % 13 {
            0 => {
                self.send(
                    Method::PATCH,
                    path(task),
                    Some(json!({"description": n.to_string()})),
                )
                .await
            }
            1 => {
                self.send(Method::POST, format!("{}/complete", path(task)), None)
                    .await
            }
            2 => {
                self.send(Method::POST, format!("{}/reopen", path(task)), None)
                    .await
            }
            3 => {
                self.send(
                    Method::POST,
                    format!("{}/move", path(task)),
                    Some(json!({"after": other["id"]})),
                )
                .await
            }
            4 => {
                self.send(Method::PATCH, tag, Some(json!({"name": format!("tag {n}")})))
                    .await
            }
            5 => {
                self.send(
                    Method::PATCH,
                    place(one),
                    Some(json!({"archived": n.is_multiple_of(2)})),
                )
                .await
            }
            6 => {
                self.send(
                    Method::POST,
                    format!("{}/move", place(one)),
                    Some(json!({"before": two["id"]})),
                )
                .await
            }
            7 => {
                self.send(
                    Method::PATCH,
                    "/v1/me".to_owned(),
                    Some(json!({"default_reminders": [format!("PT{n}M")]})),
                )
                .await
            }
            8 => {
                self.send(
                    Method::POST,
                    "/v1/tasks".to_owned(),
                    Some(json!({"title": n, "id": null})),
                )
                .await
            }
            9 => {
                self.send(
                    Method::POST,
                    "/v1/tasks".to_owned(),
                    Some(json!({"title": n.to_string()})),
                )
                .await
            }
            10 => {
                self.send(Method::POST, "/v1/tasks".to_owned(), Some(daily()))
                    .await
            }
            11 => {
                self.send(Method::DELETE, path(&self.tasks[1]), None).await;
                self.send(Method::POST, format!("{}/restore", path(&self.tasks[1])), None)
                    .await
            }
            _ => self.send(Method::DELETE, place(&self.full), None).await,
        };
    }

    /// Sends until it is this write's turn.
    async fn send(&self, method: Method, path: String, body: Option<Value>) -> Reply {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let reply = self.user.call(method.clone(), &path, body.clone(), None).await;
            if reply.status != StatusCode::SERVICE_UNAVAILABLE {
                assert!(!reply.status.is_server_error(), "{method} {path}: {reply:#?}");
                return reply;
            }
            assert!(Instant::now() < deadline, "{method} {path}: {reply:#?}");
        }
    }
}

/// That a user's facts have every version and every position once, in their order; how many positions there are.
fn assert_dense(facts: &[Fact], user: &str) -> i64 {
    let (mut versions, mut last, mut pushed) = (BTreeMap::new(), 0, 0);
    let mut open: BTreeSet<i64> = BTreeSet::new();
    for fact in facts.iter().filter(|fact| fact.meta().user_id.as_str() == user) {
        let meta = fact.meta();
        match fact {
            Fact::Task(_) => {
                let version = versions.entry(meta.aggregate_id.clone()).or_insert(0);
                assert_eq!(meta.previous.get(), *version, "{fact}");
                assert_eq!(meta.version.get(), *version + 1, "{fact}");
                *version += 1;
                assert_eq!(meta.position.get(), last + 1, "{fact}");
                last += 1;
                open.insert(last);
            }
            Fact::Update(update) => {
                assert_eq!(update.refresh, update.from != meta.position, "{fact}");
                assert_eq!(update.from.get(), pushed + 1, "{fact}");
                for position in update.from.get()..=meta.position.get() {
                    assert!(open.remove(&position), "{fact} is of a change");
                }
                pushed = meta.position.get();
            }
            Fact::Reminder(_) => assert_eq!(meta.position.get(), last, "{fact}"),
        }
    }
    assert_eq!((open.len(), pushed), (0, last));
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_of_two_users_leave_every_version_and_every_position_once() {
    let app = App::start().await;
    let (alice, bob) = tokio::join!(Shared::of(app.user("alice")), Shared::of(app.user("bob")));
    let writers = (0..50).map(|n| {
        let shared = if n % 2 == 0 { &alice } else { &bob };
        async move {
            for round in 0..3 {
                shared.write(n / 2 + round * 25).await;
            }
        }
    });
    join_all(writers).await;
    let facts = app.facts().await;
    let refreshes = facts
        .iter()
        .filter(|fact| matches!(fact, Fact::Update(update) if update.refresh));
    assert_eq!(refreshes.count(), 2, "each deleted a full project");
    for user in ["alice", "bob"] {
        let last = assert_dense(&facts, user);
        let stored = "SELECT position FROM tasks.user_state WHERE user_id = $1";
        let stored: i64 = sqlx::query_scalar(stored)
            .bind(user)
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(stored, last, "{user}");
        assert!(last > 240, "{user} wrote much: {last}");
    }
    let rows = "SELECT count(*) FROM (
        SELECT user_id, position FROM tasks.task UNION ALL SELECT user_id, position FROM tasks.series UNION ALL
        SELECT user_id, position FROM tasks.tag UNION ALL SELECT user_id, position FROM tasks.project UNION ALL
        SELECT user_id, position FROM tasks.filter UNION ALL
        SELECT user_id, position FROM tasks.settings) AS changed GROUP BY user_id, position HAVING count(*) > 1";
    let doubles: Vec<i64> = sqlx::query_scalar(rows).fetch_all(&app.pool).await.unwrap();
    assert_eq!(doubles, Vec::<i64>::new(), "no two rows have one position");
}

fn actor() -> Actor {
    Actor {
        user: UserId::parse("alice").unwrap(),
        name: "user:alice".to_owned(),
        action: ActionId::new(),
        cause: None,
        intent: intent::EDIT,
        unconditional: false,
    }
}

/// Changes something else first, and then `make` writes at a wrong version.
async fn assert_refused(
    app: &App,
    pool: &PgPool,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<(), Error>,
) {
    let before = app.number("SELECT position FROM tasks.user_state").await;
    let made = change::alone(pool, actor(), async |change| {
        let tag = Tag::new(
            "written before".parse().unwrap(),
            change.next_position(),
            change.now(),
        );
        change.create(&tag, ()).await?;
        make(change).await
    });
    match made.await {
        Err(Error::Database(error)) => {
            assert!(error.to_string().contains("not at the version before"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, before);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.tag WHERE name = 'written before'")
            .await,
        0
    );
}

async fn stored<T: Stored>(pool: &PgPool, id: &Value) -> T
where
    T::Id: From<uuid::Uuid>,
{
    let user = actor().user;
    let mut transaction = pool.begin().await.unwrap();
    shared_events::outbox::act_as(&mut transaction, user.as_str())
        .await
        .unwrap();
    let id = T::Id::from(id.as_str().unwrap().parse().unwrap());
    T::get(&mut transaction, &user, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_write_at_another_version_is_refused_and_takes_all_else_of_its_transaction_along() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    let garden = project(&alice, "Garden").await;
    alice
        .patch(&place(&garden), json!({"name": "b"}))
        .await
        .expect(200);
    let tag = alice.tag("home").await;
    let soon = save(&alice, "Soon", "due < today + 7d").await;
    let me = alice
        .patch("/v1/me", json!({"timezone": "UTC"}))
        .await
        .expect(200)
        .body;
    app.take_facts().await;
    let pool = app.database.pool_as(ROLE).await;
    let of_task: Task = stored(&pool, &task["id"]).await;
    let of_series: Series = stored(&pool, &task["series_id"]).await;
    let of_project: Project = stored(&pool, &garden["id"]).await;
    let of_tag: Tag = stored(&pool, &tag["id"]).await;
    let of_filter: SavedFilter = stored(&pool, &soon["id"]).await;
    let of_settings: Settings = stored(&pool, &me["id"]).await;
    assert_eq!(of_settings.id, SettingsId::of(&actor().user));
    for wrong in [-1, 0, 2] {
        let at = |version: Version| Version(version.get() + wrong);
        assert_refused(&app, &pool, async |change| {
            let after = Task {
                version: at(of_task.version),
                position: change.next_position(),
                ..of_task.clone()
            };
            change
                .update(kind::TASK_UPDATED, &of_task, &after, Some(&of_series))
                .await
        })
        .await;
        assert_refused(&app, &pool, async |change| {
            let after = Series {
                version: at(of_series.version),
                position: change.next_position(),
                ..of_series.clone()
            };
            change
                .update(kind::SERIES_UPDATED, &of_series, &after, &of_task)
                .await
        })
        .await;
        assert_refused(&app, &pool, async |change| {
            let after = Project {
                version: at(of_project.version),
                position: change.next_position(),
                ..of_project.clone()
            };
            change
                .update(kind::PROJECT_UPDATED, &of_project, &after, ())
                .await
        })
        .await;
        assert_refused(&app, &pool, async |change| {
            let after = SavedFilter {
                version: at(of_filter.version),
                position: change.next_position(),
                ..of_filter.clone()
            };
            change.update(kind::FILTER_UPDATED, &of_filter, &after, ()).await
        })
        .await;
        assert_refused(&app, &pool, async |change| {
            let after = Tag {
                version: at(of_tag.version),
                position: change.next_position(),
                ..of_tag.clone()
            };
            change.update(kind::TAG_UPDATED, &of_tag, &after, ()).await
        })
        .await;
        assert_refused(&app, &pool, async |change| {
            let after = Settings {
                version: at(of_settings.version),
                position: change.next_position(),
                ..of_settings.clone()
            };
            change
                .update(kind::SETTINGS_UPDATED, &of_settings, &after, ())
                .await
        })
        .await;
    }
    let now: Task = stored(&pool, &task["id"]).await;
    assert_eq!((now.version(), now.details), (Version(2), of_task.details));
}
