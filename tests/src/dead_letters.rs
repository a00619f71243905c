//! Dead letters as an operator deals with them: `taskctl dlq list`, `redrive` and `drop`.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::environment::Environment;
use crate::taskctl;

/// Who acts, in the audit log.
const OPERATOR: &str = "tests";

/// A dead letter, as `taskctl dlq list` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// `service/topic/partition/offset` of where it died.
    pub id: String,
    pub service: String,
    /// Where it first died: topic, partition and offset.
    pub origin: (String, i64, i64),
    /// `open`, `redriven` or `dropped`; none where no row tells.
    pub state: Option<String>,
    pub attempts: u64,
}

/// Every dead letter of a topic's records, of all services.
pub async fn list(environment: &Environment, topic: &str) -> anyhow::Result<Vec<Letter>> {
    let arguments = ["dlq", "list", "--json", "--topic", topic, "--limit", "100000"];
    let text = taskctl::run(environment, &arguments).await?;
    let listed: Vec<Value> = serde_json::from_str(&text).context("what `taskctl dlq list --json` says")?;
    listed.iter().map(Letter::read).collect()
}

/// Gives a letter back to its service, and to no other.
pub async fn redrive(environment: &Environment, id: &str) -> anyhow::Result<()> {
    close(environment, &["redrive", id]).await
}

/// Gives a letter back that may have been given back before.
pub async fn redrive_again(environment: &Environment, id: &str) -> anyhow::Result<()> {
    close(environment, &["redrive", "--again", id]).await
}

/// Writes down that nobody wants a letter.
pub async fn drop(environment: &Environment, id: &str) -> anyhow::Result<()> {
    close(environment, &["drop", id]).await
}

async fn close(environment: &Environment, what: &[&str]) -> anyhow::Result<()> {
    let who = ["--operator", OPERATOR, "--reason", "a test wants it", "--json"];
    let arguments = [&["dlq"], what, &who].concat();
    let text = taskctl::run(environment, &arguments).await?;
    let report: Value = serde_json::from_str(&text)?;
    ensure!(
        report.get("done") == Some(&1.into()),
        "{arguments:?} did nothing: {text}"
    );
    Ok(())
}

impl Letter {
    fn read(json: &Value) -> anyhow::Result<Self> {
        let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let number = |pointer: &str| json.pointer(pointer).and_then(Value::as_i64);
        let read = || {
            Some(Self {
                id: text("/id")?,
                service: text("/service")?,
                origin: (
                    text("/origin/topic")?,
                    number("/origin/partition")?,
                    number("/origin/offset")?,
                ),
                state: text("/state"),
                attempts: json.pointer("/attempts")?.as_u64()?,
            })
        };
        read().with_context(|| format!("not a dead letter of ours: {json}"))
    }
}
