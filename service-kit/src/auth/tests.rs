//! Tests of the token checks.

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

#[tokio::test]
async fn keys_are_fetched_from_a_url() {
    let issuer = TestIssuer::new();
    let server = jwks_server(issuer.jwks(), 1..=1).await;
    let verifier = Verifier::new(&args_for_url(&issuer, &server.uri()))
        .await
        .expect("a verifier");
    assert!(verifier.verify(&issuer.token("alice", HOUR)).await.is_ok());
}

#[tokio::test]
async fn an_unknown_key_id_causes_at_most_one_fetch_a_minute() {
    let issuer = TestIssuer::new();
    let server = jwks_server(issuer.jwks(), 2..=2).await;
    let verifier = Verifier::new(&args_for_url(&issuer, &server.uri()))
        .await
        .expect("a verifier");
    let strange = || TestIssuer::new().token("mallory", HOUR);
    assert_eq!(verifier.verify(&strange()).await, Err(AuthError::UnknownKey));
    for _ in 0..50 {
        let refused = verifier.verify(&strange()).await;
        assert_eq!(refused, Err(AuthError::KeyNotKnownYet), "it may be a new one");
    }
    server.verify().await;
}

#[tokio::test]
async fn a_rotated_key_is_found_at_its_first_token() {
    let mut issuer = TestIssuer::new();
    let verifier = verifier(&issuer).await;
    let old = issuer.token("alice", HOUR);
    issuer.rotate();
    assert!(verifier.verify(&issuer.token("alice", HOUR)).await.is_ok());
    assert_eq!(
        verifier.verify(&old).await,
        Err(AuthError::KeyNotKnownYet),
        "the old key is withdrawn, which only the next fetch can tell from another new one"
    );
}

#[tokio::test]
async fn known_keys_are_served_through_an_outage_of_the_issuer() {
    let issuer = TestIssuer::new();
    let server = jwks_server(issuer.jwks(), 1..=1).await;
    let verifier = Verifier::new(&args_for_url(&issuer, &server.uri()))
        .await
        .expect("a verifier");
    server.verify().await;
    server.reset().await;
    assert!(verifier.inner.issuers[0].refresh().await.is_err());
    assert!(verifier.verify(&issuer.token("alice", HOUR)).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_down_at_start_is_an_outage_and_ends() {
    let issuer = TestIssuer::new();
    let server = MockServer::start().await;
    let verifier = Verifier::new(&args_for_url(&issuer, &server.uri()))
        .await
        .expect("not an error");
    assert!(!verifier.is_ready());
    assert_eq!(
        verifier.verify(&issuer.token("alice", HOUR)).await,
        Err(AuthError::Unavailable)
    );
    let answer = ResponseTemplate::new(200).set_body_json(issuer.jwks());
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&server)
        .await;
    verifier.inner.issuers[0].refresh().await.expect("it is back");
    assert!(verifier.verify(&issuer.token("alice", HOUR)).await.is_ok());
}

#[tokio::test]
async fn stale_keys_are_not_served_for_ever() {
    let verifier = verifier(&TestIssuer::new()).await;
    let hours_from_now = |hours: u64| Instant::now() + Duration::from_secs(hours * 3600);
    let published = &verifier.inner.issuers[0];
    assert!(published.keys_at(hours_from_now(23)).is_ok());
    assert_eq!(
        published.keys_at(hours_from_now(25)).expect_err("too old"),
        NoKey::NoneAtAll
    );
}

#[tokio::test]
async fn a_file_that_is_not_usable_is_bad_configuration() {
    let issuer = TestIssuer::new();
    for document in [
        "",
        "[]",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#,
    ] {
        std::fs::write(issuer.jwks_path(), document).expect("written");
        assert!(Verifier::new(&issuer.auth_args()).await.is_err(), "{document}");
    }
    std::fs::remove_file(issuer.jwks_path()).expect("removed");
    let error = Verifier::new(&issuer.auth_args())
        .await
        .expect_err("no file")
        .to_string();
    assert!(error.contains("jwks.json"), "{error}");
}

#[tokio::test]
async fn a_key_id_is_looked_up_among_the_keys_of_the_issuer_that_the_token_names() {
    let (ours, theirs) = (
        TestIssuer::named("https://ours"),
        TestIssuer::named("https://theirs"),
    );
    let same_kid = |issuer: &TestIssuer| {
        let mut jwk = issuer.jwk();
        jwk["kid"] = json!("1");
        std::fs::write(issuer.jwks_path(), json!({ "keys": [jwk] }).to_string()).expect("written");
    };
    same_kid(&ours);
    same_kid(&theirs);
    let verifier = Verifier::new(&args_for([ours.entry(), theirs.entry()])).await;
    let verifier = verifier.expect("a verifier");
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("1".to_owned());
    for issuer in [&ours, &theirs] {
        let token = issuer.sign_with_header(&header, &issuer.claims("alice", 3600));
        assert!(verifier.verify(&token).await.is_ok(), "{}", issuer.issuer());
    }
    let forged = theirs.sign_with_header(&header, &ours.claims("alice", 3600));
    assert_eq!(verifier.verify(&forged).await, Err(AuthError::Signature));
}

#[tokio::test]
async fn the_algorithm_of_another_issuer_is_refused() {
    let (ours, theirs) = (
        TestIssuer::named("https://ours"),
        TestIssuer::named("https://theirs"),
    );
    let (ec, ec_jwk) = ec_key();
    // Each has both keys in its document, and may use one.
    for issuer in [&ours, &theirs] {
        let keys = json!({ "keys": [issuer.jwk(), ec_jwk] });
        std::fs::write(issuer.jwks_path(), keys.to_string()).expect("written");
    }
    let theirs_by_ec = Issuer {
        algorithms: vec![SigningAlgorithm::ES256],
        ..theirs.entry()
    };
    let verifier = Verifier::new(&args_for([ours.entry(), theirs_by_ec])).await;
    let verifier = verifier.expect("a verifier");
    let by_ec = |issuer: &TestIssuer| {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("ec".to_owned());
        jsonwebtoken::encode(&header, &issuer.claims("alice", 3600), &ec).expect("a token")
    };
    assert!(verifier.verify(&by_ec(&theirs)).await.is_ok());
    assert!(verifier.verify(&ours.token("alice", HOUR)).await.is_ok());
    for refused in [by_ec(&ours), theirs.token("alice", HOUR)] {
        assert_eq!(verifier.verify(&refused).await, Err(AuthError::Algorithm));
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_issuer_is_refused_and_fetches_nothing() {
    let issuer = TestIssuer::new();
    let server = jwks_server(issuer.jwks(), 1..=1).await;
    let verifier = Verifier::new(&args_for_url(&issuer, &server.uri()))
        .await
        .expect("a verifier");
    let stranger = TestIssuer::named("https://elsewhere").token("mallory", HOUR);
    assert_eq!(verifier.verify(&stranger).await, Err(AuthError::Issuer));
    for (iss, expected) in [
        (
            json!([issuer.issuer(), "https://elsewhere"]),
            AuthError::BadClaim("iss"),
        ),
        (json!(null), AuthError::MissingClaim("iss")),
    ] {
        let mut claims = issuer.claims("alice", 3600);
        claims["iss"] = iss;
        assert_eq!(verifier.verify(&issuer.sign(&claims)).await, Err(expected));
    }
    server.verify().await;
}

#[tokio::test]
async fn the_issuer_of_local_stacks_is_refused_anywhere_else() {
    let local = TestIssuer::named(LOCAL_ISSUER);
    let ours = TestIssuer::new();
    let refused = Verifier::new(&args_for([ours.entry(), local.entry()]))
        .await
        .expect_err("not a local stack")
        .to_string();
    for part in ["JWT_ISSUERS", LOCAL_ISSUER, "take it out", "LOCAL_STACK=true"] {
        assert!(refused.contains(part), "{part} is missing in {refused}");
    }
    let token = local.token("alice", HOUR);
    assert_eq!(verifier(&ours).await.verify(&token).await, Err(AuthError::Issuer));
    let on_a_local_stack = AuthArgs {
        local_stack: true,
        ..args_for([ours.entry(), local.entry()])
    };
    let verifier = Verifier::new(&on_a_local_stack).await.expect("a verifier");
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_down_at_start_stops_no_tokens_of_the_others() {
    let (ours, theirs) = (
        TestIssuer::named("https://ours"),
        TestIssuer::named("https://theirs"),
    );
    let server = MockServer::start().await;
    let args = args_for([at_url(&theirs, &server.uri()), ours.entry()]);
    let verifier = Verifier::new(&args).await.expect("not an error");
    let health = Health::new("kit-test");
    let (component, missing) = (health.component("tokens"), health.detail("issuers"));
    verifier.tell(&component, &missing);
    assert!(health.is_ready(), "there are keys to check with");
    let told = missing.told().expect("what is missing");
    assert!(
        told.contains("https://theirs") && !told.contains("https://ours"),
        "{told}"
    );
    assert!(verifier.verify(&ours.token("alice", HOUR)).await.is_ok());
    let of_theirs = theirs.token("alice", HOUR);
    assert_eq!(verifier.verify(&of_theirs).await, Err(AuthError::Unavailable));
    let answer = ResponseTemplate::new(200).set_body_json(theirs.jwks());
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&server)
        .await;
    verifier.inner.issuers[0].refresh().await.expect("it is back");
    verifier.tell(&component, &missing);
    assert_eq!(missing.told(), None);
    assert!(verifier.verify(&of_theirs).await.is_ok());
}

#[tokio::test]
async fn without_keys_of_any_issuer_a_service_is_not_ready_and_names_them() {
    let (ours, theirs) = (
        TestIssuer::named("https://ours"),
        TestIssuer::named("https://theirs"),
    );
    let server = MockServer::start().await;
    let args = args_for([at_url(&ours, &server.uri()), at_url(&theirs, &server.uri())]);
    let verifier = Verifier::new(&args).await.expect("not an error");
    let health = Health::new("kit-test");
    let (component, missing) = (health.component("tokens"), health.detail("issuers"));
    verifier.tell(&component, &missing);
    assert!(!health.is_ready());
    let told = missing.told().expect("what is missing");
    assert!(told.contains("https://ours, https://theirs"), "{told}");
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
