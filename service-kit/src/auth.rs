//! Who is asking: JWTs checked against the issuer's published keys (JWKS).

mod caller;
mod claims;
mod keys;
mod source;
mod user;
mod verified;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::Utc;
use clap::Args;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Validation, decode_header};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::health::Component;
use keys::{Key, KeySet, NoKey};

pub use caller::Caller;
pub use claims::Claims;
pub use source::{JwksSource, SourceError};
pub use user::{InvalidUserId, UserId};

/// The clocks of issuer and service may differ by this much.
const LEEWAY_SECONDS: u64 = 30;
/// A token is a few hundred bytes; anything much longer is not looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
const REFRESH_EVERY: Duration = Duration::from_secs(300);
const RETRY_REFRESH_AFTER: Duration = Duration::from_secs(10);
/// An unknown key id causes at most one fetch in this time.
const REFETCH_AT_MOST_EVERY: Duration = Duration::from_secs(60);
/// Through an outage of the issuer its last keys are served, but not for ever.
const SERVE_STALE_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Whose tokens are accepted.
#[derive(Debug, Clone, Args)]
pub struct AuthArgs {
    /// The issuer's keys: path or http(s) URL of a JWKS document
    #[arg(long, env = "JWKS")]
    pub jwks: JwksSource,

    /// The `iss` that tokens must carry
    #[arg(long, env = "JWT_ISSUER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub jwt_issuer: String,

    /// The `aud` that tokens must carry
    #[arg(long, env = "JWT_AUDIENCE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub jwt_audience: String,
}

/// Why a token is refused. The messages are for clients: they say what to change and nothing about our keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum AuthError {
    /// There is no token in the request.
    #[error("a bearer token is required")]
    Missing,
    /// The header is there but is not `Bearer <token>`, or the token is not a JWT.
    #[error("the bearer token is not a well-formed JWT")]
    Malformed,
    /// The algorithm is not allowed, or not the one of the key.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// No key that was fetched has this id, but it may be a new one: the keys were fetched a moment ago, and are not
    /// fetched again so soon.
    #[error("the token is signed with a key that is not known yet")]
    KeyNotKnownYet,
    #[error("the token's signature is not valid")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token comes from another issuer")]
    Issuer,
    #[error("the token is meant for another audience")]
    Audience,
    #[error("the token lacks the claim {0}")]
    MissingClaim(&'static str),
    /// A claim has the wrong type or an unusable value.
    #[error("the token's claim {0} is not usable")]
    BadClaim(&'static str),
    /// The token is restricted to scopes, which nothing here looks at: it could do more than it is meant to.
    #[error("tokens with scopes are not accepted, as scopes are not enforced yet")]
    Scoped,
    /// The issuer's keys could not be had yet: nothing can be said about the token.
    #[error("tokens cannot be checked right now")]
    Unavailable,
}

impl AuthError {
    /// A stable label for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::KeyNotKnownYet => "key_not_known_yet",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::MissingClaim(_) => "missing_claim",
            Self::BadClaim(_) => "bad_claim",
            Self::Scoped => "scoped",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Checks tokens; clones share their keys.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    source: JwksSource,
    client: reqwest::Client,
    issuer: String,
    audience: String,
    keys: RwLock<Option<Fetched>>,
    last_refetch: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Instant,
}

impl Verifier {
    /// Reads the keys once.
    ///
    /// A file that cannot be used is an error (the configuration is wrong); a URL that cannot is an outage, and
    /// [`Verifier::refresh_loop`] goes on trying.
    pub async fn new(args: &AuthArgs) -> Result<Self, SourceError> {
        let verifier = Self {
            inner: Arc::new(Inner {
                source: args.jwks.clone(),
                client: source::client()?,
                issuer: args.jwt_issuer.clone(),
                audience: args.jwt_audience.clone(),
                keys: RwLock::new(None),
                last_refetch: Mutex::new(None),
            }),
        };
        match (verifier.refresh().await, &args.jwks) {
            (Err(error), JwksSource::File(_)) => Err(error),
            (Err(error), JwksSource::Url(_)) => {
                tracing::warn!(%error, "cannot fetch the issuer's keys yet");
                Ok(verifier)
            }
            (Ok(()), _) => Ok(verifier),
        }
    }

    /// Checks signature, issuer, audience, time and required claims; of a token that passed before, the time alone.
    pub async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Malformed);
        }
        let digest = verified::digest(token);
        let known = |keys: Arc<KeySet>| keys.verified.get(&digest, Utc::now());
        if let Some(claims) = self.current().ok().and_then(known) {
            return Ok(claims);
        }
        let header = decode_header(token).map_err(|error| refusal(error.kind()))?;
        if header.crit.is_some() {
            return Err(AuthError::Malformed);
        }
        let (key, keys) = self.key(header.kid.as_deref()).await?;
        if header.alg != key.algorithm {
            return Err(AuthError::Algorithm);
        }
        let validation = self.validation(&key);
        let claims = decode_claims(token, &key.decoding, &validation)?.check()?;
        keys.verified.insert(digest, claims.clone());
        Ok(claims)
    }

    /// True when there are keys to check with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.current().is_ok()
    }

    /// Fetches the keys again and again until `shutdown`; the last good keys are served meanwhile.
    pub async fn refresh_loop(&self, shutdown: CancellationToken) {
        self.refresh_until(shutdown, |_| {}).await;
    }

    /// [`Verifier::refresh_loop`] that also tells readiness whether tokens can be checked.
    pub async fn keep_fresh(&self, shutdown: CancellationToken, component: &Component) {
        let tell = |is_ready| match is_ready {
            true => component.ready(),
            false => component.not_ready("the issuer's keys cannot be had"),
        };
        self.refresh_until(shutdown, tell).await;
    }

    async fn refresh_until(&self, shutdown: CancellationToken, tell: impl Fn(bool)) {
        loop {
            let is_ready = self.is_ready();
            tell(is_ready);
            let pause = if is_ready {
                REFRESH_EVERY
            } else {
                RETRY_REFRESH_AFTER
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "cannot refresh the issuer's keys, serving the last ones");
            }
        }
    }

    async fn refresh(&self) -> Result<(), SourceError> {
        let document = self.inner.source.read(&self.inner.client).await?;
        let keys = KeySet::parse(&document).map_err(SourceError::Document)?;
        let fetched = Fetched {
            keys: Arc::new(keys),
            at: Instant::now(),
        };
        *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(fetched);
        Ok(())
    }

    /// The key with this id, and the keys that it is one of.
    async fn key(&self, kid: Option<&str>) -> Result<(Key, Arc<KeySet>), AuthError> {
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
        let mut last_refetch = self.inner.last_refetch.lock().await;
        if let Ok(key) = self.find(kid) {
            return Ok(key);
        }
        let is_due = last_refetch.is_none_or(|at| at.elapsed() >= REFETCH_AT_MOST_EVERY);
        if !is_due {
            return Err(AuthError::KeyNotKnownYet);
        }
        *last_refetch = Some(Instant::now());
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "cannot fetch the issuer's keys for an unknown key id");
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

    fn keys_at(&self, now: Instant) -> Result<Arc<KeySet>, NoKey> {
        let fetched = self
            .inner
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let fetched = fetched.filter(|fetched| now.duration_since(fetched.at) < SERVE_STALE_FOR);
        fetched.map(|fetched| fetched.keys).ok_or(NoKey::NoneAtAll)
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.inner.issuer]);
        validation.set_audience(&[&self.inner.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
    }
}

fn decode_claims(
    token: &str,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<claims::RawClaims, AuthError> {
    jsonwebtoken::decode(token, key, validation)
        .map(|token| token.claims)
        .map_err(|error| refusal(error.kind()))
}

fn refusal(kind: &ErrorKind) -> AuthError {
    match kind {
        ErrorKind::InvalidSignature => AuthError::Signature,
        ErrorKind::ExpiredSignature => AuthError::Expired,
        ErrorKind::ImmatureSignature => AuthError::NotYetValid,
        ErrorKind::InvalidIssuer => AuthError::Issuer,
        ErrorKind::InvalidAudience => AuthError::Audience,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            AuthError::Algorithm
        }
        ErrorKind::MissingRequiredClaim(name) => AuthError::MissingClaim(claims::known_name(name)),
        ErrorKind::InvalidClaimFormat(name) => AuthError::BadClaim(claims::known_name(name)),
        _ => AuthError::Malformed,
    }
}

#[cfg(test)]
mod tests;
