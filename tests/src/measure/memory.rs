//! Resident memory of the services.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::Context as _;
use serde::Serialize;

pub(super) const MIB: f64 = 1024.0 * 1024.0;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub name: String,
    pub pid: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct Memory {
    pub service: String,
    /// Before the load.
    pub idle_mib: f64,
    /// Right after the load.
    pub loaded_mib: f64,
}

impl FromStr for Process {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, pid) = text
            .split_once('=')
            .context("a process looks like backend-api=4711")?;
        Ok(Self {
            name: name.to_owned(),
            pid: pid.parse().context("a process id is a number")?,
        })
    }
}

/// Resident bytes of each process, as the kernel says.
pub fn resident(processes: &[Process]) -> anyhow::Result<BTreeMap<String, u64>> {
    processes
        .iter()
        .map(|process| Ok((process.name.clone(), resident_of(process.pid)?)))
        .collect()
}

pub fn compare(idle: &BTreeMap<String, u64>, loaded: &BTreeMap<String, u64>) -> Vec<Memory> {
    let mib = |readings: &BTreeMap<String, u64>, name: &str| {
        let bytes = readings.get(name).copied().unwrap_or_default();
        bytes as f64 / MIB
    };
    let memory = |name: &String| Memory {
        service: name.clone(),
        idle_mib: mib(idle, name),
        loaded_mib: mib(loaded, name),
    };
    idle.keys().map(memory).collect()
}

/// For people, with a sum.
pub(super) fn to_table(memory: &[Memory]) -> String {
    let mut table = format!(
        "\n{:<26} {:>17} {:>10}\n",
        "resident MiB", "before the load", "after it"
    );
    let (mut idle, mut loaded) = (0.0, 0.0);
    for Memory {
        service,
        idle_mib,
        loaded_mib,
    } in memory
    {
        table.push_str(&format!("{service:<26} {idle_mib:>17.1} {loaded_mib:>10.1}\n"));
        idle += idle_mib;
        loaded += loaded_mib;
    }
    table + &format!("{:<26} {idle:>17.1} {loaded:>10.1}\n", "together")
}

fn resident_of(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .context("no VmRSS: is the process alive?")?;
    Ok(kib.trim().parse::<u64>()?.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        let own = Process {
            name: "me".to_owned(),
            pid: std::process::id(),
        };
        let resident = resident(&[own]).unwrap();
        assert!(resident["me"] > 100_000, "{resident:?}");
        assert_eq!(compare(&resident, &resident).len(), 1);
    }

    #[test]
    fn a_process_is_a_name_and_a_number() {
        assert_eq!(
            "api=7".parse::<Process>().unwrap(),
            Process {
                name: "api".to_owned(),
                pid: 7
            }
        );
        assert!("api".parse::<Process>().is_err() && "api=x".parse::<Process>().is_err());
    }
}
