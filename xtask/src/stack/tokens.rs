//! Tokens for the local stack: its key, its key set, and who it says you are.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::stack::{Stack, frontend, state};

pub(crate) const ISSUER: &str = "taskwire-local";
pub(crate) const AUDIENCE: &str = "taskwire";

/// Signs tokens with the key of one stack.
#[derive(Debug)]
pub(crate) struct Issuer {
    key: SigningKey,
}

impl Issuer {
    /// Reads the stack's key, or makes it; writes the key set beside it.
    pub(crate) fn of(stack: &Stack) -> anyhow::Result<Self> {
        let path = key_path(stack);
        let issuer = match std::fs::read_to_string(&path) {
            Ok(pem) => {
                Self::from_pem(&pem).with_context(|| format!("{} is no Ed25519 key", path.display()))?
            }
            Err(_) => {
                let issuer = Self {
                    key: SigningKey::from_bytes(&rand::random()),
                };
                state::write_private(&path, issuer.to_pem()?.as_bytes())?;
                issuer
            }
        };
        let jwks = serde_json::to_vec_pretty(&issuer.key_set())?;
        if std::fs::read(jwks_path(stack)).ok().as_deref() != Some(&jwks) {
            state::write_private(&jwks_path(stack), &jwks)?;
        }
        Ok(issuer)
    }

    /// A token that says: this is `user`, from now until `ttl` later.
    pub(crate) fn token(&self, user: &str, now: SystemTime, ttl: Duration) -> anyhow::Result<String> {
        let issued = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .context("the clock is before 1970")?
            .as_secs();
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": self.key_id()});
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": user, "iat": issued, "exp": issued + ttl.as_secs(),
        });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature = self.key.sign(message.as_bytes());
        Ok(format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        ))
    }

    /// The key's thumbprint (RFC 7638).
    pub(crate) fn key_id(&self) -> String {
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.public());
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
    }

    fn from_pem(pem: &str) -> anyhow::Result<Self> {
        Ok(Self {
            key: SigningKey::from_pkcs8_pem(pem).map_err(|error| anyhow!("{error}"))?,
        })
    }

    fn to_pem(&self) -> anyhow::Result<String> {
        // Without the public half, which not every library can read beside the private one.
        let pair = KeypairBytes {
            secret_key: self.key.to_bytes(),
            public_key: None,
        };
        let pem = pair
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(pem.to_string())
    }

    fn key_set(&self) -> serde_json::Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "x": self.public(), "kid": self.key_id(), "alg": "EdDSA", "use": "sig",
        }]})
    }

    fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().to_bytes())
    }
}

/// Whose tokens the services of this stack accept, as `JWT_ISSUERS` says it.
pub(crate) fn issuers(stack: &Stack) -> String {
    let local = json!({"issuer": ISSUER, "jwks": jwks_path(stack), "algorithms": ["EdDSA"]});
    let front_end = frontend::url(stack)
        .map(|url| json!({"issuer": url, "jwks": frontend::jwks(stack), "algorithms": ["EdDSA"]}));
    let all: Vec<_> = std::iter::once(local).chain(front_end).collect();
    json!(all).to_string()
}

/// The private key, PKCS #8 in PEM.
pub(crate) fn key_path(stack: &Stack) -> PathBuf {
    stack.path("keys/local.pem")
}

/// The key set that the services read.
pub(crate) fn jwks_path(stack: &Stack) -> PathBuf {
    stack.path("jwks.json")
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Verifier;

    use super::*;

    #[test]
    fn a_token_names_its_user_and_is_signed_by_the_key_in_the_set() {
        let issuer = Issuer {
            key: SigningKey::from_bytes(&[7; 32]),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let token = issuer.token("alice", now, Duration::from_secs(60)).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&decode(parts[0])).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).unwrap();
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["kid"], issuer.key_set()["keys"][0]["kid"]);
        assert_eq!(
            claims,
            json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": 1_000, "exp": 1_060})
        );
        let signature = ed25519_dalek::Signature::from_slice(&decode(parts[2])).unwrap();
        let message = format!("{}.{}", parts[0], parts[1]);
        issuer
            .key
            .verifying_key()
            .verify(message.as_bytes(), &signature)
            .unwrap();
    }

    #[test]
    fn a_key_survives_its_file() {
        let issuer = Issuer {
            key: SigningKey::from_bytes(&[7; 32]),
        };
        let again = Issuer::from_pem(&issuer.to_pem().unwrap()).unwrap();
        assert_eq!(again.key_id(), issuer.key_id());
        assert!(Issuer::from_pem("nonsense").is_err());
    }
}
