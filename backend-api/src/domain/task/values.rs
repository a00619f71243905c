//! What single fields of a task can say: its estimate, its priority, its status.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// An amount of work: 1 minute to a year of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i32")]
pub struct Estimate(i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of minutes from 1 to {}", Estimate::MAX)]
pub struct NotAnEstimate;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Open,
    Done,
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct UnknownWord(&'static str);

impl Estimate {
    const MAX: i32 = 525_600;

    #[must_use]
    pub const fn minutes(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Estimate {
    type Error = NotAnEstimate;

    fn try_from(minutes: i32) -> Result<Self, NotAnEstimate> {
        let is_estimate = (1..=Self::MAX).contains(&minutes);
        is_estimate.then_some(Self(minutes)).ok_or(NotAnEstimate)
    }
}

impl Priority {
    /// 0 is critical, 3 is low, as the column `urgency` has it.
    #[must_use]
    pub const fn urgency(self) -> i16 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Normal => 2,
            Self::Low => 3,
        }
    }

    /// The word of the API and of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Priority {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Low, Self::Normal, Self::High, Self::Critical]
            .into_iter()
            .find(|priority| priority.as_str() == word)
            .ok_or(UnknownWord("low, normal, high, critical"))
    }
}

impl Status {
    /// The word of the API and of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Skipped => "skipped",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Open, Self::Done, Self::Skipped]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(UnknownWord("open, done, skipped"))
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
