//! A process and all that it has started, killed at one moment.

use std::collections::HashMap;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// SIGKILL to a process and its descendants; who they were. Not done as long as it can still start others: it is
/// stopped first, for a process that PostgreSQL starts while its others are killed would outlive them.
pub(super) fn kill(root: Pid) -> anyhow::Result<Result<Vec<Pid>, String>> {
    match state(root) {
        None => return Ok(Ok(Vec::new())),
        Some('T') => {}
        Some(_) => {
            signal(root, Signal::STOP)?;
            return Ok(Err("it still runs".to_owned()));
        }
    }
    let mut family = descendants(root);
    family.push(root);
    for pid in &family {
        signal(*pid, Signal::KILL)?;
    }
    Ok(Ok(family))
}

/// Whether none of them lives any more; those that nobody has asked for do not count.
pub(super) fn gone(family: &[Pid]) -> Result<(), String> {
    match family.iter().find(|pid| state(**pid).is_some()) {
        Some(pid) => Err(format!("process {} is still there", pid.as_raw_nonzero())),
        None => Ok(()),
    }
}

fn signal(pid: Pid, signal: Signal) -> anyhow::Result<()> {
    match kill_process(pid, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn descendants(root: Pid) -> Vec<Pid> {
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    for pid in pids {
        if let Some((state, parent)) = stat(pid)
            && is_alive(state)
            && let Some(parent) = Pid::from_raw(parent)
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        let own = children.remove(&pid).unwrap_or_default();
        next.extend(&own);
        found.extend(own);
    }
    found
}

/// Of a living process: field 3 of `/proc/<pid>/stat`.
fn state(pid: Pid) -> Option<char> {
    let (state, _) = stat(pid)?;
    is_alive(state).then_some(state)
}

fn is_alive(state: char) -> bool {
    !matches!(state, 'Z' | 'X' | 'x')
}

/// State and parent.
fn stat(pid: Pid) -> Option<(char, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // Field 2 is the program's name, which may hold spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
