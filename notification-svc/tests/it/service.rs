//! The whole service on free ports.

use std::time::Duration;

use clap::Parser as _;
use notification_svc::config::Config;
use notification_svc::startup::Application;
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::lifecycle::{Lifecycle, Outcome};
use uuid::Uuid;

use crate::world::{ROLE, World, eventually};

/// Where no broker listens.
pub const NO_BROKER: &str = "127.0.0.1:1";

/// A running replica.
pub struct Service {
    pub api: String,
    pub admin: String,
    pub lifecycle: Lifecycle,
    client: reqwest::Client,
    tokens: std::collections::HashMap<&'static str, String>,
}

/// An answer: status, the headers that matter, and the body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub headers: reqwest::header::HeaderMap,
}

impl Service {
    /// A replica whose webhooks may call this machine.
    pub async fn start(world: &World) -> Self {
        Self::start_with(world, &world.database.url_as(ROLE), "127.0.0.0/8").await
    }

    /// A replica with its consumer.
    pub async fn start_with_broker(world: &World, brokers: &str) -> Self {
        let config = config(world, &world.database.url_as(ROLE), "127.0.0.0/8", brokers);
        Self::build(world, config, Application::start).await
    }

    pub async fn start_with(world: &World, database_url: &str, allow_list: &str) -> Self {
        let config = config(world, database_url, allow_list, NO_BROKER);
        Self::build(world, config, Application::start_without_consumer).await
    }

    async fn build(
        world: &World,
        config: Config,
        start: fn(Application, &Lifecycle) -> anyhow::Result<()>,
    ) -> Self {
        let application = Application::build(config).await.unwrap();
        let api = format!("http://{}", application.api_addr().unwrap());
        let admin = format!("http://{}", application.admin_addr().unwrap());
        world.consume_with(application.handler());
        let lifecycle = Lifecycle::new();
        start(application, &lifecycle).unwrap();
        let token = |user| (user, world.issuer.token(user, Duration::from_secs(600)));
        let tokens = ["alice", "bob"].map(token).into_iter().collect();
        Self {
            api,
            admin,
            lifecycle,
            client: reqwest::Client::new(),
            tokens,
        }
    }

    pub async fn get(&self, user: &'static str, path: &str) -> Answer {
        self.request(Some(user), Method::GET, path, None).await
    }

    pub async fn post(&self, user: &'static str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.request(Some(user), Method::POST, path, body).await
    }

    pub async fn delete(&self, user: &'static str, path: &str) -> Answer {
        self.request(Some(user), Method::DELETE, path, None).await
    }

    pub async fn request(
        &self,
        user: Option<&'static str>,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.api));
        if let Some(user) = user {
            request = request.bearer_auth(&self.tokens[user]);
        }
        if let Some((content_type, body)) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        Answer {
            status,
            body,
            headers,
        }
    }

    /// The user's inbox, newest first.
    pub async fn inbox(&self, user: &'static str) -> Vec<Value> {
        let answer = self.get(user, "/v1/notifications").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["items"].as_array().unwrap().clone()
    }

    /// Waits until the user's inbox has so many items.
    pub async fn inbox_of(&self, user: &'static str, count: usize) -> Vec<Value> {
        eventually("the inbox fills", || async {
            Some(self.inbox(user).await).filter(|items| items.len() >= count)
        })
        .await
    }

    /// Registers a webhook endpoint; its id and secret.
    pub async fn subscribe(&self, user: &'static str, url: &str) -> (Uuid, String) {
        let answer = self
            .post(user, "/v1/webhook-endpoints", Some(json!({ "url": url })))
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let id = answer.body["id"].as_str().unwrap().parse().unwrap();
        (id, answer.body["secret"].as_str().unwrap().to_owned())
    }

    pub async fn stop(self) -> Outcome {
        self.lifecycle.begin_shutdown();
        self.lifecycle.supervise(Duration::from_secs(14)).await
    }
}

fn config(world: &World, database_url: &str, allow_list: &str, brokers: &str) -> Config {
    Config::parse_from([
        "notification-svc",
        "--listen-addr=127.0.0.1:0",
        "--admin-addr=127.0.0.1:0",
        &format!("--kafka-brokers={brokers}"),
        "--registry-url=http://127.0.0.1:1",
        &format!("--database-url={database_url}"),
        &format!("--webhook-allow-list={allow_list}"),
        &format!("--jwt-issuers={}", world.issuer.jwt_issuers()),
        &format!("--jwt-audience={}", world.issuer.audience()),
    ])
}
