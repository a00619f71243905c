//! The issuer's keys: which are usable, and for which algorithm.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::verified::VerifiedTokens;

/// More keys than any issuer rotates through.
const MAX_KEYS: usize = 100;

/// One usable key: the algorithm follows from the key, never from the token.
#[derive(Clone)]
pub(super) struct Key {
    kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// All usable keys of an issuer, and the tokens that were verified with them.
pub(super) struct KeySet {
    keys: Vec<Key>,
    pub(super) verified: VerifiedTokens,
}

/// Why there is no key for a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// There are keys, but not this one.
    Unknown,
    NoneAtAll,
}

impl KeySet {
    /// Reads a JWKS document. Keys of other kinds than `allowed` are passed over; a document without any usable key is
    /// an error.
    pub(super) fn parse(document: &[u8], allowed: &[Algorithm]) -> Result<Self, &'static str> {
        let document: Value = serde_json::from_slice(document).map_err(|_| "it is not JSON")?;
        let keys = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or("it has no array `keys`")?;
        let usable = keys.iter().take(MAX_KEYS).filter_map(parse_key);
        let usable: Vec<Key> = usable.filter(|key| allowed.contains(&key.algorithm)).collect();
        if usable.is_empty() {
            return Err(
                "it has no signing key for an algorithm of this issuer (Ed25519 for EdDSA, P-256 for ES256, RSA for RS256)",
            );
        }
        Ok(Self {
            keys: usable,
            verified: VerifiedTokens::new(),
        })
    }

    /// The key with this id; a token without an id is accepted where there is only one key.
    pub(super) fn find(&self, kid: Option<&str>) -> Result<Key, NoKey> {
        let found = match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.cloned().ok_or(NoKey::Unknown)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| &key.kid))
            .finish()
    }
}

fn parse_key(value: &Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    if !is_for_signatures(&jwk) {
        return None;
    }
    let algorithm = algorithm_of(&jwk)?;
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key {
        kid: jwk.common.key_id,
        algorithm,
        decoding,
    })
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let use_fits = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let operations = jwk.common.key_operations.as_deref();
    use_fits && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The one allowed algorithm of a key's type; `None` when the type is not allowed or `alg` says something else.
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        _ => return None,
    };
    let stated = jwk.common.key_algorithm.as_ref();
    stated.is_none_or(|stated| *stated == name).then_some(algorithm)
}
