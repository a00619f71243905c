//! A person's HTTP calls: to backend-api, notification-svc and audit-svc alike.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use crate::journal::Seen;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls one service with one token.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Answer {
    /// The request, for messages: `POST /v1/tasks`.
    pub request: String,
    pub sent: Instant,
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The JSON body; null when there is none.
    pub body: Value,
}

impl Api {
    /// A caller of the service at `base`; without a token, an anonymous one.
    pub fn new(http: reqwest::Client, base: Url, token: Option<String>) -> Self {
        Self { http, base, token }
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Seen<Answer>> {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Seen<Answer>> {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> anyhow::Result<Seen<Answer>> {
        self.call(Method::PATCH, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> anyhow::Result<Seen<Answer>> {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Any request, with headers of its own.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Seen<Answer>> {
        let request = format!("{method} {path}");
        let url = self.base.join(path).with_context(|| format!("no URL: {path}"))?;
        let mut call = self
            .http
            .request(method, url.clone())
            .timeout(TIMEOUT)
            .headers(header_map(headers)?);
        if let Some(token) = &self.token {
            call = call.bearer_auth(token);
        }
        if let Some(body) = body {
            call = call.json(&body);
        }
        let sent = Instant::now();
        let response = call.send().await.with_context(|| format!("{request} at {url}"))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response
            .bytes()
            .await
            .with_context(|| format!("the answer to {request}"))?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Seen::now(Answer {
            request,
            sent,
            status,
            headers,
            body,
        }))
    }
}

impl Answer {
    /// Insists on a status; the error shows what came instead.
    pub fn expect(&self, status: StatusCode) -> anyhow::Result<&Self> {
        if self.status != status {
            bail!(
                "{} answered {} instead of {status}: {}",
                self.request,
                self.status,
                self.body
            );
        }
        Ok(self)
    }

    /// A string somewhere in the body, by JSON pointer.
    pub fn text(&self, pointer: &str) -> anyhow::Result<&str> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.with_context(|| {
            format!(
                "no text at {pointer} in the answer to {}: {}",
                self.request, self.body
            )
        })
    }

    /// A whole number somewhere in the body, by JSON pointer.
    pub fn number(&self, pointer: &str) -> anyhow::Result<i64> {
        let found = self.body.pointer(pointer).and_then(Value::as_i64);
        found.with_context(|| {
            format!(
                "no number at {pointer} in the answer to {}: {}",
                self.request, self.body
            )
        })
    }

    pub fn items(&self) -> anyhow::Result<&[Value]> {
        let found = self.body.pointer("/items").and_then(Value::as_array);
        let items =
            found.with_context(|| format!("no items in the answer to {}: {}", self.request, self.body))?;
        Ok(items)
    }
}

fn header_map(headers: &[(&'static str, &str)]) -> anyhow::Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for &(name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
    }
    Ok(map)
}
