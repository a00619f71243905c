//! From a schema's fingerprint to the registry's id for it: kept in memory and in Postgres, asked for in the background.
//!
//! A row waits only for a schema that was never sent before; an outage of the registry stops nothing else. Ids that are
//! known are asked for again now and then, since a registry that was rebuilt may have given others.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::codec::registry::{Registry, RegistryError};
use crate::codec::schema::Fingerprint;
use crate::codec::wire::SchemaId;

/// The longest pause between two questions.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long known ids are not asked for again after the registry gave no answer.
const OUTAGE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SchemaKey {
    pub(super) subject: String,
    pub(super) fingerprint: Fingerprint,
}

type RegistryAnswer = Result<Option<SchemaId>, RegistryError>;

/// The ids known so far, and the question to the registry that is under way.
pub(super) struct SchemaIds {
    registry: Registry,
    known: HashMap<SchemaKey, SchemaId>,
    wanted: VecDeque<SchemaKey>,
    /// Known ids that the registry has still to confirm in this round.
    unconfirmed: VecDeque<SchemaKey>,
    /// When the next of them may be asked for; if there is none, when the next round begins.
    confirm_at: Instant,
    confirm_every: Duration,
    asking: Option<BoxFuture<'static, (SchemaKey, RegistryAnswer)>>,
    /// The known id that the question is about, if it is about one.
    confirming: Option<SchemaKey>,
    failures: u32,
}

impl SchemaIds {
    /// Knows the ids that were kept; the first round of confirming them begins at once.
    pub(super) fn new(
        registry: Registry,
        kept: Vec<(String, Vec<u8>, i32)>,
        confirm_every: Duration,
    ) -> Self {
        let known = kept.into_iter().filter_map(|(subject, fingerprint, id)| {
            let fingerprint = fingerprint.try_into().ok()?;
            Some((
                SchemaKey { subject, fingerprint },
                SchemaId(u32::try_from(id).ok()?),
            ))
        });
        Self {
            registry,
            known: known.collect(),
            wanted: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            confirm_at: Instant::now(),
            confirm_every,
            asking: None,
            confirming: None,
            failures: 0,
        }
    }

    pub(super) fn registry_url(&self) -> &str {
        self.registry.url()
    }

    /// The id, if it is known; otherwise it is asked for.
    pub(super) fn get(&mut self, wanted: SchemaKey) -> Option<SchemaId> {
        let known = self.known.get(&wanted).copied();
        if known.is_none() && !self.wanted.contains(&wanted) {
            self.wanted.push_back(wanted);
            // Rows wait for this one; the question about a known id can be asked again.
            if let Some(known) = self.confirming.take() {
                self.asking = None;
                self.unconfirmed.push_back(known);
            }
        }
        known
    }

    /// Waits for the next id that the registry gives and that was not known. Safe to drop and to call again.
    pub(super) async fn learned(&mut self) -> (SchemaKey, SchemaId) {
        loop {
            let (wanted, answer) = self.next_answer().await;
            self.asking = None;
            self.confirming = None;
            let learned = match self.known.get(&wanted).copied() {
                Some(id) => self.confirmed(wanted, id, answer),
                None => self.answered(wanted, answer),
            };
            if let Some(learned) = learned {
                return learned;
            }
        }
    }

    /// The answer for a schema that rows wait for.
    fn answered(&mut self, wanted: SchemaKey, answer: RegistryAnswer) -> Option<(SchemaKey, SchemaId)> {
        match answer {
            Ok(Some(id)) => return Some(self.learn(wanted, id)),
            Ok(None) => tracing::error!(
                schema.subject = wanted.subject,
                "the registry lacks a schema that events wait for, run `taskctl schemas apply`"
            ),
            Err(error) => {
                tracing::warn!(%error, schema.subject = wanted.subject, "cannot ask the registry");
            }
        }
        self.failures += 1;
        self.wanted.push_back(wanted);
        None
    }

    /// The answer for a schema whose id is known. Only another id changes anything.
    fn confirmed(
        &mut self,
        wanted: SchemaKey,
        known: SchemaId,
        answer: RegistryAnswer,
    ) -> Option<(SchemaKey, SchemaId)> {
        match answer {
            Ok(Some(id)) if id == known => {}
            Ok(Some(id)) => {
                tracing::warn!(
                    schema.subject = wanted.subject,
                    "the registry was rebuilt: a schema that had id {known} has id {id} now, and is sent with it"
                );
                return Some(self.learn(wanted, id));
            }
            Ok(None) => tracing::error!(
                schema.subject = wanted.subject,
                "the registry lacks a schema that events are sent with, run `taskctl schemas apply`"
            ),
            Err(error) => {
                tracing::debug!(%error, "cannot ask the registry whether it still has the ids that are known");
                self.unconfirmed.push_back(wanted);
                self.confirm_at = Instant::now() + OUTAGE.min(self.confirm_every);
            }
        }
        None
    }

    async fn next_answer(&mut self) -> (SchemaKey, RegistryAnswer) {
        loop {
            if self.asking.is_none() {
                self.asking = self.next_question();
            }
            match self.asking.as_mut() {
                Some(asking) => return asking.await,
                None => tokio::time::sleep_until(self.confirm_at).await,
            }
        }
    }

    fn next_question(&mut self) -> Option<BoxFuture<'static, (SchemaKey, RegistryAnswer)>> {
        if let Some(wanted) = self.wanted.pop_front() {
            let pause = Duration::from_millis(100) * self.failures;
            return Some(Box::pin(ask(self.registry.clone(), wanted, pause.min(PATIENCE))));
        }
        let now = Instant::now();
        if now < self.confirm_at {
            return None;
        }
        if self.unconfirmed.is_empty() {
            self.unconfirmed = self.known.keys().cloned().collect();
        }
        self.confirming = self.unconfirmed.pop_front();
        if self.unconfirmed.is_empty() {
            self.confirm_at = now + self.confirm_every;
        }
        let known = self.confirming.clone()?;
        Some(Box::pin(ask(self.registry.clone(), known, Duration::ZERO)))
    }

    fn learn(&mut self, wanted: SchemaKey, id: SchemaId) -> (SchemaKey, SchemaId) {
        self.failures = 0;
        self.known.insert(wanted.clone(), id);
        self.wanted.retain(|other| *other != wanted);
        (wanted, id)
    }
}

async fn ask(registry: Registry, wanted: SchemaKey, pause: Duration) -> (SchemaKey, RegistryAnswer) {
    tokio::time::sleep(pause).await;
    let answer = registry.id_of(&wanted.subject, &wanted.fingerprint).await;
    (wanted, answer)
}
