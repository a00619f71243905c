//! How much is done to a service, and how much was.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch;

use crate::chaos::observations::Fault;

/// What is done, and for how long.
#[derive(Debug, Clone)]
pub enum Plan {
    /// So many rounds of kills and stops.
    Rounds(Rounds),
    /// These faults of services until the season is over.
    Season {
        faults: Vec<Fault>,
        length: Length,
        season: watch::Receiver<Season>,
    },
}

/// What services have to expect right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    Faults,
    /// Services to which nothing else is done are restarted.
    Restarts,
    Over,
}

/// How long faults last: as they do in a check of minutes, or as long as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    Short,
    Long,
}

/// How many rounds each service gets.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    pub kills: usize,
    pub stops: usize,
    /// No further round once something is known to be wrong.
    pub stop_early: bool,
}

/// What was done to one service so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub kills: usize,
    /// Of these, how many while another replica ran.
    pub kills_of_two: usize,
    /// Of these, how many while the broker stood still.
    pub kills_with_frozen_broker: usize,
    pub stops: usize,
    pub longest_stop: Duration,
    pub freezes: usize,
    pub longest_freeze: Duration,
    /// Rounds after which changes were acknowledged before a process of the service was started again.
    pub with_backlog: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.kills, self.stops, self.freezes)
    }
}
