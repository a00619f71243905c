//! One process: what the kernel says of it, and what it says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;

use crate::chaos::observations::{EndCause, ProcessEnd, Sample};

/// A process that stands still answers nobody, and nobody waits for it.
const ANSWER: Duration = Duration::from_millis(800);
const PREFIX: &str = "taskwire_";

#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) service: String,
    pub(super) slot: usize,
    pub(super) pid: i32,
    admin: Option<Url>,
    http: reqwest::Client,
}

impl Process {
    pub(super) fn new(service: &str, slot: usize, pid: i32, admin: u16) -> Self {
        Self {
            service: service.to_owned(),
            slot,
            pid,
            admin: Url::parse(&format!("http://127.0.0.1:{admin}")).ok(),
            http: reqwest::Client::new(),
        }
    }

    /// Bytes in memory; none when it has ended.
    pub(super) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        resident(&status)
    }

    /// Of a process that has ended and that nobody has waited for; none when a signal ended it.
    pub(super) fn exit_code(&self) -> Option<i32> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        exit_code(&stat)
    }

    pub(super) async fn sample(&self, at: Duration, resident_bytes: u64) -> Sample {
        let (is_ready, is_alive, metrics) =
            futures_util::join!(self.says("/readyz"), self.says("/healthz"), self.metrics());
        Sample {
            at,
            service: self.service.clone(),
            slot: self.slot,
            pid: self.pid,
            resident_bytes,
            is_ready,
            is_alive,
            metrics,
        }
    }

    pub(super) fn end(&self, at: Duration, cause: EndCause, code: Option<i32>, took: Duration) -> ProcessEnd {
        ProcessEnd {
            at,
            service: self.service.clone(),
            slot: self.slot,
            pid: self.pid,
            cause,
            code,
            took,
        }
    }

    async fn says(&self, path: &str) -> Option<bool> {
        match self.ask(path).await?.status().as_u16() {
            200 => Some(true),
            503 => Some(false),
            // A process that was frozen meanwhile may answer 408: it says nothing of itself.
            _ => None,
        }
    }

    async fn metrics(&self) -> BTreeMap<String, f64> {
        let Some(answer) = self.ask("/metrics").await else {
            return BTreeMap::new();
        };
        let text = answer.text().await.unwrap_or_default();
        metrics(&text)
    }

    async fn ask(&self, path: &str) -> Option<reqwest::Response> {
        let url = self.admin.as_ref()?.join(path).ok()?;
        self.http.get(url).timeout(ANSWER).send().await.ok()
    }
}

/// From `/proc/PID/status`; a process that has ended has no memory.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

/// The last field of `/proc/PID/stat`, as `wait` gives it: the signal below, the code above.
fn exit_code(stat: &str) -> Option<i32> {
    let status: i32 = stat.split_whitespace().last()?.parse().ok()?;
    (status & 0x7f == 0).then_some((status >> 8) & 0xff)
}

/// The samples of Prometheus' text format that are ours and no part of a histogram.
fn metrics(text: &str) -> BTreeMap<String, f64> {
    let histograms: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" histogram"))
        .collect();
    let samples = text.lines().filter_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        let family = name.split('{').next().unwrap_or(name);
        let of_histogram = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|end| family.strip_suffix(end))
            .any(|family| histograms.contains(&family));
        let is_ours = name.starts_with(PREFIX) && !of_histogram;
        is_ours.then(|| Some((name.to_owned(), value.parse().ok()?)))?
    });
    samples.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_ours_and_of_no_histogram() {
        let text = "# TYPE taskwire_a histogram\ntaskwire_a_bucket{le=\"1\"} 3\ntaskwire_a_count 3\n\
                    # TYPE taskwire_b_total counter\ntaskwire_b_total{topic=\"x y\"} 7\nprocess_c 1\n";
        let expected = BTreeMap::from([("taskwire_b_total{topic=\"x y\"}".to_owned(), 7.0)]);
        assert_eq!(metrics(text), expected);
    }

    #[test]
    fn a_status_without_memory_is_of_a_process_that_has_ended() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t     12 kB\n"), Some(12 * 1024));
        assert_eq!(resident("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn an_exit_code_is_told_from_a_signal() {
        assert_eq!(exit_code("12 (a b) Z 1 256"), Some(1));
        assert_eq!(exit_code("12 (a b) Z 1 0"), Some(0));
        assert_eq!(exit_code("12 (a b) Z 1 9"), None);
    }
}
