//! Changes at random, the same for the same seed.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::ZONES;
use crate::app::{App, Reply, User, path};
use crate::commands::{apply, next_of};
use crate::projects::{place, project};

pub(super) struct Walk<'a> {
    app: &'a App,
    random: Random,
    users: [User; 2],
    tasks: [Vec<Value>; 2],
    projects: [Vec<Value>; 2],
    now: DateTime<Utc>,
    /// Those that were not refused.
    pub(super) changes: usize,
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len())])
    }
}

impl<'a> Walk<'a> {
    pub(super) async fn new(app: &'a App, seed: u64) -> Self {
        let now = sqlx::query_scalar("SELECT now()").fetch_one(&app.pool).await;
        Self {
            app,
            random: Random(seed),
            users: ["alice", "bob"].map(|name| app.user(name)),
            tasks: [vec![], vec![]],
            projects: [vec![], vec![]],
            now: now.unwrap(),
            changes: 0,
        }
    }

    /// One change, or one that is refused.
    pub(super) async fn step(&mut self) {
        let who = self.random.below(4) / 3;
        let user = self.users[who].clone();
        let task = self.random.of(&self.tasks[who]).cloned();
        let change = self.random.below(30);
        let reply = match (change, task) {
            (0..=6, _) | (_, None) => self.create(who).await,
            (7..=10, Some(task)) => {
                user.patch(&path(&task), json!({"due": self.due(), "allow_past_due": true}))
                    .await
            }
            (11..=12, Some(task)) => {
                user.patch(&path(&task), json!({"project_id": self.project(who)}))
                    .await
            }
            (13..=17, Some(task)) => user.act(&task, "complete").await,
            (18..=19, Some(task)) => user.act(&task, "reopen").await,
            (20, Some(task)) => user.act(&task, "skip").await,
            (21..=22, Some(task)) => user.delete(&path(&task)).await,
            (23, Some(task)) => user.act(&task, "restore").await,
            (24, Some(task)) => self.batch(who, &task).await,
            (25, Some(_)) => self.new_project(who).await,
            (26, Some(_)) => self.delete_project(who).await,
            (27, Some(task)) => return self.follow(&task).await,
            (28, Some(_)) => return self.backdate(who).await,
            (_, Some(_)) => self.erase_seldom(who).await,
        };
        self.changes += usize::from(reply.status.is_success());
        assert!(!reply.status.is_server_error(), "{reply:#?}");
    }

    async fn create(&mut self, who: usize) -> Reply {
        let mut body = json!({"title": "a", "due": self.due(), "project_id": self.project(who),
                              "allow_past_due": true});
        if body["due"].is_object() && self.random.below(3) == 0 {
            body["recurrence"] = json!({"rrule": "FREQ=DAILY"});
        }
        if self.random.below(5) == 0 {
            body["parent_id"] = self
                .random
                .of(&self.tasks[who])
                .map_or(json!(null), |task| task["id"].clone());
        }
        let reply = self.users[who].post("/v1/tasks", body).await;
        if reply.status == 201 {
            self.tasks[who].push(reply.body.clone());
        }
        reply
    }

    /// None, a whole day or a time: within some days or some minutes of now.
    fn due(&mut self) -> Value {
        let zone = ZONES[self.random.below(ZONES.len())];
        let days = self.random.below(7) as i64 - 3;
        let minutes = self.random.below(60) as i64 - 30;
        match self.random.below(4) {
            0 => json!(null),
            1 => json!({"date": (self.now + Duration::days(days)).date_naive(), "timezone": zone}),
            2 => {
                let at = self.now + Duration::days(days) + Duration::minutes(15 * minutes);
                json!({"datetime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timezone": zone})
            }
            _ => {
                let at = self.now + Duration::minutes(minutes);
                json!({"datetime": at.format("%Y-%m-%dT%H:%M:00").to_string(), "timezone": "UTC"})
            }
        }
    }

    fn project(&mut self, who: usize) -> Value {
        let project = self.random.of(&self.projects[who]);
        project.map_or(json!(null), |project| project["id"].clone())
    }

    async fn new_project(&mut self, who: usize) -> Reply {
        let made = project(&self.users[who], &format!("p{}", self.random.0)).await;
        let reply = self.users[who].get(&place(&made)).await;
        self.projects[who].push(made);
        reply
    }

    async fn delete_project(&mut self, who: usize) -> Reply {
        match self.projects[who].pop() {
            Some(project) => self.users[who].delete(&place(&project)).await,
            None => self.new_project(who).await,
        }
    }

    async fn batch(&mut self, who: usize, task: &Value) -> Reply {
        let all = self.random.below(2) == 0;
        let id = |n: usize| format!("c{n}-{}", task["version"]);
        let unique = self.random.0;
        let body = json!({"all_or_nothing": all, "commands": [
            {"id": format!("{}{unique}", id(1)), "command": "task.create", "body": {"title": "b", "due": self.due(), "allow_past_due": true}},
            {"id": format!("{}{unique}", id(2)), "command": "task.complete", "target": task["id"], "body": {}},
            {"id": format!("{}{unique}", id(3)), "command": "task.create", "body": {"title": "c", "project_id": self.project(who)}},
        ]});
        self.users[who].post("/v1/batch", body).await
    }

    /// What recurring-svc would ask for.
    async fn follow(&mut self, task: &Value) {
        if task["series_id"].is_string() && self.tasks[0].contains(task) {
            let pool = self.app.database.pool_as(crate::app::ROLE).await;
            let (at, ordinal) = (task["due"].clone(), 2 + self.random.below(2) as i32);
            let start = at["datetime"].as_str().or(at["date"].as_str()).unwrap();
            apply(&pool, &next_of(task, ordinal, start)).await.unwrap();
        }
    }

    /// Makes what was done be done some time ago.
    async fn backdate(&mut self, who: usize) {
        let name = ["alice", "bob"][who];
        let quarters = self.random.below(900) as i32;
        let back = "UPDATE tasks.task SET completed_at = now() - $2 * interval '15 minutes'
                     WHERE user_id = $1 AND completed_at IS NOT NULL AND position % 3 = $2 % 3";
        let moved = sqlx::query(back)
            .bind(name)
            .bind(quarters)
            .execute(&self.app.pool)
            .await;
        moved.unwrap();
    }

    async fn erase_seldom(&mut self, who: usize) -> Reply {
        if self.random.below(3) > 0 {
            return self.create(who).await;
        }
        self.tasks[who].clear();
        self.projects[who].clear();
        self.users[who].delete("/v1/me?confirm=everything").await
    }
}
