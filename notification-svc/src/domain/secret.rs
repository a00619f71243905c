//! A webhook endpoint's signing secret, and the Standard Webhooks signature made with it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::{Webhook, WebhookError};

/// Bytes of a fresh secret: the standard asks for 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// A signing secret; shown to its owner once, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    pub fn generate() -> Self {
        Self(rand::random::<[u8; SECRET_BYTES]>().to_vec())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The form its owner gets: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }

    /// The value of `webhook-signature`. The body is text, as JSON is.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, WebhookError> {
        Webhook::from_bytes(self.0.clone())?.sign(id, timestamp, body)
    }
}

/// A stored secret.
impl From<Vec<u8>> for SigningSecret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_reproduced() {
        let key = STANDARD.decode("C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = SigningSecret::from(key).sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(
            signature.unwrap(),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn the_owner_gets_the_key_that_signs() {
        let secret = SigningSecret::generate();
        let owners = Webhook::new(&secret.reveal()).unwrap();
        let signed = |signature: Result<String, WebhookError>| signature.unwrap();
        assert_eq!(
            signed(secret.sign("msg_1", 1_700_000_000, b"{}")),
            signed(owners.sign("msg_1", 1_700_000_000, b"{}"))
        );
    }

    #[test]
    fn secrets_differ_and_are_not_printed() {
        assert_ne!(SigningSecret::generate(), SigningSecret::generate());
        assert_eq!(format!("{:?}", SigningSecret::generate()), "SigningSecret(…)");
    }
}
