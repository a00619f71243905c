//! Starts the processes of a stack, knows which run, and ends them.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};

use crate::stack::account::Account;
use crate::stack::process::{self, Record, Stop};
use crate::stack::{Lifetime, state};
use crate::{interrupt, ui};

/// A log that has grown beyond this begins anew, its past kept beside it.
const LOG_LIMIT: u64 = 16 << 20;

/// What is needed to start one process.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) account: Option<Account>,
    pub(crate) stop: Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran already, started in the same way.
    Reused,
    Started,
    /// It ran from another binary or with other settings.
    Replaced,
}

/// A process that this very command started.
#[derive(Debug)]
struct Started {
    spec: Spec,
    record: Record,
    child: Child,
}

#[derive(Debug)]
pub(crate) struct Supervisor {
    dir: PathBuf,
    lifetime: Lifetime,
    /// Those this very command started, and must reap.
    children: Mutex<BTreeMap<&'static str, Started>>,
}

impl Supervisor {
    pub(crate) fn new(dir: &Path, lifetime: Lifetime) -> Self {
        Self {
            dir: dir.to_owned(),
            lifetime,
            children: Mutex::default(),
        }
    }

    /// The running process of that name.
    pub(crate) fn running(&self, name: &str) -> Option<Record> {
        self.record(name).filter(Record::alive)
    }

    /// The process of that name as noted, running or not.
    pub(crate) fn record(&self, name: &str) -> Option<Record> {
        state::read(&self.record_path(name))
    }

    /// Where a process of that name logs.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    /// Makes sure that it runs as specified.
    pub(crate) fn ensure(&self, spec: &Spec) -> anyhow::Result<(Record, Outcome)> {
        let outcome = match self.running(spec.name) {
            Some(record) if record.fingerprint == fingerprint(spec) => return Ok((record, Outcome::Reused)),
            Some(_) => {
                self.stop(&[spec.name]);
                Outcome::Replaced
            }
            None => Outcome::Started,
        };
        Ok((self.start(spec)?, outcome))
    }

    /// Those that this very command started.
    pub(crate) fn started_here(&self) -> Vec<&'static str> {
        self.children
            .lock()
            .map(|children| children.keys().copied().collect())
            .unwrap_or_default()
    }

    /// A process that this very command started, and how.
    pub(crate) fn how_it_started(&self, name: &str) -> anyhow::Result<(Spec, Record)> {
        let children = self
            .children
            .lock()
            .map_err(|_| anyhow!("a thread died while it started a process"))?;
        let started = children
            .get(name)
            .with_context(|| format!("{name} was not started here"))?;
        Ok((started.spec.clone(), started.record.clone()))
    }

    /// Waits for a condition, or until the process ends, or until the deadline.
    pub(crate) fn wait_until(
        &self,
        record: &Record,
        deadline: Duration,
        mut ready: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let Err(reason) = ready() else { return Ok(()) };
            if !record.alive() {
                bail!("{}", self.how_it_ended(record));
            }
            if start.elapsed() > deadline {
                let end = process::log_end(record, 15)?;
                bail!(
                    "{} is not ready after {}: {reason:#}\nthe end of {}:\n{end}",
                    record.name,
                    ui::seconds(deadline),
                    record.log.display()
                );
            }
            interrupt::pause(Duration::from_millis(25))?;
        }
    }

    /// How a process ended, with the end of its log.
    pub(crate) fn how_it_ended(&self, record: &Record) -> String {
        let status = self.children.lock().ok().and_then(|mut children| {
            let started = children
                .values_mut()
                .find(|started| started.record.pid == record.pid)?;
            started.child.try_wait().ok().flatten()
        });
        let how = status.map_or_else(|| "ended".to_owned(), |status| format!("ended with {status}"));
        let end = process::log_end(record, 25).unwrap_or_default();
        format!(
            "{} {how}; the end of {}:\n{end}",
            record.name,
            record.log.display()
        )
    }

    /// Ends processes, each the way it likes, all at the same time; what does not end in time is killed.
    pub(crate) fn stop(&self, names: &[&str]) {
        let records: Vec<Record> = names.iter().filter_map(|name| self.record(name)).collect();
        for record in &records {
            // The record goes first: whoever watches then knows that this end was wanted.
            let _ = std::fs::remove_file(self.record_path(&record.name));
            match self.lifetime {
                Lifetime::Persistent => record.ask_to_stop(),
                Lifetime::ThrowAway => record.kill(),
            }
        }
        self.await_end(&records);
        if let Ok(mut children) = self.children.lock() {
            children.retain(|_, started| {
                let ended = records.iter().any(|record| record.pid == started.record.pid);
                if ended {
                    let _ = started.child.wait();
                }
                !ended
            });
        }
    }

    /// Clears away what a crash or a start that was cut off left: records of the dead, and processes that carry
    /// this stack's mark but are in no record.
    pub(crate) fn clear_traces(&self) {
        for dead in self.records().iter().filter(|record| !record.alive()) {
            let _ = std::fs::remove_file(self.record_path(&dead.name));
        }
        let known: Vec<i32> = self.records().into_iter().map(|record| record.pid).collect();
        let orphans: Vec<Record> = process::marked(&self.dir)
            .into_iter()
            .filter(|pid| !known.contains(pid))
            .filter_map(|pid| {
                let identity = process::identity(pid)?;
                let name = format!("process {pid}");
                let (fingerprint, log) = (String::new(), PathBuf::new());
                Some(Record {
                    name,
                    pid,
                    identity,
                    fingerprint,
                    stop: Stop::Interrupt,
                    log,
                    log_start: 0,
                })
            })
            .collect();
        for orphan in &orphans {
            match self.lifetime {
                Lifetime::Persistent => {
                    ui::notice(&format!(
                        "ending {}, left over from an earlier start",
                        orphan.name
                    ));
                    orphan.ask_to_stop();
                }
                // A driver starts processes by itself.
                Lifetime::ThrowAway => orphan.kill(),
            }
        }
        self.await_end(&orphans);
    }

    /// Every process noted, running or not.
    pub(crate) fn records(&self) -> Vec<Record> {
        let Ok(entries) = std::fs::read_dir(self.dir.join("run")) else {
            return Vec::new();
        };
        entries
            .flatten()
            .filter_map(|entry| state::read(&entry.path()))
            .collect()
    }

    fn start(&self, spec: &Spec) -> anyhow::Result<Record> {
        let log = self.log(spec.name);
        rotate(&log);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let log_start = file.metadata()?.size();
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .env(process::STACK_MARK, &self.dir)
            .current_dir(&self.dir)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file));
        if let Some(account) = &spec.account {
            chown(&log, Some(account.uid), Some(account.gid))?;
            command.uid(account.uid).gid(account.gid).current_dir("/");
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", spec.program.display()))?;
        let pid = i32::try_from(child.id()).context("the pid is a number")?;
        let identity = process::identity(pid).unwrap_or_else(|| "ended at once".to_owned());
        let (name, fingerprint) = (spec.name.to_owned(), fingerprint(spec));
        let record = Record {
            name,
            pid,
            identity,
            fingerprint,
            stop: spec.stop,
            log,
            log_start,
        };
        state::write(&self.record_path(spec.name), &record)?;
        let mut children = self
            .children
            .lock()
            .map_err(|_| anyhow!("a thread died while it started a process"))?;
        let started = Started {
            spec: spec.clone(),
            record: record.clone(),
            child,
        };
        children.insert(spec.name, started);
        Ok(record)
    }

    fn await_end(&self, records: &[Record]) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while records.iter().any(Record::alive) {
            if Instant::now() > deadline {
                for record in records.iter().filter(|record| record.alive()) {
                    ui::notice(&format!("{} does not end; killing it", record.name));
                    record.kill();
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn record_path(&self, name: &str) -> PathBuf {
        self.dir.join("run").join(format!("{name}.json"))
    }
}

/// Changes whenever the binary or anything it is given does.
fn fingerprint(spec: &Spec) -> String {
    let binary = std::fs::metadata(&spec.program).ok();
    let stamp = binary.map(|file| (file.len(), file.mtime(), file.mtime_nsec()));
    let text = format!(
        "{stamp:?} {:?} {:?} {:?} {:?}",
        spec.program, spec.args, spec.env, spec.account
    );
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn rotate(log: &Path) {
    if std::fs::metadata(log).is_ok_and(|file| file.len() > LOG_LIMIT) {
        let _ = std::fs::rename(log, log.with_extension("log.1"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(seconds: &str) -> Spec {
        Spec {
            name: "sleeper",
            program: "/bin/sleep".into(),
            args: vec![seconds.to_owned()],
            env: vec![("A".into(), "b".into())],
            account: None,
            stop: Stop::Terminate,
        }
    }

    fn supervisor(dir: &Path) -> Supervisor {
        std::fs::create_dir_all(dir.join("run")).unwrap();
        std::fs::create_dir_all(dir.join("logs")).unwrap();
        Supervisor::new(dir, Lifetime::Persistent)
    }

    #[test]
    fn what_runs_is_reused_and_what_changed_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let supervisor = supervisor(dir.path());
        let (first, outcome) = supervisor.ensure(&sleeper("600")).unwrap();
        assert_eq!(outcome, Outcome::Started);
        let (second, outcome) = supervisor.ensure(&sleeper("600")).unwrap();
        assert_eq!((second, outcome), (first.clone(), Outcome::Reused));
        let (third, outcome) = supervisor.ensure(&sleeper("601")).unwrap();
        assert_eq!(outcome, Outcome::Replaced);
        assert!(!first.alive());
        supervisor.stop(&["sleeper"]);
        assert!(!third.alive());
        assert_eq!(supervisor.running("sleeper"), None);
    }

    #[test]
    fn a_process_without_a_record_is_found_by_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let supervisor = supervisor(dir.path());
        let (record, _) = supervisor.ensure(&sleeper("600")).unwrap();
        std::fs::remove_file(supervisor.record_path("sleeper")).unwrap();
        // The kernel shows a new program's environment a moment after it has begun.
        let deadline = Instant::now() + Duration::from_secs(10);
        while process::marked(dir.path()).is_empty() && Instant::now() < deadline {
            std::thread::yield_now();
        }
        supervisor.clear_traces();
        assert!(!record.alive());
    }
}
