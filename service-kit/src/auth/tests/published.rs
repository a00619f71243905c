//! Tests of keys that an issuer publishes: how often they are fetched, and for how long they serve.

use super::*;

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
