//! Tests of the token checks.

mod issuers;
mod published;

use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::time::Instant;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::keys::NoKey;
use super::*;
use crate::health::Health;
use crate::problem::Problem;
use crate::testing::TestIssuer;

const HOUR: Duration = Duration::from_secs(3600);

async fn verifier(issuer: &TestIssuer) -> Verifier {
    Verifier::new(&issuer.auth_args())
        .await
        .expect("a readable JWKS file")
}

fn args_for_url(issuer: &TestIssuer, url: &str) -> AuthArgs {
    args_for([at_url(issuer, url)])
}

fn at_url(issuer: &TestIssuer, url: &str) -> Issuer {
    let jwks = url.parse().expect("a URL");
    Issuer {
        jwks,
        ..issuer.entry()
    }
}

fn args_for<const N: usize>(issuers: [Issuer; N]) -> AuthArgs {
    AuthArgs {
        jwt_issuers: Issuers::new(issuers.to_vec()).expect("issuers"),
        ..TestIssuer::new().auth_args()
    }
}

async fn jwks_server(document: Value, expected_fetches: std::ops::RangeInclusive<u64>) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(document);
    Mock::given(method("GET"))
        .respond_with(answer)
        .expect(expected_fetches)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_good_token_is_accepted() {
    let issuer = TestIssuer::new();
    let claims = verifier(&issuer)
        .await
        .verify(&issuer.token("alice", HOUR))
        .await
        .expect("accepted");
    assert_eq!(claims.sub.as_str(), "alice");
}

#[tokio::test]
async fn a_token_that_is_restricted_to_scopes_is_refused() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    for (name, value, expected) in [
        ("scope", json!("tasks:read"), Some(AuthError::Scoped)),
        ("scope", json!(["tasks:read"]), Some(AuthError::Scoped)),
        ("scp", json!("tasks:read"), Some(AuthError::Scoped)),
        ("scope", json!(""), Some(AuthError::Scoped)),
        ("scp", json!([]), Some(AuthError::Scoped)),
        ("scope", json!(null), None),
    ] {
        let mut claims = issuer.claims("alice", 3600);
        claims[name] = value;
        let refused = verifier.verify(&issuer.sign(&claims)).await.err();
        assert_eq!(refused, expected, "{name}: {claims}");
    }
    assert_eq!(Problem::from(AuthError::Scoped).status().as_u16(), 403);
}

#[tokio::test]
async fn each_required_claim_is_required() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    for name in ["exp", "iss", "aud", "sub"] {
        let mut claims = issuer.claims("alice", 3600);
        claims.as_object_mut().expect("an object").remove(name);
        let refused = verifier.verify(&issuer.sign(&claims)).await.expect_err(name);
        assert_eq!(refused, AuthError::MissingClaim(name));
    }
}

#[tokio::test]
async fn a_token_for_someone_else_is_refused() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    let cases = [("aud", AuthError::Audience), ("iss", AuthError::Issuer)];
    for (name, expected) in cases {
        let mut claims = issuer.claims("alice", 3600);
        claims[name] = json!("somebody-else");
        assert_eq!(verifier.verify(&issuer.sign(&claims)).await, Err(expected));
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_after_the_leeway() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    let just_expired = issuer.sign(&issuer.claims("alice", -10));
    assert!(
        verifier.verify(&just_expired).await.is_ok(),
        "10 s are within the leeway of 30 s"
    );
    let expired = issuer.sign(&issuer.claims("alice", -40));
    assert_eq!(verifier.verify(&expired).await, Err(AuthError::Expired));
}

#[tokio::test]
async fn a_token_of_the_future_is_refused() {
    let issuer = TestIssuer::new();
    let mut claims = issuer.claims("alice", 3600);
    claims["nbf"] = json!(claims["iat"].as_i64().expect("a time") + 600);
    assert_eq!(
        verifier(&issuer).await.verify(&issuer.sign(&claims)).await,
        Err(AuthError::NotYetValid)
    );
}

#[tokio::test]
async fn an_unusable_subject_is_refused() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    for user in [String::new(), "a".repeat(129), "a\nb".to_owned()] {
        let refused = verifier.verify(&issuer.token(&user, HOUR)).await;
        assert_eq!(refused, Err(AuthError::BadClaim("sub")), "{user:?}");
    }
}

#[tokio::test]
async fn a_public_key_used_as_hmac_secret_is_refused() {
    let issuer = TestIssuer::new();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(issuer.kid().to_owned());
    let x = issuer.jwk()["x"].as_str().expect("a key").to_owned();
    let forged = jsonwebtoken::encode(
        &header,
        &issuer.claims("alice", 3600),
        &EncodingKey::from_secret(x.as_bytes()),
    );
    let refused = verifier(&issuer).await.verify(&forged.expect("a token")).await;
    assert_eq!(refused, Err(AuthError::Algorithm));
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({ "alg": "none", "kid": issuer.kid() }));
    let unsigned = format!("{header}.{}.", encode(issuer.claims("alice", 3600)));
    assert!(verifier.verify(&unsigned).await.is_err());
}

#[tokio::test]
async fn another_issuers_signature_is_refused() {
    let issuer = TestIssuer::new();
    let stranger = TestIssuer::new();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(issuer.kid().to_owned());
    let forged = stranger.sign_with_header(&header, &issuer.claims("alice", 3600));
    assert_eq!(
        verifier(&issuer).await.verify(&forged).await,
        Err(AuthError::Signature)
    );
}

#[tokio::test]
async fn garbage_is_refused() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    for garbage in ["", "x", "a.b.c", "....", &"x".repeat(100_000)] {
        assert_eq!(verifier.verify(garbage).await, Err(AuthError::Malformed));
    }
}

#[tokio::test]
async fn no_message_repeats_the_token_or_names_a_key() {
    let issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    let stranger = TestIssuer::new().token("mallory", HOUR);
    for token in ["a.b.c", &stranger] {
        let message = verifier.verify(token).await.expect_err("refused").to_string();
        assert!(
            !message.contains(token) && !message.contains("mallory") && !message.contains("test-"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn es256_and_rs256_keys_are_accepted_for_their_own_algorithm_only() {
    let issuer = TestIssuer::new();
    let (ec, ec_jwk) = ec_key();
    let (rsa, rsa_jwk) = rsa_key();
    let jwks =
        json!({ "keys": [issuer.jwk(), ec_jwk, rsa_jwk, { "kty": "oct", "kid": "secret", "k": "AAAA" }] });
    std::fs::write(issuer.jwks_path(), jwks.to_string()).expect("written");
    let algorithms = vec![
        SigningAlgorithm::EdDSA,
        SigningAlgorithm::ES256,
        SigningAlgorithm::RS256,
    ];
    let all = Issuer {
        algorithms,
        ..issuer.entry()
    };
    let verifier = Verifier::new(&args_for([all])).await.expect("a verifier");
    let sign = |algorithm, kid: &str, key: &EncodingKey| {
        let mut header = Header::new(algorithm);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, &issuer.claims("alice", 3600), key).expect("a token")
    };
    assert!(verifier.verify(&sign(Algorithm::ES256, "ec", &ec)).await.is_ok());
    assert!(
        verifier
            .verify(&sign(Algorithm::RS256, "rsa", &rsa))
            .await
            .is_ok()
    );
    assert_eq!(
        verifier.verify(&sign(Algorithm::RS256, "ec", &rsa)).await,
        Err(AuthError::Algorithm)
    );
    assert_eq!(
        verifier.verify(&sign(Algorithm::PS256, "rsa", &rsa)).await,
        Err(AuthError::Algorithm)
    );
}

#[actix_web::test]
async fn a_request_without_a_token_is_told_how_to_authenticate() {
    let issuer = TestIssuer::new();
    let verifier = actix_web::web::Data::new(verifier(&issuer).await);
    let app = actix_web::App::new().app_data(verifier).route(
        "/me",
        actix_web::web::get().to(|caller: Caller| async move { caller.user.to_string() }),
    );
    let app = actix_web::test::init_service(app).await;
    let call = |authorization: Option<String>| {
        let request = actix_web::test::TestRequest::get().uri("/me");
        let request = match authorization {
            Some(value) => request.insert_header(("authorization", value)),
            None => request,
        };
        actix_web::test::call_service(&app, request.to_request())
    };
    let missing = call(None).await;
    assert_eq!(missing.status(), 401);
    assert_eq!(
        missing.headers().get("www-authenticate").expect("a challenge"),
        r#"Bearer realm="taskwire""#
    );
    let expired = call(Some(format!(
        "Bearer {}",
        issuer.sign(&issuer.claims("alice", -99))
    )))
    .await;
    let challenge = expired
        .headers()
        .get("www-authenticate")
        .expect("a challenge")
        .to_str()
        .expect("text");
    assert!(challenge.contains("the token has expired"), "{challenge}");
    let good = call(Some(format!("bearer {}", issuer.token("alice", HOUR)))).await;
    assert_eq!(actix_web::test::read_body(good).await, "alice");
}

fn ec_key() -> (EncodingKey, Value) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = key.public_key().as_ref()[1..].to_vec();
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": part(&point[..32]), "y": part(&point[32..]) });
    (
        EncodingKey::from_ec_der(key.to_pkcs8v1().expect("encodable").as_ref()),
        jwk,
    )
}

fn rsa_key() -> (EncodingKey, Value) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let modulus = part(key.public_key().modulus().big_endian_without_leading_zero());
    let exponent = part(key.public_key().exponent().big_endian_without_leading_zero());
    let jwk = json!({ "kty": "RSA", "kid": "rsa", "use": "sig", "n": modulus, "e": exponent });
    let pkcs8 = BASE64_STANDARD.encode(key.as_der().expect("encodable").as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{pkcs8}\n-----END PRIVATE KEY-----\n");
    (EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"), jwk)
}
