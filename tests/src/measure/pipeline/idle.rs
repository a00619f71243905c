//! What the stack needs while nobody changes anything.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::work::{BROKER, CLIENT};
use super::{Stack, progress};
use crate::measure::memory::{self, MIB, Process};

/// Processes that are no services of ours.
pub(super) const SERVERS: [&str; 2] = [BROKER, "postgres"];

#[derive(Debug, Clone, Default, Serialize)]
pub struct Idle {
    /// How much of a processor each process uses.
    pub cores: BTreeMap<String, f64>,
    /// Of each service.
    pub resident_mib: BTreeMap<String, f64>,
}

pub(super) async fn watch(stack: &Stack<'_>, processes: &[Process], seconds: u64) -> anyhow::Result<Idle> {
    progress(&format!("idle for {seconds} s"));
    stack.settled().await?;
    let before = stack.meter.read().await?;
    let began = Instant::now();
    // Sleeps because it is the time itself that counts.
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let mut cores = stack.meter.read().await?.used_since(&before, milliseconds);
    cores.remove(CLIENT);
    let services = processes
        .iter()
        .filter(|process| !SERVERS.contains(&process.name.as_str()));
    let resident = memory::resident(&services.cloned().collect::<Vec<_>>())?.into_iter();
    Ok(Idle {
        cores,
        resident_mib: resident.map(|(name, bytes)| (name, bytes as f64 / MIB)).collect(),
    })
}
