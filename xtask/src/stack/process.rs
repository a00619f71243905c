//! Who a process is, beyond its number: a recycled pid is never taken for one of ours.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

/// A process we started, as noted in `run/<name>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) pid: i32,
    /// When it began, in words that no later process with this pid shares.
    pub(crate) identity: String,
    /// What it was started from; another fingerprint means that it is outdated.
    pub(crate) fingerprint: String,
    pub(crate) stop: Stop,
    pub(crate) log: PathBuf,
    /// Where this run begins in the log.
    pub(crate) log_start: u64,
}

/// How a program wants to be told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stop {
    Terminate,
    /// SIGINT: PostgreSQL's fast shutdown, which does not wait for its clients.
    Interrupt,
}

impl Record {
    /// Whether this very process still runs.
    pub(crate) fn alive(&self) -> bool {
        identity(self.pid).is_some_and(|identity| identity == self.identity)
    }

    pub(crate) fn ask_to_stop(&self) {
        if let (true, Some(pid)) = (self.alive(), Pid::from_raw(self.pid)) {
            let signal = match self.stop {
                Stop::Terminate => Signal::TERM,
                Stop::Interrupt => Signal::INT,
            };
            let _ = kill_process(pid, signal);
        }
    }

    /// Ends it and everything it started.
    pub(crate) fn kill(&self) {
        if let (true, Some(pid)) = (self.alive(), Pid::from_raw(self.pid)) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Start time and boot of a living process; none for one that has ended, even if nobody has reaped it.
pub(crate) fn identity(pid: i32) -> Option<String> {
    if cfg!(target_os = "linux") {
        let started = start_time(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        return Some(format!("{}:{started}", boot.trim()));
    }
    let output = Command::new("ps")
        .args(["-o", "stat=,lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, started) = text.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// The time on a processor that a living process has used so far; Linux only.
pub(crate) fn processor_time(pid: i32) -> Option<Duration> {
    let ticks = used_ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    let a_second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_secs_f64(ticks as f64 / a_second as f64))
}

/// Fields 14 and 15 of `/proc/<pid>/stat`: in the program, and in the kernel on its behalf.
fn used_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(ticks()? + ticks()?)
}

/// Field 22 of `/proc/<pid>/stat`, unless field 3 says that the process is dead.
fn start_time(stat: &str) -> Option<u64> {
    // Field 2 is the program's name, which may hold spaces and parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// The variable that marks every process of a stack, so that one without a record is found again.
pub(crate) const STACK_MARK: &str = "TASKWIRE_STACK";

/// Leaders of process groups that carry the mark of the stack in `dir`. Empty where there is no `/proc`.
pub(crate) fn marked(dir: &Path) -> Vec<i32> {
    let mark = format!("{STACK_MARK}={}", dir.display()).into_bytes();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark)
            && leads_its_group(*pid)
    })
    .collect()
}

fn leads_its_group(pid: i32) -> bool {
    let number = Pid::from_raw(pid);
    number.is_some() && number.and_then(|number| rustix::process::getpgid(Some(number)).ok()) == number
}

/// Resident memory in kilobytes, where `/proc` tells.
pub(crate) fn resident_kilobytes(pid: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// The end of a run's log.
pub(crate) fn log_end(record: &Record, lines: usize) -> anyhow::Result<String> {
    let bytes =
        std::fs::read(&record.log).with_context(|| format!("cannot read {}", record.log.display()))?;
    let start = usize::try_from(record.log_start).unwrap_or(0);
    let text = String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned();
    Ok(last_lines(&text, lines).to_owned())
}

/// The last lines of a text.
pub(crate) fn last_lines(text: &str, lines: usize) -> &str {
    let text = text.trim_end();
    match text.rmatch_indices('\n').nth(lines.saturating_sub(1)) {
        Some((at, _)) => text.get(at + 1..).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_program_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 100 5";
        assert_eq!(start_time(stat), Some(4711));
        assert_eq!(start_time(&stat.replace(") S", ") Z")), None);
        assert_eq!(start_time("nonsense"), None);
    }

    #[test]
    fn time_on_a_processor_is_that_of_program_and_kernel() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 500 60 7 8 20 0 1 0 4711 100 5";
        assert_eq!(used_ticks(stat), Some(560));
        assert!(processor_time(i32::try_from(std::process::id()).unwrap()).is_some());
    }

    #[test]
    fn a_recycled_pid_is_not_the_process_we_started() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let mut record = Record {
            name: "me".into(),
            pid,
            identity: identity(pid).unwrap(),
            fingerprint: String::new(),
            stop: Stop::Terminate,
            log: PathBuf::new(),
            log_start: 0,
        };
        assert!(record.alive());
        record.identity = "another boot:1".into();
        assert!(!record.alive());
        record.kill();
    }

    #[test]
    fn the_end_of_a_text_is_its_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 5), "a");
        assert_eq!(last_lines("", 5), "");
    }
}
