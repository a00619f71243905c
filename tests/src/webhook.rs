//! A webhook receiver on loopback that believes no call whose Standard Webhooks signature does not verify.

use std::fmt;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use serde_json::Value;
use standardwebhooks::Webhook;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

use crate::journal::Journal;

/// Listens until dropped.
#[derive(Debug)]
pub struct Receiver {
    server: MockServer,
    secret: Arc<OnceLock<String>>,
    /// Every call, in order of arrival.
    pub calls: Journal<Call>,
}

#[derive(Debug, Clone)]
pub struct Call {
    /// The `webhook-id` header: the same for every attempt of one message.
    pub id: String,
    pub body: Value,
    /// Whether the signature verifies, or why not.
    pub verified: Result<(), String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.body)
    }
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let secret = Arc::new(OnceLock::new());
        let calls = Journal::default();
        let server = MockServer::start().await;
        let check = Check {
            secret: Arc::clone(&secret),
            calls: calls.clone(),
        };
        Mock::given(matchers::any())
            .respond_with(check)
            .mount(&server)
            .await;
        Self {
            server,
            secret,
            calls,
        }
    }

    pub fn url(&self) -> String {
        format!("{}/hook", self.server.uri())
    }

    /// Takes the `whsec_…` secret that registering answered. Calls before this fail verification.
    pub fn trust(&self, secret: &str) -> anyhow::Result<()> {
        self.secret
            .set(secret.to_owned())
            .ok()
            .context("the receiver already has a secret")
    }
}

struct Check {
    secret: Arc<OnceLock<String>>,
    calls: Journal<Call>,
}

impl Respond for Check {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let verified = self.verify(request);
        let status = if verified.is_ok() { 204 } else { 401 };
        let id = request
            .headers
            .get("webhook-id")
            .and_then(|id| id.to_str().ok())
            .unwrap_or_default();
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        self.calls.record(Call {
            id: id.to_owned(),
            body,
            verified,
        });
        ResponseTemplate::new(status)
    }
}

impl Check {
    fn verify(&self, request: &Request) -> Result<(), String> {
        let secret = self
            .secret
            .get()
            .ok_or("the receiver does not know the secret yet")?;
        let webhook = Webhook::new(secret).map_err(|e| e.to_string())?;
        webhook
            .verify(&request.body, &request.headers)
            .map_err(|e| e.to_string())
    }
}
