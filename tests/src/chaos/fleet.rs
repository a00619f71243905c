//! Processes of services: started, asked, killed and stopped.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::Url;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use super::report::Difference;
use super::setup::ServiceSetup;
use crate::background::Background;
use crate::wait_until;

/// How long a service may take until it is ready.
const READY: Duration = Duration::from_secs(180);
const ASK: Duration = Duration::from_secs(5);

/// A running process of a service.
#[derive(Debug)]
pub struct Replica {
    pub service: String,
    /// Which of the service's places it has.
    pub slot: usize,
    pub pid: Pid,
    child: Child,
    admin: Url,
    http: reqwest::Client,
}

/// How a stop that was asked for ended.
#[derive(Debug, Clone, Copy)]
pub enum Stopped {
    /// In time, with this status.
    Ended(ExitStatus, Duration),
    /// Not in time: it was killed.
    Hung,
}

impl Replica {
    /// Starts a process in this place; it is not ready yet.
    pub fn start(setup: &ServiceSetup, slot: usize, logs: &Path) -> anyhow::Result<Self> {
        let ports = setup
            .replicas
            .get(slot)
            .context("the setup has no such replica")?;
        let log = logs.join(format!("{}-{slot}.log", setup.name));
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(&setup.program);
        command
            .envs(&setup.env)
            .env("ADMIN_ADDR", format!("127.0.0.1:{}", ports.admin))
            .env("INSTANCE", format!("{}-{slot}", setup.name))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true);
        if let Some(port) = ports.public {
            command.env("LISTEN_ADDR", format!("127.0.0.1:{port}"));
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", setup.program.display()))?;
        let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        Ok(Self {
            service: setup.name.clone(),
            slot,
            pid: pid.context("a process that has just been started has a pid")?,
            child,
            admin: Url::parse(&format!("http://127.0.0.1:{}", ports.admin))?,
            http: reqwest::Client::new(),
        })
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let what = format!("{} in place {} ready", self.service, self.slot);
        wait_until(READY, &what, || async {
            let answer = self.ask("/readyz").await?;
            Ok(if answer.status().is_success() {
                Ok(())
            } else {
                Err(format!("/readyz answers {}", answer.status()))
            })
        })
        .await
    }

    /// The sum of a counter over the label sets that contain `label`; 0 before it was first counted.
    pub async fn counter(&self, name: &str, label: &str) -> anyhow::Result<f64> {
        let text = self.ask("/metrics").await?.text().await?;
        Ok(sum(&text, name, label))
    }

    /// What it had to put right by itself: records that its client passed over or did not deliver. Nothing is lost by
    /// that, and nothing of it should happen.
    pub async fn repairs(&self) -> anyhow::Result<Option<Difference>> {
        let gaps = self.counter("taskwire_consumer_gaps", "").await?;
        let stalls = self.counter("taskwire_consumer_stalls", "").await?;
        Ok((gaps + stalls > 0.0).then(|| Difference {
            rule: "repairs",
            what: format!(
                "{} in place {} met {gaps} gaps and {stalls} stalls",
                self.service, self.slot
            ),
        }))
    }

    /// How it ended, if it did by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot kill a process")
    }

    /// SIGTERM, and its end.
    pub async fn stop(mut self, grace: Duration) -> anyhow::Result<Stopped> {
        let asked = Instant::now();
        kill_process(self.pid, Signal::TERM).context("cannot send SIGTERM")?;
        match tokio::time::timeout(grace, self.child.wait()).await {
            Ok(status) => Ok(Stopped::Ended(status?, asked.elapsed())),
            Err(_) => {
                self.child.kill().await?;
                Ok(Stopped::Hung)
            }
        }
    }

    async fn ask(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self.http.get(self.admin.join(path)?).timeout(ASK).send().await?)
    }
}

/// A process that stands still until this is dropped.
#[derive(Debug)]
pub struct Frozen(Pid);

impl Frozen {
    pub fn freeze(pid: Pid) -> anyhow::Result<Self> {
        kill_process(pid, Signal::STOP)
            .with_context(|| format!("cannot freeze process {}", pid.as_raw_nonzero()))?;
        Ok(Self(pid))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // It can only fail when the process is gone, which everybody notices.
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// The broker's process; one at a time makes it stand still. Clones are the same.
#[derive(Debug, Clone)]
pub struct Broker(Arc<Mutex<Pid>>);

impl Broker {
    pub fn new(pid: i32) -> anyhow::Result<Self> {
        let pid = Pid::from_raw(pid).with_context(|| format!("{pid} is no process"))?;
        Ok(Self(Arc::new(Mutex::new(pid))))
    }

    /// Runs something while it stands still.
    pub async fn frozen<T>(&self, meanwhile: impl Future<Output = T>) -> anyhow::Result<T> {
        let pid = self.0.lock().await;
        let frozen = Frozen::freeze(*pid)?;
        let done = meanwhile.await;
        drop(frozen);
        Ok(done)
    }

    /// Nobody makes it stand still until another process has taken its place.
    pub async fn replaced(&self, replace: impl Future<Output = anyhow::Result<Pid>>) -> anyhow::Result<()> {
        let mut pid = self.0.lock().await;
        *pid = replace.await?;
        Ok(())
    }

    /// Short pauses from time to time until the value is dropped, as its garbage collector or its disk makes them: what
    /// clients have asked for in the background is then answered late.
    pub fn hiccups(&self, mut rng: StdRng) -> Hiccups {
        let broker = self.clone();
        let pauses = Background::run(async move {
            loop {
                // Sleeps because it works well most of the time.
                tokio::time::sleep(Duration::from_millis(rng.random_range(500..2_500))).await;
                // Sleeps because this is what standing still is.
                let pause = tokio::time::sleep(Duration::from_millis(rng.random_range(200..900)));
                if broker.frozen(pause).await.is_err() {
                    return;
                }
            }
        });
        Hiccups { _pauses: pauses }
    }
}

#[derive(Debug)]
pub struct Hiccups {
    _pauses: Background,
}

/// A process that gets the processor in short turns until this is dropped, as under a limit of Kubernetes: its threads
/// then overtake each other as they never do on an idle machine.
#[derive(Debug)]
pub struct Throttled {
    _turns: Background,
}

impl Throttled {
    /// Begins; it ends by itself when the process does.
    pub fn throttle(pid: Pid, mut rng: StdRng) -> Self {
        let turns = Background::run(async move {
            while let Ok(frozen) = Frozen::freeze(pid) {
                // Sleeps because this is what standing still is.
                tokio::time::sleep(Duration::from_millis(rng.random_range(10..60))).await;
                drop(frozen);
                // Sleeps because this is its turn.
                tokio::time::sleep(Duration::from_millis(rng.random_range(3..25))).await;
            }
        });
        Self { _turns: turns }
    }
}

/// Adds up the samples of a counter in Prometheus' text format.
fn sum(text: &str, name: &str, label: &str) -> f64 {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix("_total").unwrap_or(rest);
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.rsplit_once('}')?,
            None => ("", rest.strip_prefix(' ').map(|_| rest)?),
        };
        labels.contains(label).then(|| value.trim().parse::<f64>().ok())?
    });
    // The sum of nothing would be -0.
    samples.fold(0.0, |sum, sample| sum + sample)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn samples_of_one_counter_are_added_up_by_label() {
        let text = "# HELP a_records records\na_records_total{outcome=\"applied\",topic=\"x\"} 3\n\
                    a_records_total{outcome=\"skipped\"} 5\na_records_total{outcome=\"applied\"} 4\n\
                    a_records_late_total{outcome=\"applied\"} 100\nb_total 7\n";
        assert!((sum(text, "a_records", "outcome=\"applied\"") - 7.0).abs() < f64::EPSILON);
        assert!((sum(text, "b", "") - 7.0).abs() < f64::EPSILON);
        assert!(sum(text, "c", "").abs() < f64::EPSILON);
    }
}
