//! The oracle: what must be true after the faults, judged from the promises, the database, the topics and the effects,
//! without anything of our consumer runtime and relay.
//!
//! It gathers a [`History`]; the checkers of the [`invariants`] judge that, and nothing else, so that one that was kept
//! can be judged again, and one with a planted [violation](violations) too.

mod audit;
mod effects;
mod evidence;
pub mod history;
pub mod invariants;
mod lanes;
mod letters;
mod notices;
mod offsets;
mod outages;
mod owners;
mod processes;
mod promises;
mod rows;
#[cfg(test)]
mod sample;
mod screens;
mod store;
mod topics;
pub mod violations;

use std::time::{Duration, Instant};

use shared_events::kafka::KafkaArgs;

pub use self::evidence::Compared;
use self::evidence::Evidence;
use self::history::{History, Seen, Table};
use self::invariants::Judged;
use self::store::Database;
use super::load::Entry;
use super::observations::Observations;
use super::report::Difference;
use super::screen::Screen;

/// When nothing has moved for so long, it is worth a look.
const QUIET: Duration = Duration::from_secs(3);
const ASK: Duration = Duration::from_millis(250);

pub struct Oracle {
    database: Database,
    kafka: KafkaArgs,
    history: History,
    /// How long nothing may move before what is missing counts as lost.
    patience: Duration,
    /// How long everything may take.
    deadline: Duration,
}

#[derive(Debug)]
pub struct Comparison {
    pub compared: Compared,
    /// Of each invariant: what was examined, and how much of it differs.
    pub judged: Vec<Judged>,
    pub differences: Vec<Difference>,
}

impl Oracle {
    /// Connects to the database; the topics are read when they are needed.
    pub async fn new(
        database_url: &str,
        kafka: &KafkaArgs,
        patience: Duration,
        deadline: Duration,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            database: Database::connect(database_url).await?,
            kafka: kafka.clone(),
            history: History::default(),
            patience,
            deadline,
        })
    }

    /// What the last judgement was made of.
    pub fn into_history(self) -> History {
        self.history
    }

    /// Waits until nothing moves any more, and compares. What is missing may still come: only when nothing has moved
    /// for the whole patience it is lost.
    pub async fn judge(
        &mut self,
        entries: &[Entry],
        screens: &[Screen],
        observations: &Observations,
    ) -> anyhow::Result<Comparison> {
        self.history.entries = entries.to_vec();
        self.history.observations = observations.clone();
        let began = Instant::now();
        let (mut last, mut since, mut looked) = (Vec::new(), Instant::now(), None);
        loop {
            let now = self.progress(screens).await?;
            if now != last {
                (last, since, looked) = (now, Instant::now(), None);
            }
            let is_over = began.elapsed() > self.deadline || since.elapsed() > self.patience;
            let due_for_a_look =
                since.elapsed() > QUIET && looked.is_none() && self.database.soon_due().await? == 0;
            if is_over || due_for_a_look {
                let comparison = self.compare(screens).await?;
                if comparison.differences.is_empty() || is_over {
                    return Ok(comparison);
                }
                looked = Some(());
            }
            // Sleeps because this asks until the deadline.
            tokio::time::sleep(ASK).await;
        }
    }

    async fn progress(&self, screens: &[Screen]) -> anyhow::Result<Vec<i64>> {
        let mut numbers = self.database.progress().await?;
        numbers.extend(screens.iter().map(|screen| screen.model().tasks_position()));
        numbers.extend(
            screens
                .iter()
                .map(|screen| screen.model().notifications_position()),
        );
        Ok(numbers)
    }

    async fn compare(&mut self, screens: &[Screen]) -> anyhow::Result<Comparison> {
        topics::catch_up(&mut self.history, &self.kafka).await?;
        for table in Table::ALL {
            let rows = self.database.rows(table).await?;
            self.history.rows.insert(table, rows);
        }
        self.history.audit = self.database.audit().await?;
        self.history.leftovers = self.database.leftovers().await?;
        let seen = screens.iter().map(|screen| Seen {
            user: screen.user.clone(),
            model: screen.model().clone(),
        });
        self.history.screens = seen.collect();
        Ok(judge(&self.history))
    }
}

/// Judges a history by all invariants.
pub fn judge(history: &History) -> Comparison {
    let evidence = Evidence::of(history);
    let (judged, differences) = invariants::judge(&evidence);
    Comparison {
        compared: evidence.sizes(),
        judged,
        differences,
    }
}
