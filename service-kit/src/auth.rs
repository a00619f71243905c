//! Who is asking: JWTs checked against the published keys (JWKS) of the issuer that they name.

mod caller;
mod claims;
mod issuers;
mod keys;
mod published;
mod source;
mod user;
mod verified;

use std::sync::Arc;

use chrono::Utc;
use clap::{ArgAction, Args};
use futures_util::future::join_all;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Validation, decode_header};
use tokio_util::sync::CancellationToken;

use crate::config::BadConfiguration;
use crate::health::{Component, Detail};
use keys::Key;
use published::Published;

pub use caller::Caller;
pub use claims::Claims;
pub use issuers::{InvalidIssuers, Issuer, Issuers, LOCAL_ISSUER, SigningAlgorithm};
pub use source::{InvalidSource, JwksSource, SourceError};
pub use user::{InvalidUserId, UserId};

/// The clocks of issuer and service may differ by this much.
const LEEWAY_SECONDS: u64 = 30;
/// A token is a few hundred bytes; anything much longer is not looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
const ISSUERS: &str = "JWT_ISSUERS";

/// Whose tokens are accepted.
#[derive(Debug, Clone, Args)]
pub struct AuthArgs {
    /// Whose tokens are accepted, a JSON list: for each issuer the `iss` of its tokens, path or http(s) URL of its JWKS
    /// document, and those of EdDSA, ES256 and RS256 that it signs with, like
    /// `[{"issuer":"https://tasks.example","jwks":"https://tasks.example/api/auth/jwks","algorithms":["EdDSA"]}]`
    #[arg(long, env = "JWT_ISSUERS", value_name = "JSON")]
    pub jwt_issuers: Issuers,

    /// The `aud` that tokens must carry
    #[arg(long, env = "JWT_AUDIENCE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub jwt_audience: String,

    /// True on a developer's local stack alone, whose own issuer is refused everywhere else
    #[arg(long, env = "LOCAL_STACK", action = ArgAction::Set, default_value_t = false)]
    pub local_stack: bool,
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
    #[error("the token comes from an issuer that is not accepted")]
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
    audience: String,
    issuers: Vec<Published>,
}

impl Verifier {
    /// Reads every issuer's keys once.
    ///
    /// # Errors
    /// The local stack's issuer somewhere else, or a file of keys that cannot be used. A URL that does not answer is an
    /// outage of that issuer alone.
    pub async fn new(args: &AuthArgs) -> Result<Self, BadConfiguration> {
        if args.jwt_issuers.name_the_local_one() && !args.local_stack {
            return Err(BadConfiguration::new(
                ISSUERS,
                format!(
                    "it names {LOCAL_ISSUER}, the issuer of local stacks, whose private key lies in a checkout: \
                     take it out, or say that this is a local stack with LOCAL_STACK=true"
                ),
            ));
        }
        let client = source::client().map_err(|error| BadConfiguration::new(ISSUERS, error))?;
        let issuers = args.jwt_issuers.iter();
        let issuers: Vec<Published> = issuers
            .map(|issuer| Published::new(issuer, client.clone()))
            .collect();
        for (issuer, begun) in issuers
            .iter()
            .zip(join_all(issuers.iter().map(Published::begin)).await)
        {
            begun.map_err(|error| {
                BadConfiguration::new(ISSUERS, format!("the keys of {}: {error}", issuer.issuer))
            })?;
        }
        let audience = args.jwt_audience.clone();
        Ok(Self {
            inner: Arc::new(Inner { audience, issuers }),
        })
    }

    /// Checks issuer, signature, audience, time and required claims; of a token that passed before, the time alone.
    pub async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Malformed);
        }
        let digest = verified::digest(token);
        let now = Utc::now();
        let mut issuers = self.inner.issuers.iter();
        if let Some(claims) = issuers.find_map(|issuer| issuer.verified(&digest, now)) {
            return Ok(claims);
        }
        let header = decode_header(token).map_err(|error| refusal(error.kind()))?;
        if header.crit.is_some() {
            return Err(AuthError::Malformed);
        }
        let issuer = self.issuer_of(token)?;
        if !issuer.allows(header.alg) {
            return Err(AuthError::Algorithm);
        }
        let (key, keys) = issuer.key(header.kid.as_deref()).await?;
        if header.alg != key.algorithm {
            return Err(AuthError::Algorithm);
        }
        let validation = self.validation(issuer, &key);
        let claims = decode_claims(token, &key.decoding, &validation)?.check()?;
        keys.verified.insert(digest, claims.clone());
        Ok(claims)
    }

    /// True when there are keys of some issuer to check with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.issuers.iter().any(Published::has_keys)
    }

    /// Fetches the keys of all issuers again and again until `shutdown`; the last good keys are served meanwhile.
    ///
    /// Readiness hears whether there are keys of any issuer, and `missing` is told of those that there are none of.
    pub async fn keep_fresh(&self, shutdown: CancellationToken, component: &Component, missing: &Detail) {
        let tell = || self.tell(component, missing);
        let issuers = self.inner.issuers.iter();
        join_all(issuers.map(|issuer| issuer.keep_fresh(&shutdown, tell))).await;
    }

    fn tell(&self, component: &Component, missing: &Detail) {
        let without = self.inner.issuers.iter().filter(|issuer| !issuer.has_keys());
        let without: Vec<&str> = without.map(|issuer| issuer.issuer.as_str()).collect();
        let what = format!("the keys cannot be had of {}", without.join(", "));
        match self.is_ready() {
            true => component.ready(),
            false => component.not_ready(what.as_str()),
        }
        match without.is_empty() {
            true => missing.clear(),
            false => missing.tell(format!(
                "{what}: tokens from there are refused until its JWKS answers"
            )),
        }
    }

    /// Whose the token says it is: its keys then tell whether that is true.
    fn issuer_of(&self, token: &str) -> Result<&Published, AuthError> {
        let named = claims::named_issuer(token)?;
        let mut issuers = self.inner.issuers.iter();
        issuers
            .find(|issuer| issuer.issuer == named)
            .ok_or(AuthError::Issuer)
    }

    fn validation(&self, issuer: &Published, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&issuer.issuer]);
        validation.set_audience(&[&self.inner.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let issuers = self.inner.issuers.iter().map(|issuer| &issuer.issuer);
        f.debug_list().entries(issuers).finish()
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
