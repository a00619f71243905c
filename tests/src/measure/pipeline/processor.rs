//! The time on a processor that processes have used, as the kernel tells.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::measure::memory::Process;

/// Milliseconds that each process and its children have used, those that have ended among them.
pub(super) fn used_ms(processes: &[Process]) -> anyhow::Result<BTreeMap<String, f64>> {
    let all = all()?;
    let a_second = rustix::param::clock_ticks_per_second() as f64;
    processes
        .iter()
        .map(|process| {
            let ticks = used_ticks(&all, process.pid);
            let ticks = ticks.with_context(|| format!("{} does not run", process.name))?;
            Ok((process.name.clone(), ticks as f64 * 1000.0 / a_second))
        })
        .collect()
}

/// What `/proc/<pid>/stat` says, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// In the program, and in the kernel on its behalf.
    own: u64,
    /// Of children that have ended.
    ended: u64,
}

fn all() -> anyhow::Result<BTreeMap<u32, Stat>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").context("cannot read /proc: this needs Linux")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ends meanwhile is counted with its parent.
        let Ok(text) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        match parse(&text) {
            Some(stat) => all.insert(pid, stat),
            None => bail!("cannot read this as a process's figures: {text}"),
        };
    }
    Ok(all)
}

fn used_ticks(all: &BTreeMap<u32, Stat>, pid: u32) -> Option<u64> {
    let stat = all.get(&pid)?;
    let children = all.values().filter(|child| child.parent == pid);
    Some(stat.own + stat.ended + children.map(|child| child.own).sum::<u64>())
}

/// Fields 4 and 14 to 17.
fn parse(stat: &str) -> Option<Stat> {
    // Field 2 is the program's name, which may hold spaces and parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let mut fields = fields.skip(9);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Stat {
        parent,
        own: ticks()? + ticks()?,
        ended: ticks()? + ticks()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_parent_and_time_of_its_own_and_of_ended_children() {
        let stat = "7 (a ) b) S 3 7 7 0 -1 4194560 1 2 3 4 500 60 70 8 20 0 1 0 4711 100 5";
        let parsed = Stat {
            parent: 3,
            own: 560,
            ended: 78,
        };
        assert_eq!(parse(stat), Some(parsed));
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn living_children_count_and_strangers_do_not() {
        let stat = |parent, own, ended| Stat { parent, own, ended };
        let all = BTreeMap::from([(1, stat(0, 10, 5)), (2, stat(1, 7, 100)), (3, stat(9, 50, 0))]);
        assert_eq!(used_ticks(&all, 1), Some(22));
        assert_eq!(used_ticks(&all, 4), None);
    }
}
