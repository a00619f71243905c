//! What a checked token says.

use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{AuthError, UserId};

/// The claims of a token that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// When the token expires, in seconds since 1970.
    pub exp: i64,
}

/// The claims as they stand in the token.
#[derive(Deserialize)]
pub(super) struct RawClaims {
    /// Both are required, which is checked where a missing claim can be named.
    #[serde(default)]
    sub: String,
    #[serde(default, deserialize_with = "whole_seconds")]
    exp: i64,
    /// RFC 8693 has a text here, and some issuers write a list.
    #[serde(default)]
    scope: Value,
    /// What some issuers call it.
    #[serde(default)]
    scp: Value,
}

impl RawClaims {
    pub(super) fn check(self) -> Result<Claims, AuthError> {
        let sub = UserId::parse(&self.sub).map_err(|_| AuthError::BadClaim("sub"))?;
        // The audit log keeps under it what operators do: no token may speak for it.
        if sub == UserId::operator() {
            return Err(AuthError::BadClaim("sub"));
        }
        // An empty scope allows nothing, so it is refused like any other.
        if !self.scope.is_null() || !self.scp.is_null() {
            return Err(AuthError::Scoped);
        }
        Ok(Claims { sub, exp: self.exp })
    }
}

/// The issuer that a token names, before anything of it is checked: good for nothing but to find the keys.
pub(super) fn named_issuer(token: &str) -> Result<String, AuthError> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        iss: Value,
    }
    let named = insecure_decode_claims::<Named>(token).map_err(|error| super::refusal(error.kind()))?;
    match named.iss {
        Value::String(issuer) => Ok(issuer),
        Value::Null => Err(AuthError::MissingClaim("iss")),
        _ => Err(AuthError::BadClaim("iss")),
    }
}

/// A claim's name as we spell it, so that no text of the token is repeated.
pub(super) fn known_name(name: &str) -> &'static str {
    match name {
        "exp" => "exp",
        "nbf" => "nbf",
        "iss" => "iss",
        "aud" => "aud",
        "sub" => "sub",
        _ => "(unknown)",
    }
}

/// RFC 7519 allows fractions in times.
fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float cast saturates, and fractions are to be dropped"
    )]
    let whole = seconds as i64;
    Ok(whole)
}
