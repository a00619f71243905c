//! The API as its callers see it.

mod inbox;

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::testing::{expect_kept_openapi, expect_valid_openapi};
use sqlx::Row as _;
use uuid::Uuid;

use crate::service::Service;
use crate::world::{ROLE, World};

#[tokio::test]
async fn nothing_of_one_user_is_seen_or_touched_by_another() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let (endpoint, _) = service.subscribe("alice", "http://127.0.0.1:1/hook").await;
    world.remind("alice", world.now_plus(0).await).await;
    let id = service.inbox_of("alice", 1).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(service.inbox("bob").await.is_empty());
    assert_eq!(
        service.get("bob", "/v1/webhook-endpoints").await.body["items"],
        json!([])
    );
    let read = service
        .post("bob", &format!("/v1/notifications/{id}/read"), None)
        .await;
    let unknown = service
        .post("bob", &format!("/v1/notifications/{}/read", Uuid::nil()), None)
        .await;
    assert_eq!((read.status, &read.body), (404, &unknown.body));
    assert_eq!(
        service
            .delete("bob", &format!("/v1/webhook-endpoints/{endpoint}"))
            .await
            .status,
        404
    );
    assert_eq!(service.inbox("alice").await[0]["read_at"], Value::Null);
    assert_eq!(
        service.get("alice", "/v1/webhook-endpoints").await.body["items"][0]["id"],
        endpoint.to_string()
    );
}

#[tokio::test]
async fn the_database_itself_keeps_users_apart() {
    let world = World::new().await;
    world.remind("alice", world.now_plus(3_600_000).await).await;
    let pool = world.database.pool_as(ROLE).await;
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("SELECT set_config('taskwire.user', 'bob', true)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let seen = sqlx::query("SELECT count(*) AS n FROM notification.schedule")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(seen.get::<i64, _>("n"), 0);
    let stolen = sqlx::query("UPDATE notification.schedule SET user_id = 'bob'")
        .execute(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(stolen.rows_affected(), 0);
    transaction.rollback().await.unwrap();
    let nobody = sqlx::query("SELECT count(*) FROM notification.schedule")
        .fetch_one(&pool)
        .await
        .unwrap_err();
    assert!(
        nobody.to_string().contains("taskwire.user is not set"),
        "{nobody}"
    );
}

#[tokio::test]
async fn the_secret_is_shown_once() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let created = service
        .post(
            "alice",
            "/v1/webhook-endpoints",
            Some(json!({"url": "https://example.com/hook"})),
        )
        .await;
    let id = created.body["id"].as_str().unwrap();
    assert_eq!(
        created.headers["location"].to_str().unwrap(),
        format!("/v1/webhook-endpoints/{id}")
    );
    let listed = service.get("alice", "/v1/webhook-endpoints").await.body;
    assert_eq!(listed["items"][0]["url"], "https://example.com/hook");
    assert!(!listed.to_string().contains("whsec_"), "{listed}");
    assert_eq!(
        service
            .delete("alice", &format!("/v1/webhook-endpoints/{id}"))
            .await
            .status,
        204
    );
    assert_eq!(
        service
            .delete("alice", &format!("/v1/webhook-endpoints/{id}"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_user_has_a_bounded_number_of_endpoints() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for _ in 0..20 {
        service.subscribe("alice", "https://example.com/hook").await;
    }
    let more = service
        .post(
            "alice",
            "/v1/webhook-endpoints",
            Some(json!({"url": "https://example.com/hook"})),
        )
        .await;
    assert_eq!(
        (more.status, more.body["type"].as_str()),
        (409, Some("urn:taskwire:problem:too-many-endpoints"))
    );
    service.subscribe("bob", "https://example.com/hook").await;
}

#[tokio::test]
async fn a_bad_body_is_a_problem_that_points_at_the_field() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let json = "application/json";
    let long = format!(r#"{{"url":"https://example.com/{}"}}"#, "a".repeat(2_048));
    for (content_type, body, status, pointer) in [
        (json, "{".to_owned(), 400, None),
        (json, "{}".to_owned(), 422, Some("/url")),
        (json, r#"{"url":7}"#.to_owned(), 422, Some("/url")),
        (
            json,
            r#"{"url":"https://example.com/","secret":"mine"}"#.to_owned(),
            422,
            Some("/secret"),
        ),
        (json, long, 422, Some("/url")),
        (json, " ".repeat(1_024 * 1_024), 413, None),
        (
            "text/plain",
            r#"{"url":"https://example.com/"}"#.to_owned(),
            415,
            None,
        ),
    ] {
        let shown: String = body.chars().take(60).collect();
        let answer = service
            .request(
                Some("alice"),
                Method::POST,
                "/v1/webhook-endpoints",
                Some((content_type, body)),
            )
            .await;
        assert_eq!(
            (answer.status, answer.body["pointer"].as_str()),
            (status, pointer),
            "{shown}: {answer:?}"
        );
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn bad_parameters_paths_and_methods_are_problems() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let forged = |place: &str| {
        let cursor = service_kit::page::encode(
            "notifications",
            &["a".to_owned(), "1".to_owned(), place.to_owned()],
        );
        format!("notifications?cursor={cursor}")
    };
    let forged = [forged("99999999999999999999"), forged("")];
    for (query, parameter) in [
        ("notifications?limit=0", "limit"),
        ("notifications?limit=201", "limit"),
        ("notifications?limit=5&since=-1", "since"),
        ("notifications?limit=5&colour=red", "colour"),
        ("notifications?since=soon", "since"),
        ("notifications?cursor=zzz", "cursor"),
        (forged[0].as_str(), "cursor"),
        (forged[1].as_str(), "cursor"),
        ("webhook-endpoints?limit=5", "limit"),
    ] {
        let answer = service.get("alice", &format!("/v1/{query}")).await;
        assert_eq!(
            (answer.status, answer.body["parameter"].as_str()),
            (400, Some(parameter)),
            "{query}: {answer:?}"
        );
    }
    for (path, status) in [
        ("/v1/notifications?unknown=1", 400),
        ("/v1/notifications/not-an-id/read", 405),
        ("/v1/nothing", 404),
    ] {
        let answer = service.get("alice", path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{path}"
        );
    }
    assert_eq!(
        service
            .post("alice", "/v1/notifications/not-an-id/read", None)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_answered() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for (method, path) in [
        (Method::GET, "/v1/notifications"),
        (
            Method::POST,
            "/v1/notifications/018f4e6e-0000-7000-8000-000000000001/read",
        ),
        (Method::GET, "/v1/webhook-endpoints"),
        (Method::POST, "/v1/webhook-endpoints"),
        (
            Method::DELETE,
            "/v1/webhook-endpoints/018f4e6e-0000-7000-8000-000000000001",
        ),
    ] {
        let answer = service.request(None, method.clone(), path, None).await;
        assert_eq!(answer.status, 401, "{method} {path}: {answer:?}");
        assert!(answer.headers.contains_key("www-authenticate"), "{method} {path}");
    }
}

#[tokio::test]
async fn the_openapi_document_is_the_one_in_the_repository() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let answer = service
        .request(None, Method::GET, "/v1/notifications/openapi.json", None)
        .await;
    assert_eq!(answer.status, 200);
    expect_valid_openapi(&answer.body);
    let kept = expect_kept_openapi(env!("CARGO_MANIFEST_DIR"), &notification_svc::routes::document());
    assert_eq!(answer.body, kept);
}
