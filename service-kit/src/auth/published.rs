//! The keys that one issuer publishes: fetched, kept fresh, and served through an outage of the issuer.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::keys::{Key, KeySet, NoKey};
use super::source::SourceError;
use super::verified::TokenDigest;
use super::{AuthError, Claims, Issuer, JwksSource};

const REFRESH_EVERY: Duration = Duration::from_secs(300);
const RETRY_REFRESH_AFTER: Duration = Duration::from_secs(10);
/// An unknown key id causes at most one fetch in this time.
const REFETCH_AT_MOST_EVERY: Duration = Duration::from_secs(60);
/// Through an outage of the issuer its last keys are served, but not for ever.
const SERVE_STALE_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// One issuer's keys; those of another say nothing about its tokens.
pub(super) struct Published {
    pub(super) issuer: String,
    algorithms: Vec<Algorithm>,
    source: JwksSource,
    client: reqwest::Client,
    keys: RwLock<Option<Fetched>>,
    last_refetch: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Instant,
}

impl Published {
    /// Nothing is fetched yet.
    pub(super) fn new(issuer: &Issuer, client: reqwest::Client) -> Self {
        Self {
            issuer: issuer.issuer.clone(),
            algorithms: issuer
                .algorithms
                .iter()
                .map(|algorithm| (*algorithm).into())
                .collect(),
            source: issuer.jwks.clone(),
            client,
            keys: RwLock::new(None),
            last_refetch: Mutex::new(None),
        }
    }

    /// Reads the keys for the first time.
    ///
    /// A file that cannot be used is an error (the configuration is wrong); a URL that cannot is an outage, and
    /// [`Published::keep_fresh`] goes on trying.
    pub(super) async fn begin(&self) -> Result<(), SourceError> {
        match (self.refresh().await, &self.source) {
            (Err(error), JwksSource::Url(_)) => {
                tracing::warn!(issuer = self.issuer, %error, "cannot fetch the issuer's keys yet");
                Ok(())
            }
            (result, _) => result,
        }
    }

    pub(super) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    pub(super) fn has_keys(&self) -> bool {
        self.current().is_ok()
    }

    /// What a token says that was verified with the current keys and has not expired.
    pub(super) fn verified(&self, token: &TokenDigest, now: DateTime<Utc>) -> Option<Claims> {
        self.current().ok()?.verified.get(token, now)
    }

    /// Fetches the keys again and again until `shutdown`, and calls `tell` before each pause.
    pub(super) async fn keep_fresh(&self, shutdown: &CancellationToken, tell: impl Fn()) {
        loop {
            tell();
            let pause = if self.has_keys() {
                REFRESH_EVERY
            } else {
                RETRY_REFRESH_AFTER
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(issuer = self.issuer, %error, "cannot refresh the issuer's keys, serving the last ones");
            }
        }
    }

    pub(super) async fn refresh(&self) -> Result<(), SourceError> {
        let document = self.source.read(&self.client).await?;
        let keys = KeySet::parse(&document, &self.algorithms).map_err(SourceError::Document)?;
        let fetched = Fetched {
            keys: Arc::new(keys),
            at: Instant::now(),
        };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(fetched);
        Ok(())
    }

    /// The key with this id, and the keys that it is one of.
    pub(super) async fn key(&self, kid: Option<&str>) -> Result<(Key, Arc<KeySet>), AuthError> {
        match self.find(kid) {
            Err(NoKey::Unknown) => self.key_after_refetch(kid).await,
            Err(NoKey::NoneAtAll) => self
                .key_after_refetch(kid)
                .await
                .map_err(|_| AuthError::Unavailable),
            Ok(key) => Ok(key),
        }
    }

    /// One caller fetches, those who come meanwhile wait for its result, and nobody fetches again for a minute.
    async fn key_after_refetch(&self, kid: Option<&str>) -> Result<(Key, Arc<KeySet>), AuthError> {
        let mut last_refetch = self.last_refetch.lock().await;
        if let Ok(key) = self.find(kid) {
            return Ok(key);
        }
        let is_due = last_refetch.is_none_or(|at| at.elapsed() >= REFETCH_AT_MOST_EVERY);
        if !is_due {
            return Err(AuthError::KeyNotKnownYet);
        }
        *last_refetch = Some(Instant::now());
        if let Err(error) = self.refresh().await {
            tracing::warn!(issuer = self.issuer, %error, "cannot fetch the issuer's keys for an unknown key id");
            return Err(AuthError::KeyNotKnownYet);
        }
        self.find(kid).map_err(|_| AuthError::UnknownKey)
    }

    fn find(&self, kid: Option<&str>) -> Result<(Key, Arc<KeySet>), NoKey> {
        let keys = self.current()?;
        Ok((keys.find(kid)?, keys))
    }

    fn current(&self) -> Result<Arc<KeySet>, NoKey> {
        self.keys_at(Instant::now())
    }

    pub(super) fn keys_at(&self, now: Instant) -> Result<Arc<KeySet>, NoKey> {
        let fetched = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let fetched = fetched.filter(|fetched| now.duration_since(fetched.at) < SERVE_STALE_FOR);
        fetched.map(|fetched| fetched.keys).ok_or(NoKey::NoneAtAll)
    }
}
