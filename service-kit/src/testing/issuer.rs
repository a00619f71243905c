//! An issuer of tokens for tests: an Ed25519 key and its JWKS file.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::auth::{AuthArgs, Issuer, Issuers, JwksSource, SigningAlgorithm};

const ISSUER: &str = "taskwire-test";
const AUDIENCE: &str = "taskwire";

/// Issues tokens that [`TestIssuer::auth_args`] accepts.
#[derive(Debug)]
pub struct TestIssuer {
    folder: TempDir,
    issuer: String,
    kid: String,
    key: SigningKey,
}

impl TestIssuer {
    /// A new key, published in a JWKS file of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::named(ISSUER)
    }

    /// One of several, with this `iss`.
    #[must_use]
    pub fn named(issuer: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut issuer = Self {
            folder,
            issuer: issuer.to_owned(),
            kid: String::new(),
            key: SigningKey::from_bytes(&[0; 32]),
        };
        issuer.rotate();
        issuer
    }

    /// Replaces the key, in the JWKS file too.
    pub fn rotate(&mut self) {
        self.key = SigningKey::from_bytes(&rand::random());
        self.kid = format!("test-{:08x}", rand::random::<u32>());
        std::fs::write(self.jwks_path(), self.jwks().to_string()).expect("the JWKS file is written");
    }

    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": x })
    }

    /// The id of the current key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    #[must_use]
    pub fn jwks_path(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The `aud` of its tokens.
    #[must_use]
    pub fn audience(&self) -> &'static str {
        AUDIENCE
    }

    /// What the configuration says of it: its file, and EdDSA.
    #[must_use]
    pub fn entry(&self) -> Issuer {
        Issuer {
            issuer: self.issuer.clone(),
            jwks: JwksSource::File(self.jwks_path()),
            algorithms: vec![SigningAlgorithm::EdDSA],
        }
    }

    /// The value of `JWT_ISSUERS` that names it alone.
    #[must_use]
    pub fn jwt_issuers(&self) -> String {
        json!([self.entry()]).to_string()
    }

    /// The configuration under which its tokens are accepted, and no others.
    #[must_use]
    pub fn auth_args(&self) -> AuthArgs {
        AuthArgs {
            jwt_issuers: Issuers::new(vec![self.entry()]).expect("one issuer"),
            jwt_audience: AUDIENCE.to_owned(),
            local_stack: false,
        }
    }

    /// A token for `user` that expires after `ttl`.
    #[must_use]
    pub fn token(&self, user: &str, ttl: Duration) -> String {
        self.sign(&self.claims(user, i64::try_from(ttl.as_secs()).expect("a short time")))
    }

    /// The claims of a token; a negative `ttl_seconds` makes it expired.
    #[must_use]
    pub fn claims(&self, user: &str, ttl_seconds: i64) -> Value {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock after 1970")
            .as_secs();
        let now = i64::try_from(now).expect("a clock before the end of time");
        json!({ "iss": self.issuer, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + ttl_seconds })
    }

    /// Signs any claims with the current key.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        self.sign_with_header(&header, claims)
    }

    /// Signs any claims under any header, for what an attacker would send.
    #[must_use]
    pub fn sign_with_header(&self, header: &Header, claims: &Value) -> String {
        let pkcs8 = self.key.to_pkcs8_der().expect("an encodable key");
        let key = EncodingKey::from_ed_der(pkcs8.as_bytes());
        jsonwebtoken::encode(header, claims, &key).expect("a token")
    }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}
