//! From a schema's fingerprint to the registry's id for it: kept in memory and in Postgres, asked for in the background.
//!
//! A row waits only for a schema that was never sent before; an outage of the registry stops nothing else.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use futures_util::future::BoxFuture;

use crate::codec::{
    registry::{Registry, RegistryError},
    schema::Fingerprint,
    wire::SchemaId,
};

/// The longest pause between two questions.
const PATIENCE: Duration = Duration::from_secs(5);

/// A schema of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) subject: String,
    pub(super) fingerprint: Fingerprint,
}

type Answer = Result<Option<SchemaId>, RegistryError>;

/// The ids known so far, and the question to the registry that is under way.
pub(super) struct SchemaIds {
    registry: Registry,
    known: HashMap<Wanted, SchemaId>,
    wanted: VecDeque<Wanted>,
    asking: Option<BoxFuture<'static, (Wanted, Answer)>>,
    failures: u32,
}

impl SchemaIds {
    pub(super) fn new(registry: Registry, kept: Vec<(String, Vec<u8>, i32)>) -> Self {
        let known = kept.into_iter().filter_map(|(subject, fingerprint, id)| {
            let fingerprint = fingerprint.try_into().ok()?;
            Some((Wanted { subject, fingerprint }, SchemaId(u32::try_from(id).ok()?)))
        });
        let known = known.collect();
        Self {
            registry,
            known,
            wanted: VecDeque::new(),
            asking: None,
            failures: 0,
        }
    }

    /// The registry that the ids belong to.
    pub(super) fn registry_url(&self) -> &str {
        self.registry.url()
    }

    /// The id, if it is known; otherwise it is asked for.
    pub(super) fn get(&mut self, wanted: Wanted) -> Option<SchemaId> {
        let known = self.known.get(&wanted).copied();
        if known.is_none() && !self.wanted.contains(&wanted) {
            self.wanted.push_back(wanted);
        }
        known
    }

    /// Waits for the next id that the registry gives. Safe to drop and to call again.
    pub(super) async fn learned(&mut self) -> (Wanted, SchemaId) {
        loop {
            let (wanted, answer) = self.next_answer().await;
            self.asking = None;
            match answer {
                Ok(Some(id)) => return self.learn(wanted, id),
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
        }
    }

    async fn next_answer(&mut self) -> (Wanted, Answer) {
        if self.asking.is_none()
            && let Some(wanted) = self.wanted.pop_front()
        {
            let pause = Duration::from_millis(100) * self.failures;
            self.asking = Some(Box::pin(ask(self.registry.clone(), wanted, pause.min(PATIENCE))));
        }
        match self.asking.as_mut() {
            Some(asking) => asking.await,
            None => std::future::pending().await,
        }
    }

    fn learn(&mut self, wanted: Wanted, id: SchemaId) -> (Wanted, SchemaId) {
        self.failures = 0;
        self.known.insert(wanted.clone(), id);
        self.wanted.retain(|other| *other != wanted);
        (wanted, id)
    }
}

async fn ask(registry: Registry, wanted: Wanted, pause: Duration) -> (Wanted, Answer) {
    tokio::time::sleep(pause).await;
    let answer = registry.id_of(&wanted.subject, &wanted.fingerprint).await;
    (wanted, answer)
}
