//! Tests of the HTTP conventions.

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is of interest")]
struct Task {
    title: String,
    due: Option<Due>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is of interest")]
struct Due {
    date: String,
}

async fn post(content_type: &str, body: impl Into<String>) -> ServiceResponse {
    let app = App::new()
        .app_data(JsonLimit(1024))
        .wrap(from_fn(trace))
        .default_service(web::to(not_found))
        .route(
            "/tasks",
            web::post().to(|_: Json<Task>| async { HttpResponse::NoContent().finish() }),
        );
    let app = init_service(app).await;
    let request = TestRequest::post()
        .uri("/tasks")
        .insert_header(("content-type", content_type));
    call_service(&app, request.set_payload(body.into()).to_request())
        .await
        .map_into_boxed_body()
}

async fn refused(body: &str) -> (u16, String, Option<String>) {
    let response = post("application/json", body).await;
    let status = response.status().as_u16();
    assert_eq!(
        response.headers().get("content-type").expect("a type"),
        crate::problem::CONTENT_TYPE
    );
    let problem: Value = read_body_json(response).await;
    let text = |name: &str| problem[name].as_str().map(str::to_owned);
    (status, text("detail").unwrap_or_default(), text("pointer"))
}

#[actix_web::test]
async fn a_good_body_is_accepted() {
    let response = post(
        "application/json; charset=utf-8",
        r#"{"title":"x","due":{"date":"2026-12-01"}}"#,
    )
    .await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn broken_json_is_a_400() {
    for body in ["", "{", "nope", r#"{"title":"x"} trailing"#, "\u{0}"] {
        assert_eq!(refused(body).await.0, 400, "{body:?}");
    }
}

#[actix_web::test]
async fn json_that_is_nested_too_deeply_is_a_400() {
    for deep in [
        "[".repeat(1000),
        format!(r#"{{"title":"x","tags":{}"#, "[".repeat(900)),
    ] {
        assert_eq!(refused(&deep).await.0, 400, "{deep}");
    }
}

#[actix_web::test]
async fn a_wrong_type_is_a_422_that_points_at_the_field() {
    let (status, detail, pointer) = refused(r#"{"title":"x","due":{"date":5}}"#).await;
    assert_eq!((status, pointer.as_deref()), (422, Some("/due/date")));
    assert_eq!(detail, "must be a string, not a number");
    let (_, _, pointer) = refused(r#"{"title":"x","tags":["a",1]}"#).await;
    assert_eq!(pointer.as_deref(), Some("/tags/1"));
}

#[actix_web::test]
async fn an_unknown_field_is_pointed_at() {
    let (status, _, pointer) = refused(r#"{"title":"x","colour":1}"#).await;
    assert_eq!((status, pointer.as_deref()), (422, Some("/colour")));
    let (_, _, pointer) = refused(r#"{"title":"x","due":{"date":"d","a/b":1}}"#).await;
    assert_eq!(pointer.as_deref(), Some("/due/a~1b"));
}

#[actix_web::test]
async fn a_missing_field_is_pointed_at() {
    let (status, _, pointer) = refused(r#"{"due":null}"#).await;
    assert_eq!((status, pointer.as_deref()), (422, Some("/title")));
    let (_, _, pointer) = refused(r#"{"title":"x","due":{}}"#).await;
    assert_eq!(pointer.as_deref(), Some("/due/date"));
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_a_413() {
    let body = format!(r#"{{"title":"{}"}}"#, "x".repeat(2000));
    assert_eq!(refused(&body).await.0, 413);
}

#[actix_web::test]
async fn a_body_that_is_not_json_is_a_415() {
    let response = post("text/plain", "title=x").await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[actix_web::test]
async fn an_unknown_path_is_a_problem_too() {
    let app = init_service(App::new().default_service(web::to(not_found))).await;
    let response = call_service(&app, TestRequest::get().uri("/nowhere").to_request()).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let problem: Value = read_body_json(response).await;
    assert_eq!(problem["type"], "urn:taskwire:problem:not-found");
}

#[actix_web::test]
async fn only_the_given_origins_may_read_answers_and_our_headers_are_exposed() {
    let origins = ["https://app.example.org".parse::<Origin>().expect("an origin")];
    let app = App::new()
        .wrap(cors(&origins))
        .route("/", web::get().to(HttpResponse::NoContent));
    let app = init_service(app).await;
    let get = |origin: &'static str| {
        TestRequest::get()
            .uri("/")
            .insert_header(("origin", origin))
            .to_request()
    };
    let allowed = call_service(&app, get("https://app.example.org")).await;
    let exposed = allowed
        .headers()
        .get("access-control-expose-headers")
        .expect("exposed")
        .to_str()
        .expect("text");
    for name in ["etag", "taskwire-position", "retry-after", "ratelimit"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let foreign = call_service(&app, get("https://evil.example.org")).await;
    assert!(!foreign.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn an_origin_is_scheme_host_and_port_alone() {
    for good in [
        "https://app.example.org",
        "http://localhost:3000",
        "https://app.example.org/",
    ] {
        assert!(good.parse::<Origin>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "*",
        "app.example.org",
        "https://app.example.org/path",
        "file:///x",
    ] {
        assert!(bad.parse::<Origin>().is_err(), "{bad}");
    }
}

#[actix_web::test]
async fn a_request_continues_the_callers_trace() {
    crate::testing::telemetry();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let app = App::new().wrap(from_fn(trace)).route(
        "/trace",
        web::get().to(|| async { crate::trace::current_traceparent().unwrap_or_default() }),
    );
    let app = init_service(app).await;
    let request = TestRequest::get()
        .uri("/trace")
        .insert_header(("traceparent", parent))
        .to_request();
    let body = actix_web::test::call_and_read_body(&app, request).await;
    let body = String::from_utf8(body.to_vec()).expect("text");
    assert!(
        body.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && body != parent,
        "{body}"
    );
}

#[tokio::test]
async fn a_server_stops_with_its_lifecycle() {
    let lifecycle = Lifecycle::new();
    let server = actix_web::HttpServer::new(|| App::new().default_service(web::to(not_found)))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port")
        .run();
    serve(&lifecycle, "http", server);
    lifecycle.begin_shutdown();
    let outcome = lifecycle.supervise(std::time::Duration::from_secs(10)).await;
    assert_eq!(outcome, crate::lifecycle::Outcome::Clean);
}

#[actix_web::test]
async fn a_name_that_comes_twice_is_pointed_at() {
    for (body, at) in [
        (r#"{"title":"x","title":"y"}"#, "/title"),
        (r#"{"title":"x","due":{"date":"d","date":"e"}}"#, "/due/date"),
        (r#"{"title":"x","tags":[{"a":1,"a":1}]}"#, "/tags/0/a"),
    ] {
        let (status, _, pointer) = refused(body).await;
        assert_eq!((status, pointer.as_deref()), (422, Some(at)), "{body}");
    }
}

#[actix_web::test]
async fn an_array_is_no_object_and_no_type_of_ours_is_named() {
    for (body, at, detail) in [
        (r#"["x", null, []]"#, "", "must be an object, not an array"),
        (
            r#"{"title":"x","due":["d"]}"#,
            "/due",
            "must be an object, not an array",
        ),
        (
            r#"{"title":"x","due":"d"}"#,
            "/due",
            "must be an object, not a string",
        ),
        (
            r#"{"title":"x","tags":"a"}"#,
            "/tags",
            "must be an array, not a string",
        ),
        (r#"{"title":["x"]}"#, "/title", "must be a string, not an array"),
    ] {
        let (status, said, pointer) = refused(body).await;
        assert_eq!(
            (status, pointer.as_deref(), said.as_str()),
            (422, Some(at), detail),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn a_request_has_an_id_that_its_answer_repeats() {
    let app = App::new()
        .wrap(from_fn(trace))
        .default_service(web::to(not_found))
        .route("/", web::get().to(HttpResponse::NoContent));
    let app = init_service(app).await;
    let answered = async |uri: &str, given: Option<&str>| {
        let request = TestRequest::get().uri(uri);
        let request = match given {
            Some(id) => request.insert_header(("x-request-id", id)),
            None => request,
        };
        let response = call_service(&app, request.to_request()).await;
        let id = response.headers().get("x-request-id").expect("an id");
        id.to_str().expect("text").to_owned()
    };
    assert_eq!(answered("/", Some("from-the-proxy")).await, "from-the-proxy");
    assert_eq!(
        answered("/nothing", Some("from-the-proxy")).await,
        "from-the-proxy"
    );
    let ours = answered("/", None).await;
    assert!(ours.parse::<uuid::Uuid>().is_ok(), "{ours}");
    assert_ne!(ours, answered("/", None).await);
    for bad in ["two words", "", &"x".repeat(129)] {
        assert!(
            answered("/", Some(bad)).await.parse::<uuid::Uuid>().is_ok(),
            "{bad}"
        );
    }
}
