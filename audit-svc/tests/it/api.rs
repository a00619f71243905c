//! `GET /v1/audit` as its callers see it.

use std::time::Duration;

use serde_json::{Value, json};
use service_kit::lifecycle::Outcome;
use service_kit::testing::{expect_kept_openapi, expect_valid_openapi};
use shared_events::ids::TaskId;

use crate::facts::{ROLE, log, reminder_fact, second, task_fact};
use crate::service::Service;

#[tokio::test]
async fn a_trail_is_in_the_order_in_which_things_happened_however_they_arrived() {
    let service = Service::start().await;
    let pool = service.database.pool_as(ROLE).await;
    let task = TaskId::new();
    log(
        &pool,
        &task_fact("alice", task, "task.completed", 2, second(20)),
        9,
    )
    .await;
    log(&pool, &reminder_fact("alice", task, second(10)), 4).await;
    log(&pool, &task_fact("alice", task, "task.created", 1, second(0)), 8).await;
    let (status, body) = service.get("alice", &format!("/v1/audit?task_id={task}")).await;
    assert_eq!(status, 200);
    assert_eq!(
        kinds(&body),
        ["task.created", "reminder.cancelled", "task.completed"]
    );
    assert_eq!(body["next_cursor"], Value::Null);
}

#[tokio::test]
async fn an_item_says_who_did_what_when_and_where_the_record_lay() {
    let service = Service::start().await;
    let pool = service.database.pool_as(ROLE).await;
    let task = TaskId::new();
    let fact = task_fact("alice", task, "task.created", 1, second(0));
    log(&pool, &fact, 8).await;
    let (_, body) = service.get("alice", &format!("/v1/audit?task_id={task}")).await;
    let expected = json!({
        "event_id": fact.meta().event_id, "kind": "task.created", "task_id": task, "aggregate": "task",
        "aggregate_id": task, "version": 1, "actor": "user:alice", "intent": "edit",
        "action_id": fact.meta().action_id, "at": "2026-12-01T08:00:00Z", "leaf_index": null,
        "topic": "task-events", "partition": 3, "offset": 8,
    });
    assert_eq!(body["items"], json!([expected]));
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let service = Service::start().await;
    let pool = service.database.pool_as(ROLE).await;
    let task = TaskId::new();
    for version in 1..=5 {
        // Two at a time: ties must not be lost at the edge of a page.
        log(
            &pool,
            &task_fact("alice", task, "task.updated", version, second(version / 2)),
            version,
        )
        .await;
    }
    let mut seen = Vec::new();
    let mut path = format!("/v1/audit?task_id={task}&limit=2");
    loop {
        let (_, body) = service.get("alice", &path).await;
        seen.extend(
            body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["version"].as_i64().unwrap()),
        );
        let Some(cursor) = body["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/audit?task_id={task}&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn without_a_task_everything_of_the_caller_is_listed_and_nothing_else() {
    let service = Service::start().await;
    let pool = service.database.pool_as(ROLE).await;
    log(
        &pool,
        &task_fact("alice", TaskId::new(), "task.created", 1, second(0)),
        1,
    )
    .await;
    log(
        &pool,
        &task_fact("bob", TaskId::new(), "task.created", 1, second(0)),
        2,
    )
    .await;
    log(
        &pool,
        &task_fact("alice", TaskId::new(), "task.deleted", 2, second(1)),
        3,
    )
    .await;
    let (_, body) = service.get("alice", "/v1/audit").await;
    assert_eq!(kinds(&body), ["task.created", "task.deleted"]);
}

#[tokio::test]
async fn a_foreign_task_looks_like_one_that_never_was() {
    let service = Service::start().await;
    let pool = service.database.pool_as(ROLE).await;
    let task = TaskId::new();
    log(&pool, &task_fact("alice", task, "task.created", 1, second(0)), 1).await;
    let foreign = service.get("bob", &format!("/v1/audit?task_id={task}")).await;
    let unknown = service
        .get("bob", &format!("/v1/audit?task_id={}", TaskId::new()))
        .await;
    assert_eq!(foreign, (200, json!({"items": [], "next_cursor": null})));
    assert_eq!(foreign, unknown);
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let service = Service::start().await;
    let forged = |micros: i64| {
        let id = TaskId::new().to_string();
        format!(
            "cursor={}",
            service_kit::page::encode("audit", &[micros.to_string(), id])
        )
    };
    let forged = [i64::MIN, i64::MAX, 8_210_266_876_799_999_999].map(forged);
    let forged = forged.iter().map(|query| (query.as_str(), "cursor"));
    for (query, parameter) in [
        ("task_id=not-a-uuid", "task_id"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("cursor=zzz", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=abc&limit=many", "limit"),
        ("task=1", "task"),
        ("limit=99999999999999999999", "limit"),
        ("task_id=a&task_id=b", "task_id"),
    ]
    .into_iter()
    .chain(forged)
    {
        let (status, body) = service.get("alice", &format!("/v1/audit?{query}")).await;
        assert_eq!(
            (status, body["parameter"].as_str()),
            (400, Some(parameter)),
            "{query}: {body}"
        );
        assert_eq!(body["type"], "urn:taskwire:problem:bad-query", "{query}: {body}");
    }
    let posted = reqwest::Client::new().post(format!("{}/v1/audit", service.api));
    let posted = posted.send().await.unwrap();
    assert_eq!(
        (
            posted.status().as_u16(),
            &posted.headers()["allow"] == "GET, HEAD"
        ),
        (405, true)
    );
    let (status, body) = service.get("alice", "/v1/audits").await;
    assert_eq!(
        (status, body["type"].as_str()),
        (404, Some("urn:taskwire:problem:not-found"))
    );
}

#[tokio::test]
async fn nobody_reads_without_a_good_token() {
    let service = Service::start().await;
    let expired = service.issuer.sign(&service.issuer.claims("alice", -3600));
    let foreign = service_kit::testing::TestIssuer::new().token("alice", Duration::from_secs(60));
    for token in [
        None,
        Some("garbage"),
        Some(expired.as_str()),
        Some(foreign.as_str()),
    ] {
        let (status, body) = service.get_with(token, "/v1/audit").await;
        assert_eq!((status, body["status"].as_u64()), (401, Some(401)), "{token:?}");
    }
}

#[tokio::test]
async fn the_openapi_document_is_the_one_in_the_repository() {
    let service = Service::start().await;
    let (status, body) = service.get_with(None, "/v1/audit/openapi.json").await;
    assert_eq!(status, 200);
    expect_valid_openapi(&body);
    let kept = expect_kept_openapi(env!("CARGO_MANIFEST_DIR"), &audit_svc::routes::document());
    assert_eq!(body, kept);
}

#[tokio::test]
async fn the_service_stops_cleanly_even_while_the_broker_is_away() {
    let service = Service::start().await;
    let ready = reqwest::get(format!("{}/readyz", service.admin)).await.unwrap();
    assert_eq!(ready.status(), 503, "without a broker nothing can be logged");
    let alive = reqwest::get(format!("{}/healthz", service.admin)).await.unwrap();
    assert_eq!(alive.status(), 200);
    assert_eq!(service.stop().await, Outcome::Clean);
}

fn kinds(body: &Value) -> Vec<&str> {
    body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect()
}
