//! One change over HTTP: any replica, the same Idempotency-Key until the outcome is known.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url};
use serde_json::Value;
use uuid::Uuid;

use super::request::Request;
use crate::chaos::recorder::sha256;

/// How long one request may take: less than a service that is stopped takes for its requests in hand.
const ANSWER: Duration = Duration::from_secs(5);
/// How long somebody asks for the outcome of one change.
const INSIST: Duration = Duration::from_secs(60);
/// How often somebody does not ask again, in percent.
const GIVE_UP: u32 = 15;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Caller {
    http: reqwest::Client,
    bases: Vec<Url>,
    token: String,
    turn: usize,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Made {
        answer: Answer,
        slot: usize,
        asked_again: bool,
    },
    Unknown,
    Refused(u16),
}

/// What a 2xx says.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) task: String,
    pub(super) version: i64,
    pub(super) position: i64,
    pub(super) body: Value,
    /// The Idempotency-Key that it was made with.
    pub(super) key: String,
    status: u16,
    body_sha256: String,
}

/// What must be the same whenever the same change is asked for again: status, version, position and the body's hash.
pub(super) type Identity = (u16, i64, i64, String);

impl Answer {
    pub(super) fn identity(&self) -> Identity {
        (self.status, self.version, self.position, self.body_sha256.clone())
    }
}

enum Reply {
    Answered(StatusCode, HeaderMap, Vec<u8>),
    /// Nobody was there to take the request.
    NotSent,
    /// It was sent, and no answer came.
    Lost,
}

impl Caller {
    pub(super) fn new(bases: Vec<Url>, token: &str) -> anyhow::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().timeout(ANSWER).build()?,
            bases,
            token: token.to_owned(),
            turn: 0,
        })
    }

    /// Makes a change, whichever replica takes it.
    pub(super) async fn make(&mut self, request: &Request, rng: &mut StdRng) -> anyhow::Result<Outcome> {
        let key = Uuid::new_v4().to_string();
        let deadline = Instant::now() + INSIST;
        let mut lost = false;
        // Replicas take turns.
        self.turn = self.turn.wrapping_add(1);
        loop {
            let slot = self.turn % self.bases.len().max(1);
            match self.send(slot, request, &key).await? {
                Reply::Answered(status, headers, body) if status.is_success() => {
                    let answer = read(request, status, &headers, &body, &key)?;
                    return Ok(Outcome::Made {
                        answer,
                        slot,
                        asked_again: lost,
                    });
                }
                Reply::Answered(status, _, body) if is_final(status, &body) => {
                    // A 4xx is decided anew each time; what was lost before may still be under way, in a process that
                    // stands still, and be made when that goes on.
                    return Ok(if lost {
                        Outcome::Unknown
                    } else {
                        Outcome::Refused(status.as_u16())
                    });
                }
                Reply::Answered(..) | Reply::Lost => {
                    lost = true;
                    if rng.random_range(0..100) < GIVE_UP {
                        return Ok(Outcome::Unknown);
                    }
                }
                Reply::NotSent => {}
            }
            if Instant::now() > deadline {
                return Ok(if lost {
                    Outcome::Unknown
                } else {
                    Outcome::Refused(0)
                });
            }
            self.turn = self.turn.wrapping_add(1);
            // Sleeps because whoever asks again at once for the whole deadline does nothing else.
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What is answered when an answered change is asked for again; none when nobody can say now.
    pub(super) async fn repeat(
        &mut self,
        request: &Request,
        first: &Answer,
    ) -> anyhow::Result<Option<Identity>> {
        self.turn = self.turn.wrapping_add(1);
        let slot = self.turn % self.bases.len().max(1);
        let Reply::Answered(status, headers, body) = self.send(slot, request, &first.key).await? else {
            return Ok(None);
        };
        if status.is_success() {
            let again = read(request, status, &headers, &body, &first.key)?;
            return Ok(Some(again.identity()));
        }
        Ok(is_final(status, &body).then(|| (status.as_u16(), 0, 0, sha256(&body))))
    }

    async fn send(&self, slot: usize, request: &Request, key: &str) -> anyhow::Result<Reply> {
        let base = self.bases.get(slot).context("backend-api has an address")?;
        let mut sending = self
            .http
            .request(request.method.clone(), base.join(&request.path)?)
            .bearer_auth(&self.token)
            .header("idempotency-key", key);
        if let Some(body) = &request.body {
            sending = sending.json(body);
        }
        let response = match sending.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Ok(Reply::NotSent),
            Err(_) => return Ok(Reply::Lost),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let Ok(bytes) = response.bytes().await else {
            return Ok(Reply::Lost);
        };
        Ok(Reply::Answered(status, headers, bytes.to_vec()))
    }
}

/// A 4xx, but for the one that says that the same change is being made right now.
fn is_final(status: StatusCode, body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let problem = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let in_flight = status == StatusCode::CONFLICT && !problem.ends_with("not-open");
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS && !in_flight
}

fn read(
    request: &Request,
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
    key: &str,
) -> anyhow::Result<Answer> {
    let number = |name: &str| {
        let text = headers.get(name).and_then(|value| value.to_str().ok());
        let number = text.and_then(|text| text.trim_matches('"').parse().ok());
        number.with_context(|| format!("{} {} answered no {name}", request.method, request.path))
    };
    let body: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    let task = body.get("id").and_then(Value::as_str).map(str::to_owned);
    Ok(Answer {
        task: task
            .or_else(|| request.task.clone())
            .context("an answer names its task")?,
        version: number("etag")?,
        position: number("taskwire-position")?,
        body,
        key: key.to_owned(),
        status: status.as_u16(),
        body_sha256: sha256(bytes),
    })
}
