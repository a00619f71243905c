//! What a client of the broker logs of its troubles: a line for each change, and then one a minute. librdkafka repeats
//! itself with every try, several times a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// A line that says the same is written again after this long.
const AGAIN: Duration = Duration::from_secs(60);

/// So many different lines are remembered; beyond that one may be written early.
const REMEMBERED: usize = 256;

/// Lets a line through that was not written for a minute.
#[derive(Debug, Default)]
pub(crate) struct LineLimit {
    lines: Mutex<HashMap<String, Line>>,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    written_at: Instant,
    left_out: u64,
}

impl LineLimit {
    /// Whether to write the line that `what` names: if so, how many were left out since the last one.
    pub(crate) fn pass(&self, what: &str) -> Option<u64> {
        self.pass_at(what, Instant::now())
    }

    fn pass_at(&self, what: &str, now: Instant) -> Option<u64> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(what)
            && now.saturating_duration_since(line.written_at) < AGAIN
        {
            line.left_out += 1;
            return None;
        }
        if lines.len() >= REMEMBERED {
            lines.clear();
        }
        let fresh = Line {
            written_at: now,
            left_out: 0,
        };
        let last = lines.insert(what.to_owned(), fresh);
        Some(last.map_or(0, |line| line.left_out))
    }

    /// The next line is a change, and written at once.
    fn forget(&self, what: &str) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(what);
    }
}

/// The log of one client, for its callbacks.
#[derive(Debug, Default)]
pub struct ClientLog {
    limit: LineLimit,
    all_down: AtomicBool,
}

/// What a line is about while no broker can be reached.
const ALL_DOWN: &str = "all brokers down";

impl ClientLog {
    /// The client reports an error.
    pub fn error(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if code == Some(RDKafkaErrorCode::PartitionEOF) {
            // Asked for, and no error.
            return;
        }
        let what = match code {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                if !self.all_down.swap(true, Ordering::Relaxed) {
                    self.limit.forget(ALL_DOWN);
                }
                ALL_DOWN.to_owned()
            }
            // Says no more than that no broker can be reached.
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve)
                if self.all_down.load(Ordering::Relaxed) =>
            {
                ALL_DOWN.to_owned()
            }
            _ => format!("{code:?}"),
        };
        match self.limit.pass(&what) {
            Some(left_out) => {
                tracing::warn!(kafka.error = %error, reason, left_out, "the kafka client reports an error");
            }
            None => tracing::debug!(kafka.error = %error, reason, "the kafka client reports an error"),
        }
    }

    /// A broker answered.
    pub fn heard(&self) {
        if self.all_down.load(Ordering::Relaxed) && self.all_down.swap(false, Ordering::Relaxed) {
            tracing::info!("the kafka client reaches a broker again");
        }
    }

    /// The library's own line. Failures of connections come as errors, too.
    pub fn line(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        let is_error = matches!(
            level,
            RDKafkaLogLevel::Emerg
                | RDKafkaLogLevel::Alert
                | RDKafkaLogLevel::Critical
                | RDKafkaLogLevel::Error
        );
        let comes_as_error = matches!(facility, "FAIL" | "ERROR");
        let matters = is_error || matches!(level, RDKafkaLogLevel::Warning);
        // Lines that are not written anyway must not use up the turn of one that matters.
        let turn = (matters && !comes_as_error).then(|| self.limit.pass(facility));
        match turn.flatten() {
            Some(left_out) => tracing::warn!(target: "librdkafka", facility, left_out, "{text}"),
            None => tracing::debug!(target: "librdkafka", facility, "{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_line_is_written_once_a_minute_and_says_how_many_were_not() {
        let limit = LineLimit::default();
        let began = Instant::now();
        let mut written = Vec::new();
        for tenth in 0..1_500 {
            let now = began + Duration::from_millis(100 * tenth);
            written.extend(limit.pass_at("a", now));
        }
        assert_eq!(written, [0, 599, 599]);
        assert_eq!(limit.pass_at("b", began), Some(0));
    }

    #[test]
    fn memory_is_bounded() {
        let limit = LineLimit::default();
        let now = Instant::now();
        for number in 0..10 * REMEMBERED {
            limit.pass_at(&number.to_string(), now);
        }
        assert!(limit.lines.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn a_line_that_does_not_matter_leaves_the_turn_to_one_that_does() {
        let log = ClientLog::default();
        log.line(RDKafkaLogLevel::Info, "SESSTMOUT", "rejoined");
        assert!(!log.limit.lines.lock().unwrap().contains_key("SESSTMOUT"));
        log.line(RDKafkaLogLevel::Warning, "SESSTMOUT", "the session timed out");
        assert!(log.limit.lines.lock().unwrap().contains_key("SESSTMOUT"));
    }

    #[test]
    fn an_outage_is_a_line_and_the_next_outage_is_another() {
        let log = ClientLog::default();
        let down = KafkaError::Global(RDKafkaErrorCode::AllBrokersDown);
        let lost = KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure);
        log.error(&down, "");
        for _ in 0..100 {
            log.error(&lost, "");
            log.error(&down, "");
        }
        let left_out = || {
            let lines = log.limit.lines.lock().unwrap();
            lines.get(ALL_DOWN).map(|line| line.left_out)
        };
        assert_eq!(left_out(), Some(200));
        log.heard();
        log.error(&down, "");
        assert_eq!(left_out(), Some(0));
    }
}
