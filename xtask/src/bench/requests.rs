//! What a change costs in requests to the broker, by client; on a stack of its own, as counting takes time.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::counter::{FETCH, PRODUCE, Passed};
use super::load;
use super::running::{self, Between};
use crate::ui;
use crate::workspace::Workspace;

/// Changes a second, and how many.
const RATE: u32 = 300;
const CHANGES: u32 = 3_000;

/// Of one change, by one client.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(super) struct Requests {
    pub(super) produce: f64,
    pub(super) fetch: f64,
    pub(super) other: f64,
    /// Of all its requests.
    pub(super) bytes: f64,
    pub(super) answer_bytes: f64,
}

/// By the names that the clients call themselves.
pub(super) type ByClient = BTreeMap<String, Requests>;

/// Counts under a load that `measure` sends.
pub(super) fn count(workspace: &Workspace, services: &Path, measure: &Path) -> anyhow::Result<ByClient> {
    ui::step("bench", "counting the requests to the broker");
    let running = running::start(workspace, services, Between::Counter)?;
    let counter = running.counter.as_ref().context("there is a counter")?;
    // A first moment of load opens connections and fills caches.
    load::send(measure, &running.variables, RATE, RATE, || Ok(()))?;
    let mut readings = Vec::new();
    let reached = load::send(measure, &running.variables, CHANGES, RATE, || {
        readings.push(counter.passed());
        Ok(())
    })?;
    match readings.as_slice() {
        [began, ended] => Ok(per_change(began, ended, reached.changes)),
        _ => bail!("the load did not say when it began and ended"),
    }
}

fn per_change(began: &Passed, ended: &Passed, changes: u32) -> ByClient {
    let share = |later: u64, earlier: u64| (later - earlier) as f64 / f64::from(changes.max(1));
    let mut clients = ByClient::new();
    for (kind, requests) in &ended.requests {
        let before = began.requests.get(kind).copied().unwrap_or_default();
        let client = clients.entry(kind.client.clone()).or_default();
        let count = match kind.key {
            PRODUCE => &mut client.produce,
            FETCH => &mut client.fetch,
            _ => &mut client.other,
        };
        *count += share(requests.count, before.count);
        client.bytes += share(requests.bytes, before.bytes);
    }
    for (name, bytes) in &ended.answer_bytes {
        let before = began.answer_bytes.get(name).copied().unwrap_or_default();
        clients.entry(name.clone()).or_default().answer_bytes = share(*bytes, before);
    }
    // Those whose work was done before the load.
    clients.retain(|_, requests| *requests != Requests::default());
    clients
}

/// A row of each client, and one of all.
pub(super) fn table(clients: &ByClient) -> String {
    let mut table = format!(
        "{:<40} {:>8} {:>8} {:>8} {:>10} {:>12}\n",
        format!("requests to Kafka of one change, {RATE}/s"),
        "produce",
        "fetch",
        "other",
        "bytes",
        "answer bytes"
    );
    let mut all = Requests::default();
    for (name, requests) in clients {
        table.push_str(&row(name, requests));
        all.produce += requests.produce;
        all.fetch += requests.fetch;
        all.other += requests.other;
        all.bytes += requests.bytes;
        all.answer_bytes += requests.answer_bytes;
    }
    table + &row("together", &all)
}

fn row(name: &str, requests: &Requests) -> String {
    let Requests {
        produce,
        fetch,
        other,
        bytes,
        answer_bytes,
    } = requests;
    format!("{name:<40} {produce:>8.2} {fetch:>8.2} {other:>8.2} {bytes:>10.0} {answer_bytes:>12.0}\n")
}

#[cfg(test)]
mod tests {
    use super::super::counter::{Kind, Requests as Counted};
    use super::*;

    fn passed(requests: &[(&str, i16, u64)]) -> Passed {
        let requests = requests.iter().map(|&(client, key, count)| {
            let client = client.to_owned();
            let bytes = count * 100;
            (Kind { client, key }, Counted { count, bytes })
        });
        Passed {
            requests: requests.collect(),
            answer_bytes: BTreeMap::from([("a".to_owned(), 50)]),
        }
    }

    #[test]
    fn only_what_passed_under_the_load_counts() {
        let began = passed(&[("a", PRODUCE, 4), ("b", 18, 2)]);
        let mut ended = passed(&[("a", PRODUCE, 24), ("a", 3, 5), ("b", 18, 2)]);
        ended.answer_bytes.insert("a".to_owned(), 150);
        let expected = Requests {
            produce: 2.0,
            fetch: 0.0,
            other: 0.5,
            bytes: 250.0,
            answer_bytes: 10.0,
        };
        assert_eq!(
            per_change(&began, &ended, 10),
            ByClient::from([("a".to_owned(), expected)])
        );
    }
}
