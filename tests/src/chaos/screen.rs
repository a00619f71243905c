//! A screen: somebody's socket that comes back whenever it is cut off, with the last positions it has, and finds fault
//! with every position that is missing or out of order.

mod model;

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rand::RngExt as _;
use reqwest::Url;
use serde_json::{Value, json};

pub use self::model::{Model, Reaction};
use super::load::Someone;
use crate::background::Background;
use crate::socket::{self, Stream};
use crate::wait_until;

const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a screen tries to catch up over REST before it says that it cannot.
const CATCH_UP: Duration = Duration::from_secs(180);
const ANSWER: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);
/// How long a screen stays connected at most, in milliseconds.
const VISIT: Range<u64> = 3_000..9_000;

/// Where a screen gets what it shows.
#[derive(Debug, Clone)]
pub struct Sources {
    pub gateway: Vec<Url>,
    pub api: Vec<Url>,
    pub notifications: Vec<Url>,
}

/// Follows one person's changes until dropped.
#[derive(Debug)]
pub struct Screen {
    pub user: String,
    model: Arc<Mutex<Model>>,
    _task: Background,
}

impl Screen {
    pub fn open(someone: &Someone, sources: Sources) -> Self {
        let model = Arc::new(Mutex::new(Model::default()));
        let viewer = Viewer {
            token: someone.token.clone(),
            sources,
            http: reqwest::Client::new(),
            model: Arc::clone(&model),
            turn: 0,
        };
        Self {
            user: someone.user.clone(),
            model,
            _task: Background::run(viewer.run()),
        }
    }

    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Viewer {
    token: String,
    sources: Sources,
    http: reqwest::Client,
    model: Arc<Mutex<Model>>,
    turn: usize,
}

impl Viewer {
    async fn run(mut self) {
        loop {
            // That a gateway is away is what this is about; why one connection ended is the gateway's to explain.
            let _cut_off = self.watch().await;
            self.turn = self.turn.wrapping_add(1);
            // Sleeps because a gateway that is away is not there at once.
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn watch(&mut self) -> anyhow::Result<()> {
        let gateway = pick(&self.sources.gateway, self.turn)?;
        let since = self.model().since();
        let connecting = socket::connect(gateway, &self.token, since);
        let (mut stream, connected) = tokio::time::timeout(HANDSHAKE, connecting).await??;
        let recovered = |name: &str| connected.pointer(&format!("/recovered/{name}")) == Some(&json!(true));
        self.model()
            .connected(recovered("tasks"), recovered("notifications"));
        if !recovered("tasks") {
            self.fetch_tasks().await?;
        }
        if !recovered("notifications") {
            self.fetch_notifications().await?;
        }
        // Whoever stays for ever never comes to a gateway that was started later.
        let visit = Duration::from_millis(rand::rng().random_range(VISIT));
        tokio::time::timeout(visit, self.follow(&mut stream))
            .await
            .unwrap_or(Ok(()))
    }

    async fn follow(&mut self, stream: &mut Stream) -> anyhow::Result<()> {
        while let Some(message) = socket::next_json(stream).await {
            if message.get("type").and_then(Value::as_str) == Some("event") {
                let seen = self.model().see(&message);
                match seen {
                    Reaction::Nothing => {}
                    Reaction::Fetch => self.fetch_tasks().await?,
                }
            }
        }
        Ok(())
    }

    async fn fetch_tasks(&self) -> anyhow::Result<()> {
        let mut path = self.model().sync_path();
        loop {
            let page = self.get(&self.sources.api, &path, "the sync").await?;
            self.model().synced(&page);
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(cursor) => path = format!("/v1/sync?limit=200&cursor={cursor}"),
                None => break,
            }
        }
        self.model().fetched_tasks();
        Ok(())
    }

    async fn fetch_notifications(&self) -> anyhow::Result<()> {
        let mut path = self.model().inbox_path();
        loop {
            let page = self.get(&self.sources.notifications, &path, "the inbox").await?;
            self.model().listed(&page);
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(cursor) => path = format!("/v1/notifications?limit=200&cursor={cursor}"),
                None => return Ok(()),
            }
        }
    }

    async fn get(&self, bases: &[Url], path: &str, what: &str) -> anyhow::Result<Value> {
        let turn = AtomicUsize::new(self.turn);
        wait_until(CATCH_UP, what, || async {
            let url = pick(bases, turn.fetch_add(1, Ordering::Relaxed))?.join(path)?;
            let request = self.http.get(url).bearer_auth(&self.token).timeout(ANSWER);
            let answer = request.send().await?.error_for_status()?;
            Ok(Ok(answer.json().await?))
        })
        .await
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pick(urls: &[Url], turn: usize) -> anyhow::Result<&Url> {
    urls.get(turn % urls.len().max(1))
        .context("the service has an address")
}
