//! Tokens that passed every check: until they expire, the same bytes need no second one.

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{Claims, LEEWAY_SECONDS};

/// The users that one replica serves within the lifetime of a token; of more, the least used are verified again.
const MAX_TOKENS: usize = 10_000;

/// Stands for a token, so that none is kept.
pub(super) type TokenDigest = [u8; 32];

pub(super) fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token).into()
}

/// What the tokens said that one key set has verified. It ends with the key set: a key that is withdrawn takes the
/// tokens along that it signed.
pub(super) struct VerifiedTokens(Cache<TokenDigest, Claims>);

impl VerifiedTokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(MAX_TOKENS))
    }

    /// The claims of a token that has not expired at this moment, give or take the leeway.
    pub(super) fn get(&self, token: &TokenDigest, now: DateTime<Utc>) -> Option<Claims> {
        let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
        let claims = self.0.get(token)?;
        (claims.exp.saturating_add(leeway) >= now.timestamp()).then_some(claims)
    }

    pub(super) fn insert(&self, token: TokenDigest, claims: Claims) {
        self.0.insert(token, claims);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;

    use super::*;
    use crate::auth::{UserId, Verifier};
    use crate::testing::TestIssuer;

    #[test]
    fn a_token_is_known_until_it_expires() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let claims = Claims {
            sub: UserId::parse("alice").expect("a user id"),
            exp: now.timestamp(),
        };
        let verified = VerifiedTokens::new();
        verified.insert(digest("a"), claims.clone());
        let get = |token, after| verified.get(&digest(token), now + TimeDelta::seconds(after));
        assert_eq!(get("a", 30), Some(claims));
        assert_eq!(get("a", 31), None);
        assert_eq!(get("b", 0), None);
    }

    #[tokio::test]
    async fn a_token_that_was_verified_is_refused_once_its_key_is_withdrawn() {
        let mut issuer = TestIssuer::new();
        let verifier = Verifier::new(&issuer.auth_args())
            .await
            .expect("a readable JWKS file");
        let token = issuer.token("alice", Duration::from_secs(3600));
        for _ in 0..2 {
            assert!(verifier.verify(&token).await.is_ok());
        }
        issuer.rotate();
        verifier.inner.issuers[0]
            .refresh()
            .await
            .expect("a readable JWKS file");
        assert!(verifier.verify(&token).await.is_err());
    }
}
