//! Writes down what is seen while a run goes on; its memory is bounded, however long that takes.

pub(super) mod database;
mod limit;
mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rustix::process::Pid;
use sha2::{Digest as _, Sha256};

use self::database::Database;
use self::process::Process;
use super::fleet::Replica;
use super::observations::{EndCause, Fault, FaultSpan, Injected, Observations, Probe, Repeat, Sample};
use super::report::Difference;
use super::setup::{ServiceSetup, Setup};
use crate::background::Background;

const PROCESSES: Duration = Duration::from_secs(1);
const DATABASE: Duration = Duration::from_millis(500);
/// How long a query may take before the database counts as away.
const ANSWER: Duration = Duration::from_secs(2);
/// Requests for what is another's, and repeats, that are kept; there are some thousands in an hour.
const MAX_NOTES: usize = 50_000;

/// The run's notes; clones are the same.
#[derive(Debug, Clone)]
pub struct Recorder {
    began: Instant,
    notes: Arc<Mutex<Notes>>,
    /// Processes that run, by pid.
    running: Arc<Mutex<BTreeMap<i32, Process>>>,
}

#[derive(Debug, Default)]
struct Notes {
    observations: Observations,
    differences: Vec<(Duration, Difference)>,
    /// Processes that were started.
    starts: u64,
    /// The most memory that a process of each service had.
    peaks: BTreeMap<String, u64>,
    drains: Vec<Drain>,
    /// Faults that are not healed yet, and to what.
    ongoing: Vec<(Fault, String)>,
    /// Processes that stood still for so long that they must have missed records.
    slept: BTreeSet<i32>,
    /// Of processes and of the database: every so many ticks one is kept.
    every: [u32; 2],
}

/// How long it took after a fault until what had waited in the outbox was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Drain {
    pub fault: Fault,
    pub target: String,
    /// When the fault was healed.
    pub from: Duration,
    pub took: Duration,
    /// Rows that waited when it was healed.
    pub rows: i64,
}

/// A fault that goes on until this is healed, or dropped.
#[derive(Debug)]
pub struct Ongoing {
    recorder: Recorder,
    span: Option<FaultSpan>,
}

/// Takes samples until dropped.
#[derive(Debug)]
pub struct Watching {
    _processes: Background,
    _database: Background,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            notes: Arc::default(),
            running: Arc::default(),
        }
    }
}

impl Recorder {
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Since the run's beginning.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Everything so far.
    pub fn observations(&self) -> Observations {
        let mut observations = self.notes().observations.clone();
        observations.faults.sort_by_key(|span| span.from);
        observations
    }

    /// What was found wrong while the run went on, and when.
    pub fn differences(&self) -> Vec<(Duration, Difference)> {
        self.notes().differences.clone()
    }

    pub fn is_clean(&self) -> bool {
        self.notes().differences.is_empty()
    }

    /// What was done to servers and topics, and what was found wrong, since the last time; a line each.
    pub fn news(&self, told: &mut (usize, usize)) -> Vec<String> {
        let notes = self.notes();
        let of_servers = notes.drains.iter().skip(told.0).map(|drain| {
            let Drain { fault, target, rows, .. } = drain;
            let at = drain.from.as_secs();
            format!(
                "{at:>4} s  {fault} of {target} is over; {rows} rows that waited were published within {:.1} s",
                drain.took.as_secs_f64()
            )
        });
        let wrong = notes.differences.iter().skip(told.1);
        let wrong = wrong.map(|(at, difference)| {
            let Difference { rule, what } = difference;
            format!("{:>4} s  {rule}: {what}", at.as_secs())
        });
        let news = of_servers.chain(wrong).collect();
        *told = (notes.drains.len(), notes.differences.len());
        news
    }

    /// Whether the database was looked at after that.
    pub fn sampled_after(&self, at: Duration) -> bool {
        let notes = self.notes();
        let last = notes.observations.database.last();
        last.is_some_and(|sample| sample.at > at)
    }

    /// How many processes were started so far.
    pub fn starts(&self) -> u64 {
        self.notes().starts
    }

    pub fn peaks(&self) -> BTreeMap<String, u64> {
        self.notes().peaks.clone()
    }

    pub fn drains(&self) -> Vec<Drain> {
        self.notes().drains.clone()
    }

    pub fn differ(&self, rule: &'static str, what: String) {
        let at = self.now();
        self.notes().differences.push((at, Difference { rule, what }));
    }

    #[must_use]
    pub fn begin(&self, fault: Fault, target: impl Into<String>) -> Ongoing {
        let now = self.now();
        let target = target.into();
        self.notes().ongoing.push((fault, target.clone()));
        Ongoing {
            recorder: self.clone(),
            span: Some(FaultSpan {
                fault,
                target,
                from: now,
                until: now,
            }),
        }
    }

    pub fn is_ongoing(&self, fault: Fault, target: &str) -> bool {
        let notes = self.notes();
        let mut ongoing = notes.ongoing.iter();
        ongoing.any(|(of, to)| *of == fault && to == target)
    }

    pub fn drained(&self, drain: Drain) {
        self.notes().drains.push(drain);
    }

    pub fn probe(&self, probe: Probe) {
        let probes = &mut self.notes().observations.probes;
        if probes.len() < MAX_NOTES {
            probes.push(probe);
        }
    }

    pub fn repeat(&self, repeat: Repeat) {
        let repeats = &mut self.notes().observations.repeats;
        if repeats.len() < MAX_NOTES {
            repeats.push(repeat);
        }
    }

    pub fn injected(&self, injected: Injected) {
        self.notes().observations.injected.push(injected);
    }

    /// A process that was started: it is sampled until it ends.
    pub fn started(&self, setup: &ServiceSetup, replica: &Replica) {
        let pid = replica.pid.as_raw_nonzero().get();
        if let Some(ports) = setup.replicas.get(replica.slot) {
            let process = Process::new(&setup.name, replica.slot, pid, ports.admin);
            self.running().insert(pid, process);
        }
        self.notes().starts += 1;
    }

    /// Its parent was told that a process has ended; unless somebody asked it to, it did so by itself.
    pub fn found_dead(&self, pid: Pid, code: Option<i32>) {
        let process = self.running().remove(&pid.as_raw_nonzero().get());
        if let Some(process) = process {
            self.by_itself(&process, code);
        }
    }

    /// A process is about to be ended: its end is nobody's fault from here on.
    pub fn ending(&self, pid: Pid) -> Option<Ending> {
        let process = self.running().remove(&pid.as_raw_nonzero().get())?;
        Some(Ending {
            process,
            asked: self.now(),
        })
    }

    /// A process has ended that somebody had asked to.
    pub fn ended(&self, ending: Ending, cause: EndCause, code: Option<i32>) {
        let at = self.now();
        let Ending { process, asked } = ending;
        let end = process.end(at, cause, code, at.saturating_sub(asked));
        self.notes().observations.ends.push(end);
    }

    /// A process stood still for so long: what it missed then, its consumers may put right.
    pub fn slept(&self, pid: Pid) {
        self.notes().slept.insert(pid.as_raw_nonzero().get());
    }

    pub fn has_slept(&self, pid: Pid) -> bool {
        self.notes().slept.contains(&pid.as_raw_nonzero().get())
    }

    /// Takes samples of all processes and of the database, past every proxy.
    pub fn watch(&self, setup: &Setup, database_url: &str) -> anyhow::Result<Watching> {
        let database = Database::new(setup, database_url)?;
        Ok(Watching {
            _processes: Background::run(self.clone().watch_processes()),
            _database: Background::run(self.clone().watch_database(database)),
        })
    }

    async fn watch_processes(self) {
        let mut tick = tokio::time::interval(PROCESSES);
        loop {
            tick.tick().await;
            let processes: Vec<Process> = self.running().values().cloned().collect();
            let at = self.now();
            let asked = processes
                .into_iter()
                .map(async |process| match process.resident() {
                    Some(resident) => self.sampled(process.sample(at, resident).await),
                    None => self.vanished(&process),
                });
            join_all(asked).await;
        }
    }

    /// Nobody asked it to end, unless that happened in this moment.
    fn vanished(&self, process: &Process) {
        if self.running().remove(&process.pid).is_none() {
            return;
        }
        self.by_itself(process, process.exit_code());
    }

    fn by_itself(&self, process: &Process, code: Option<i32>) {
        let end = process.end(self.now(), EndCause::ByItself, code, Duration::ZERO);
        let how = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        let Process {
            service, slot, pid, ..
        } = process;
        self.differ(
            "lives",
            format!("{service} in place {slot} (process {pid}) ended by itself: {how}"),
        );
        self.notes().observations.ends.push(end);
    }

    fn sampled(&self, sample: Sample) {
        let mut notes = self.notes();
        let peak = notes.peaks.entry(sample.service.clone()).or_default();
        *peak = sample.resident_bytes.max(*peak);
        let Notes {
            observations, every, ..
        } = &mut *notes;
        limit::keep_sample(&mut observations.samples, sample, &mut every[0]);
    }

    async fn watch_database(self, mut database: Database) {
        let mut tick = tokio::time::interval(DATABASE);
        loop {
            tick.tick().await;
            // While it is away there is nothing to write down.
            let Ok(Ok(mut sample)) = tokio::time::timeout(ANSWER, database.sample()).await else {
                database.forget();
                continue;
            };
            sample.at = self.now();
            let mut notes = self.notes();
            let Notes {
                observations, every, ..
            } = &mut *notes;
            limit::keep_database(&mut observations.database, sample, &mut every[1]);
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<i32, Process>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process that somebody is about to end.
#[derive(Debug)]
pub struct Ending {
    process: Process,
    asked: Duration,
}

impl Ongoing {
    /// Whatever was away is there again; answers when.
    pub fn heal(mut self) -> Duration {
        self.close()
    }

    fn close(&mut self) -> Duration {
        let now = self.recorder.now();
        if let Some(span) = self.span.take() {
            let span = FaultSpan { until: now, ..span };
            let mut notes = self.recorder.notes();
            let mut ongoing = notes.ongoing.iter();
            if let Some(at) = ongoing.position(|(of, to)| *of == span.fault && *to == span.target) {
                notes.ongoing.remove(at);
            }
            notes.observations.faults.push(span);
        }
        now
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.close();
    }
}

/// In hex, as observations have it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
