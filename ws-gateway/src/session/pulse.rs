//! Is the peer still there? A peer that is silent is pinged; one that does not answer is gone. No I/O, no clock.

use std::time::Duration;

use tokio::time::Instant;

/// The peer's signs of life.
#[derive(Debug)]
pub(super) struct Pulse {
    interval: Duration,
    patience: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Heard of; a ping is due at this time.
    Alive(Instant),
    /// Pinged; given up at this time.
    Pinged(Instant),
}

/// What to do when the time of [`Pulse::next`] has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Ping,
    Dead,
}

impl Pulse {
    pub(super) fn new(now: Instant, interval: Duration, patience: Duration) -> Self {
        Self {
            interval,
            patience,
            state: State::Alive(now + interval),
        }
    }

    /// When to look again.
    pub(super) fn next(&self) -> Instant {
        match self.state {
            State::Alive(at) | State::Pinged(at) => at,
        }
    }

    /// Anything at all was received.
    pub(super) fn heard(&mut self, now: Instant) {
        self.state = State::Alive(now + self.interval);
    }

    /// The time of [`Pulse::next`] has come.
    pub(super) fn beat(&mut self, now: Instant) -> Beat {
        match self.state {
            State::Alive(_) => {
                self.state = State::Pinged(now + self.patience);
                Beat::Ping
            }
            State::Pinged(_) => Beat::Dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(25);
    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_silent_peer_is_pinged_and_then_given_up() {
        let start = Instant::now();
        let mut pulse = Pulse::new(start, INTERVAL, PATIENCE);
        assert_eq!(pulse.next(), start + INTERVAL);
        assert_eq!(pulse.beat(start + INTERVAL), Beat::Ping);
        assert_eq!(pulse.next(), start + INTERVAL + PATIENCE);
        assert_eq!(pulse.beat(start + INTERVAL + PATIENCE), Beat::Dead);
    }

    #[test]
    fn a_peer_that_answers_is_pinged_again() {
        let start = Instant::now();
        let mut pulse = Pulse::new(start, INTERVAL, PATIENCE);
        pulse.beat(start + INTERVAL);
        let answered = start + INTERVAL + Duration::from_secs(1);
        pulse.heard(answered);
        assert_eq!(pulse.next(), answered + INTERVAL);
        assert_eq!(pulse.beat(answered + INTERVAL), Beat::Ping);
    }
}
