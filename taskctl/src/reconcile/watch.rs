//! Looking again and again: what changes goes to stdout, the state to /metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use service_kit::frame::listen;
use service_kit::health::{Component, Health, serve_admin};
use service_kit::lifecycle::{self, ComponentError, Lifecycle};
use service_kit::telemetry::meter;
use shared_events::metrics::label;
use tokio_util::sync::CancellationToken;

use crate::ending::{BadConfiguration, Ending};
use crate::output::Output;
use crate::reconcile::look::{GRACE, Look};
use crate::reconcile::report::{Finding, Kind, Outcome, State, named};
use crate::reconcile::{ReconcileArgs, ending};

/// How long a stop waits for a look that is under way.
const DRAIN: Duration = Duration::from_secs(5);

/// What the last look came to; none while nothing is known.
type Last = Arc<Mutex<Option<Outcome>>>;

/// Looks until it is stopped; the exit code is that of the last look.
pub(crate) async fn run(args: ReconcileArgs, output: Output) -> anyhow::Result<Ending> {
    let lifecycle = Lifecycle::new();
    let health = Health::new("taskctl reconcile");
    let last = Last::default();
    let mut watcher = Watcher {
        component: health.component("comparison"),
        known: BTreeMap::new(),
        last: Arc::clone(&last),
        args,
        output,
    };
    observe(&last);
    if let Some(address) = watcher.args.listen {
        let listener = listen(address, "--listen").map_err(|error| BadConfiguration(error.to_string()))?;
        serve_admin(listener, health, &lifecycle)?;
    }
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("reconcile", async move {
        watcher.watch(&shutdown).await;
        Ok::<(), ComponentError>(())
    });
    match lifecycle.supervise(DRAIN).await {
        lifecycle::Outcome::Clean | lifecycle::Outcome::DrainExpired(_) => {}
        lifecycle::Outcome::Died(what) => bail!("{what} died"),
    }
    let last = lock(&last).take();
    Ok(last.as_ref().map_or(Ending::Done, ending))
}

struct Watcher {
    args: ReconcileArgs,
    output: Output,
    component: Component,
    last: Last,
    /// Findings by name, as they were told.
    known: BTreeMap<String, Finding>,
}

impl Watcher {
    async fn watch(&mut self, shutdown: &CancellationToken) {
        let mut look = None;
        while !shutdown.is_cancelled() {
            let looked = shutdown.run_until_cancelled(self.look(&mut look)).await;
            match looked {
                None => return,
                Some(Ok(outcome)) => self.tell(outcome),
                Some(Err(error)) => {
                    // Nothing is known now, and no metric may say that all is well.
                    look = None;
                    *lock(&self.last) = None;
                    self.component.not_ready(format!("{error:#}"));
                    self.output.progress(&format!("cannot look: {error:#}"));
                }
            }
            shutdown
                .run_until_cancelled(tokio::time::sleep(self.args.every))
                .await;
        }
    }

    /// Goes on from the look before, where that found no gap: the topics are read once.
    ///
    /// What is missing is looked for from the beginning: of a record that had its entry, a look keeps nothing in mind,
    /// and when the entry is gone, the record is still there to make it from.
    async fn look(&self, look: &mut Option<Look>) -> anyhow::Result<Outcome> {
        if let Some(mut looking) = look.take() {
            let outcome = looking.look().await?;
            if outcome.gaps() == 0 {
                *look = Some(looking);
                return Ok(outcome);
            }
        }
        let mut looking = Look::begin(&self.args.database, &self.args.kafka, GRACE).await?;
        let outcome = looking.look().await?;
        if outcome.gaps() == 0 {
            *look = Some(looking);
        }
        Ok(outcome)
    }

    fn tell(&mut self, outcome: Outcome) {
        let name = |finding: &Finding| format!("{} {}", finding.kind.name(), finding.name());
        let now: BTreeMap<String, Finding> = outcome
            .findings
            .iter()
            .map(|finding| (name(finding), finding.clone()))
            .collect();
        let new: Vec<Finding> = now
            .iter()
            .filter(|(name, finding)| {
                self.known
                    .get(*name)
                    .is_none_or(|known| known.state != finding.state)
            })
            .map(|(_, finding)| finding.clone())
            .collect();
        let gone: Vec<String> = self
            .known
            .keys()
            .filter(|name| !now.contains_key(*name))
            .cloned()
            .collect();
        let is_first = lock(&self.last).is_none();
        if is_first || !new.is_empty() || !gone.is_empty() {
            let told = Told {
                new,
                gone,
                outcome: &outcome,
            };
            if let Err(error) = self.output.answer(&told, Told::to_text) {
                self.output.progress(&format!("{error:#}"));
            }
        }
        self.known = now;
        self.component.ready();
        *lock(&self.last) = Some(outcome);
    }
}

/// What changed since the look before.
#[derive(serde::Serialize)]
struct Told<'a> {
    new: Vec<Finding>,
    gone: Vec<String>,
    outcome: &'a Outcome,
}

impl Told<'_> {
    fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.new.is_empty() {
            text.push_str(&format!("new:\n{}", named(&self.new)));
        }
        self.gone
            .iter()
            .for_each(|name| text.push_str(&format!("gone: {name}\n")));
        text.push_str(&self.outcome.summary());
        text
    }
}

/// Shows what is known in the metrics; what is not known is not there.
fn observe(last: &Last) {
    let of = Arc::clone(last);
    let _gaps = meter()
        .u64_observable_gauge("taskwire_reconcile_gaps")
        .with_description("what is missing, by kind; absent while nothing is known")
        .with_callback(move |instrument| {
            if let Some(outcome) = &*lock(&of) {
                for kind in Kind::ALL {
                    instrument.observe(outcome.count(kind, State::Gap), &[label("kind", kind.name())]);
                }
                instrument.observe(outcome.unnamed, &[label("kind", "unnamed")]);
            }
        })
        .build();
    let of = Arc::clone(last);
    let _aside = meter()
        .u64_observable_gauge("taskwire_reconcile_set_aside")
        .with_description("what is parked or dead-lettered, by kind and state; absent while nothing is known")
        .with_callback(move |instrument| {
            if let Some(outcome) = &*lock(&of) {
                for (kind, state) in Kind::ALL
                    .into_iter()
                    .flat_map(|kind| State::ALL.map(|state| (kind, state)))
                    .filter(|(_, state)| *state != State::Gap)
                {
                    let labels = [label("kind", kind.name()), label("state", state.name())];
                    instrument.observe(outcome.count(kind, state), &labels);
                }
            }
        })
        .build();
    let of = Arc::clone(last);
    let _examined = meter()
        .u64_observable_gauge("taskwire_reconcile_examined")
        .with_description("how much the last look examined, by kind; absent while nothing is known")
        .with_callback(move |instrument| {
            if let Some(outcome) = &*lock(&of) {
                for (kind, count) in &outcome.examined {
                    instrument.observe(*count, &[label("kind", kind.clone())]);
                }
            }
        })
        .build();
    let of = Arc::clone(last);
    let _success = meter()
        .f64_observable_gauge("taskwire_reconcile_last_success_timestamp_seconds")
        .with_description("when the last look began that succeeded; alarm when it is old or absent")
        .with_callback(move |instrument| {
            let at = lock(&of).as_ref().and_then(|outcome| outcome.looked_at);
            if let Some(at) = at {
                instrument.observe(at.timestamp_millis() as f64 / 1_000.0, &[]);
            }
        })
        .build();
    let of = Arc::clone(last);
    let _duration = meter()
        .f64_observable_gauge("taskwire_reconcile_duration_seconds")
        .with_description("how long the last look took; absent while nothing is known")
        .with_callback(move |instrument| {
            if let Some(outcome) = &*lock(&of) {
                instrument.observe(outcome.seconds, &[]);
            }
        })
        .build();
}

fn lock(last: &Last) -> std::sync::MutexGuard<'_, Option<Outcome>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::report::tests::finding;

    #[test]
    fn what_is_told_of_a_gap_says_how_many_there_are_and_what_helps() {
        let gap = finding(State::Gap);
        let outcome = Outcome {
            findings: vec![gap.clone(), gap.clone()],
            ..Outcome::default()
        };
        let told = Told {
            new: vec![gap],
            gone: Vec::new(),
            outcome: &outcome,
        };
        let text = told.to_text();
        assert!(text.contains("what helps:\n  set it back\n"), "{text}");
        assert!(text.contains("2 gaps, 0 parked"), "{text}");
        assert!(!text.contains("no gap"), "{text}");
    }
}
