//! The whole service on free ports.

use std::time::Duration;

use audit_svc::config::Config;
use audit_svc::startup::Application;
use clap::Parser as _;
use serde_json::Value;
use service_kit::lifecycle::{Lifecycle, Outcome};
use service_kit::testing::{Database, TestIssuer};

use crate::facts::{self, ROLE};

/// A running service with a database and a token issuer of its own.
pub(crate) struct Service {
    pub(crate) database: Database,
    pub(crate) issuer: TestIssuer,
    pub(crate) api: String,
    pub(crate) admin: String,
    pub(crate) lifecycle: Lifecycle,
    client: reqwest::Client,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let database = facts::database().await;
        let issuer = TestIssuer::new();
        let application = Application::build(config(&database, &issuer)).await.unwrap();
        let api = format!("http://{}", application.api_addr().unwrap());
        let admin = format!("http://{}", application.admin_addr().unwrap());
        let lifecycle = Lifecycle::new();
        application.start(&lifecycle).unwrap();
        Self {
            database,
            issuer,
            api,
            admin,
            lifecycle,
            client: reqwest::Client::new(),
        }
    }

    /// GET as `user`; the status and the JSON body.
    pub(crate) async fn get(&self, user: &str, path: &str) -> (u16, Value) {
        let token = self.issuer.token(user, Duration::from_secs(60));
        self.get_with(Some(&token), path).await
    }

    pub(crate) async fn get_with(&self, token: Option<&str>, path: &str) -> (u16, Value) {
        let mut request = self.client.get(format!("{}{path}", self.api));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn stop(self) -> Outcome {
        self.lifecycle.begin_shutdown();
        self.lifecycle.supervise(Duration::from_secs(12)).await
    }
}

fn config(database: &Database, issuer: &TestIssuer) -> Config {
    let url = database.url_as(ROLE);
    // No broker listens there: the API answers all the same.
    Config::parse_from([
        "audit-svc",
        "--listen-addr=127.0.0.1:0",
        "--admin-addr=127.0.0.1:0",
        "--kafka-brokers=127.0.0.1:1",
        "--registry-url=http://127.0.0.1:1",
        &format!("--database-url={url}"),
        &format!("--jwt-issuers={}", issuer.jwt_issuers()),
        &format!("--jwt-audience={}", issuer.audience()),
        "--cors-allowed-origins=https://app.example.org",
    ])
}
