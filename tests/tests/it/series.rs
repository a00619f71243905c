//! A recurring task that a hundred requests change at the same moment comes back exactly once, by way of the broker.

use futures_util::future::try_join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::api::Api;
use tests::socket::Socket;
use tests::story::PATIENCE;
use tests::wait::wait_until;
use tests::{Person, World};

const REQUESTS: usize = 100;

/// A daily task with a sub-task, whose completion is watched.
struct Daily {
    person: Person,
    socket: Socket,
    task: String,
    series: String,
}

impl Daily {
    async fn create() -> anyhow::Result<Self> {
        let person = World::open().expect("a running stack").person("fay")?;
        let due = json!({"datetime": "2031-05-01T09:00:00", "timezone": "Europe/Berlin"});
        let task = json!({"title": "Plants", "due": due, "recurrence": {"rrule": "FREQ=DAILY"}});
        let task = person.tasks.post("/v1/tasks", task).await?.item;
        let series = task.expect(StatusCode::CREATED)?.text("/series_id")?.to_owned();
        let task = task.text("/id")?.to_owned();
        let part = json!({"title": "Fill the can", "parent_id": task});
        let part = person.tasks.post("/v1/tasks", part).await?.item;
        part.expect(StatusCode::CREATED)?;
        Ok(Self {
            socket: person.socket().await?,
            person,
            task,
            series,
        })
    }

    /// The occurrence of this number, once it is told.
    async fn occurrence(&self, ordinal: i32) -> anyhow::Result<String> {
        let is_it = |message: &Value| message.pointer("/event/task/ordinal") == Some(&json!(ordinal));
        let told = self.socket.event(PATIENCE, "task.created", is_it).await?.item;
        let id = told.pointer("/event/task/id").and_then(Value::as_str);
        Ok(id.expect("an id").to_owned())
    }

    /// Completes the second occurrence too: the command that follows from it is handled after all those before it. Each of
    /// three occurrences is there once then, with a sub-task of its own.
    async fn came_back_once(&self) -> anyhow::Result<()> {
        let second = self.occurrence(2).await?;
        answered(&self.person.tasks, &second, "complete").await?;
        self.occurrence(3).await?;

        let path = format!("/v1/series/{}/occurrences", self.series);
        let answer = self.person.tasks.get(&path).await?.item;
        let occurrences = answer.expect(StatusCode::OK)?.items()?;
        let ordinals: Vec<_> = occurrences.iter().map(|task| &task["ordinal"]).collect();
        assert_eq!(ordinals, [3, 2, 1]);
        let answer = self.person.tasks.get("/v1/tasks?limit=200").await?.item;
        let tasks = answer.expect(StatusCode::OK)?.items()?;
        assert_eq!(tasks.len(), 6, "{tasks:?}");
        for occurrence in occurrences {
            let parts = tasks.iter().filter(|task| task["parent_id"] == occurrence["id"]);
            assert_eq!(parts.count(), 1, "{occurrence}");
        }
        Ok(())
    }
}

/// Asks until it is done: of many changes of one user some are told to come again.
async fn answered(tasks: &Api, task: &str, verb: &str) -> anyhow::Result<()> {
    let path = format!("/v1/tasks/{task}{}", verb_path(verb));
    wait_until(PATIENCE, &path, async || {
        let answer = match verb {
            "edit" => tasks.patch(&path, json!({"title": "Plants!"})).await?.item,
            _ => tasks.post(&path, json!({})).await?.item,
        };
        match answer.status {
            StatusCode::OK => Ok(Ok(())),
            StatusCode::SERVICE_UNAVAILABLE => Ok(Err(answer.body.to_string())),
            _ => panic!("{verb} answered {}: {}", answer.status, answer.body),
        }
    })
    .await
}

fn verb_path(verb: &str) -> String {
    match verb {
        "edit" => String::new(),
        verb => format!("/{verb}"),
    }
}

#[tokio::test]
async fn of_a_hundred_completions_at_once_one_brings_the_task_back() -> anyhow::Result<()> {
    let daily = Daily::create().await?;
    let completions = (0..REQUESTS).map(|_| answered(&daily.person.tasks, &daily.task, "complete"));
    try_join_all(completions).await?;
    daily.came_back_once().await
}

#[tokio::test]
async fn completions_reopenings_and_edits_at_once_bring_the_task_back_once() -> anyhow::Result<()> {
    let daily = Daily::create().await?;
    let verbs = ["complete", "reopen", "edit", "complete"].into_iter().cycle();
    let changes = verbs
        .take(REQUESTS)
        .map(|verb| answered(&daily.person.tasks, &daily.task, verb));
    try_join_all(changes).await?;
    answered(&daily.person.tasks, &daily.task, "complete").await?;
    daily.came_back_once().await
}
