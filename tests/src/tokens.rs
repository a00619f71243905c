//! Tokens as the local issuer makes them, with the key of the stack.

use anyhow::Context as _;
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::environment::Environment;

const TTL_SECONDS: i64 = 3600;

/// Signs tokens that the stack accepts.
#[derive(Clone)]
pub struct Issuer {
    key: EncodingKey,
    header: Header,
    issuer: String,
    audience: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
}

impl Issuer {
    pub fn of(environment: &Environment) -> anyhow::Result<Self> {
        let path = environment.key_path();
        let pem = std::fs::read(&path)
            .with_context(|| format!("the stack's key {} is not there", path.display()))?;
        let key =
            EncodingKey::from_ed_pem(&pem).context("the stack's key is not an Ed25519 key in PKCS #8")?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&environment.jwt_key_id);
        let (issuer, audience) = (environment.local_issuer.clone(), environment.jwt_audience.clone());
        Ok(Self {
            key,
            header,
            issuer,
            audience,
        })
    }

    /// Valid for an hour.
    pub fn token(&self, user: &str) -> anyhow::Result<String> {
        self.token_until(user, Utc::now().timestamp().saturating_add(TTL_SECONDS))
    }

    /// A token that expires, or expired, at this second since 1970.
    pub fn token_until(&self, user: &str, exp: i64) -> anyhow::Result<String> {
        let iat = Utc::now().timestamp();
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: user,
            iat,
            exp,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key).context("cannot sign a token")
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
