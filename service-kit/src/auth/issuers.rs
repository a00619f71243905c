//! Whose tokens are accepted, as the configuration says it: each issuer with its keys and its algorithms.

use std::collections::BTreeSet;
use std::str::FromStr;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use super::JwksSource;

/// The issuer of a developer's local stack. Its private key lies in a checkout, so no other stack may trust it.
pub const LOCAL_ISSUER: &str = "taskwire-local";

const EXAMPLE: &str = r#"[{"issuer":"https://tasks.example","jwks":"https://tasks.example/api/auth/jwks","algorithms":["EdDSA"]}]"#;

/// All issuers, at least one, each with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuers(Vec<Issuer>);

/// One issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks: JwksSource,
    /// What its tokens may be signed with; keys for anything else are passed over.
    pub algorithms: Vec<SigningAlgorithm>,
}

/// The algorithms that any issuer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "RFC 7518 and RFC 8037 say it")]
pub enum SigningAlgorithm {
    EdDSA,
    ES256,
    RS256,
}

/// Why a text does not say whose tokens are accepted.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum InvalidIssuers {
    #[error("it is no JSON list like {EXAMPLE}: {0}")]
    Json(#[from] serde_path_to_error::Error<serde_json::Error>),
    #[error("the list is empty, so no token could be accepted; name an issuer, like {EXAMPLE}")]
    None,
    #[error("an `issuer` is empty; write the `iss` of its tokens there")]
    NoName,
    #[error("the issuer {0} is there twice; give it one entry, and all its keys in one document")]
    Twice(String),
    #[error("the issuer {0} has no algorithm; name one or more of EdDSA, ES256, RS256")]
    NoAlgorithm(String),
}

impl Issuers {
    /// Takes issuers with names of their own, each with an algorithm.
    ///
    /// # Errors
    /// [`InvalidIssuers`] that says which of them cannot be.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, InvalidIssuers> {
        if issuers.is_empty() {
            return Err(InvalidIssuers::None);
        }
        let mut names = BTreeSet::new();
        for issuer in &issuers {
            if issuer.issuer.is_empty() {
                return Err(InvalidIssuers::NoName);
            }
            if issuer.algorithms.is_empty() {
                return Err(InvalidIssuers::NoAlgorithm(issuer.issuer.clone()));
            }
            if !names.insert(issuer.issuer.as_str()) {
                return Err(InvalidIssuers::Twice(issuer.issuer.clone()));
            }
        }
        Ok(Self(issuers))
    }

    /// Each of them, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Issuer> {
        self.0.iter()
    }

    /// Whether the issuer of local stacks is one of them.
    #[must_use]
    pub fn name_the_local_one(&self) -> bool {
        self.iter().any(|issuer| issuer.issuer == LOCAL_ISSUER)
    }
}

impl FromStr for Issuers {
    type Err = InvalidIssuers;

    fn from_str(text: &str) -> Result<Self, InvalidIssuers> {
        let mut json = serde_json::Deserializer::from_str(text);
        let issuers = serde_path_to_error::deserialize(&mut json)?;
        Self::new(issuers)
    }
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::EdDSA => Self::EdDSA,
            SigningAlgorithm::ES256 => Self::ES256,
            SigningAlgorithm::RS256 => Self::RS256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_read_in_their_order() {
        let text = r#"[
            {"issuer": "https://tasks.example", "jwks": "https://tasks.example/api/auth/jwks", "algorithms": ["EdDSA"]},
            {"issuer": "partner", "jwks": "/etc/partner.json", "algorithms": ["ES256", "RS256"]}
        ]"#;
        let issuers: Issuers = text.parse().expect("two issuers");
        let names: Vec<&str> = issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        assert_eq!(names, ["https://tasks.example", "partner"]);
        let sources: Vec<String> = issuers.iter().map(|issuer| issuer.jwks.to_string()).collect();
        assert_eq!(
            sources,
            ["https://tasks.example/api/auth/jwks", "/etc/partner.json"]
        );
        assert!(!issuers.name_the_local_one());
        EXAMPLE.parse::<Issuers>().expect("the example is one");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_the_way_out() {
        let entry = |name: &str, jwks: &str, algorithms: &str| {
            format!(r#"{{"issuer":"{name}","jwks":"{jwks}","algorithms":[{algorithms}]}}"#)
        };
        let good = entry("a", "/a", r#""EdDSA""#);
        for (text, parts) in [
            ("", &["no JSON list like", "https://tasks.example"][..]),
            ("[]", &["empty", "name an issuer"]),
            (r#"[{"issuer":"a"}]"#, &["[0]", "jwks"]),
            (
                &format!("[{}]", entry("", "/a", r#""EdDSA""#)),
                &["`issuer` is empty"],
            ),
            (
                &format!("[{good},{good}]"),
                &["issuer a is there twice", "one entry"],
            ),
            (
                &format!("[{}]", entry("a", "/a", "")),
                &["a has no algorithm", "EdDSA"],
            ),
            (
                &format!("[{good},{}]", entry("b", "/b", r#""HS256""#)),
                &["[1].algorithms[0]", "HS256", "RS256"],
            ),
            (
                &format!("[{}]", entry("a", "ftp://a.example/keys", r#""EdDSA""#)),
                &["[0].jwks", "http", "path"],
            ),
        ] {
            let message = text.parse::<Issuers>().expect_err(text).to_string();
            for part in parts {
                assert!(message.contains(part), "{part} is missing in {message}");
            }
        }
    }
}
