//! Tests of several issuers beside each other, and of the one of local stacks.

use super::*;

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
