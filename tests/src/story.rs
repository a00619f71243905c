//! The main job as a story in six lines. `cargo xtask demo` prints it; the journeys run it silently, line by line.
//!
//! Every line is told by a function that acts and then insists on what must be observed; its error says what was not.

pub mod completion;
pub mod creation;
pub mod isolation;
pub mod poison;
pub mod reminder;
pub mod trail;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::StatusCode;
use serde_json::json;

use crate::kafka::Observer;
use crate::socket::Socket;
use crate::timeline::Timeline;
use crate::webhook::Receiver;
use crate::world::{Person, World};

/// How long one observation may take. It is for a busy machine; what is usual, the timeline shows.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A line of the story, and what its reader needs when it does not come true.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// From 1 to 6.
    pub number: u8,
    pub text: &'static str,
    pub within: Duration,
    /// The services whose logs say why it did not.
    pub services: &'static [&'static str],
}

#[derive(Debug)]
pub struct Stage {
    pub world: World,
    pub alice: Person,
    /// Who must see nothing of them.
    pub bob: Person,
    pub alice_socket: Socket,
    pub bob_socket: Socket,
    /// Where alice has her webhooks sent.
    pub receiver: Receiver,
    pub observer: Observer,
    pub timeline: Timeline,
    endpoint: String,
}

impl Stage {
    /// New people with open sockets, an observer at the end of every topic, and a registered receiver.
    pub async fn set(world: World, timeline: Timeline) -> anyhow::Result<Self> {
        let (alice, bob) = (world.person("alice")?, world.person("bob")?);
        let observer = world.observe().await.context("nobody can watch the broker")?;
        let alice_socket = alice.socket().await.context("alice gets no socket")?;
        let bob_socket = bob.socket().await.context("bob gets no socket")?;
        let receiver = Receiver::start().await;
        let endpoint = register(&alice, &receiver)
            .await
            .context("alice cannot register her webhook")?;
        Ok(Self {
            world,
            alice,
            bob,
            alice_socket,
            bob_socket,
            receiver,
            observer,
            timeline,
            endpoint,
        })
    }

    /// Takes the receiver off the list, since it will not be there any more.
    pub async fn strike(&self) -> anyhow::Result<()> {
        let path = format!("/v1/webhook-endpoints/{}", self.endpoint);
        self.alice
            .notifications
            .delete(&path)
            .await?
            .item
            .expect(StatusCode::NO_CONTENT)?;
        Ok(())
    }
}

/// Waits for a line to come true.
pub async fn told<T>(line: Line, telling: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let told = tokio::time::timeout(line.within, telling).await;
    let told = told.unwrap_or_else(|_| Err(anyhow::anyhow!("it took more than {:?}", line.within)));
    told.map_err(|cause| Untold { line, cause }.into())
}

/// A line that did not come true: which, why, and where to look.
#[derive(Debug)]
struct Untold {
    line: Line,
    cause: anyhow::Error,
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line {
            number,
            text,
            services,
            ..
        } = self.line;
        writeln!(f, "line {number} did not come true: {text}")?;
        write!(f, "   why      {:#}", self.cause)?;
        for service in services {
            write!(f, "\n   look at  cargo xtask logs {service}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Untold {}

async fn register(alice: &Person, receiver: &Receiver) -> anyhow::Result<String> {
    let answer = alice
        .notifications
        .post("/v1/webhook-endpoints", json!({"url": receiver.url()}))
        .await?
        .item;
    answer.expect(StatusCode::CREATED)?;
    receiver.trust(answer.text("/secret")?)?;
    Ok(answer.text("/id")?.to_owned())
}
