//! Bad input where projects, settings, places and restored tasks are: a clear problem each time, and nothing comes of it.

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::page;

use crate::app::{App, Reply, User, path};
use crate::projects::{place, project};

const ID: &str = "018f4e6e-0000-7000-8000-000000000001";
const JSON: &str = "application/json";

/// Routes that take a body, on something that is there.
struct Routes {
    task: Value,
    garden: Value,
    all: Vec<(Method, String)>,
}

impl Routes {
    async fn of(user: &User) -> Self {
        let task = user.create(json!({"title": "a"})).await;
        let garden = project(user, "Garden").await;
        let all = vec![
            (Method::POST, "/v1/projects".to_owned()),
            (Method::PATCH, place(&garden)),
            (Method::POST, format!("{}/move", place(&garden))),
            (Method::POST, format!("{}/move", path(&task))),
            (Method::POST, format!("{}/restore", path(&task))),
            (Method::PATCH, "/v1/me".to_owned()),
            (Method::POST, "/v1/tasks".to_owned()),
        ];
        Self { task, garden, all }
    }

    /// That everything is as it was.
    async fn assert_untouched(&self, app: &App, user: &User) {
        assert_eq!(user.get(&path(&self.task)).await.expect(200).body, self.task);
        assert_eq!(user.get(&place(&self.garden)).await.expect(200).body, self.garden);
        assert_eq!(user.get("/v1/me").await.expect(200).body["version"], 0);
        assert_eq!(app.number("SELECT count(*) FROM tasks.project").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
        assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 2);
        assert_eq!(app.number("SELECT count(*) FROM tasks.idempotency").await, 0);
        assert_eq!(app.facts().await.len(), 4, "those of the task and the project");
    }
}

async fn raw(
    user: &User,
    (method, path): &(Method, String),
    content_type: &str,
    body: impl AsRef<[u8]>,
) -> Reply {
    user.send_raw(method.clone(), path, content_type, body.as_ref().to_vec())
        .await
}

#[tokio::test]
async fn a_name_or_a_colour_that_is_none_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let routes = Routes::of(&alice).await;
    let cases = [
        (json!({"name": null}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"name": " \t\u{a0}\u{3000}"}), "/name"),
        (json!({"name": "\u{200B}\u{FEFF}\u{200F}"}), "/name"),
        (json!({"name": "a\u{0}b"}), "/name"),
        (json!({"name": "a\nb"}), "/name"),
        (json!({"name": "a\u{2028}b"}), "/name"),
        (json!({"name": "a\u{7f}b"}), "/name"),
        (json!({"name": "a\u{9b}b"}), "/name"),
        (json!({"name": "x".repeat(121)}), "/name"),
        (json!({"name": "\u{1F469}".repeat(121)}), "/name"),
        (
            json!({"name": format!("a{}", "\u{301}\u{302}".repeat(61))}),
            "/name",
        ),
        (json!({"name": 7}), "/name"),
        (json!({"name": ["a"]}), "/name"),
        (json!({"name": {"en": "a"}}), "/name"),
        (json!({"name": true}), "/name"),
        (json!({"name": "b", "color": ""}), "/color"),
        (json!({"name": "b", "color": "red"}), "/color"),
        (json!({"name": "b", "color": "#2e7d3"}), "/color"),
        (json!({"name": "b", "color": "#2e7d321"}), "/color"),
        (json!({"name": "b", "color": "#２e7d32"}), "/color"),
        (json!({"name": "b", "color": "#2e7d32\u{0}"}), "/color"),
        (json!({"name": "b", "color": 0x002e_7d32}), "/color"),
        (json!({"name": "b", "archived": "yes"}), "/archived"),
        (json!({"name": "b", "archived": 1}), "/archived"),
        (json!({"name": "b", "archived": 1e308}), "/archived"),
        (json!({"name": "b", "id": ID}), "/id"),
        (json!({"name": "b", "order_key": "80"}), "/order_key"),
        (json!({"name": "b", "Name": "c"}), "/Name"),
        (json!({"name": "b", "__proto__": {}}), "/__proto__"),
        (json!({"name": "b", "a/b~c": 1}), "/a~1b~0c"),
        (json!(["b"]), ""),
        (json!("b"), ""),
        (json!(null), ""),
        (json!(1e300), ""),
    ];
    for (body, pointer) in cases {
        for (method, path) in [
            (Method::POST, "/v1/projects"),
            (Method::PATCH, &place(&routes.garden)),
        ] {
            let refused = alice.call(method, path, Some(body.clone()), None).await;
            let refused = refused.expect_problem(422, "validation", Some(pointer));
            assert!(refused.body["detail"].as_str().unwrap().len() > 8, "{refused:?}");
        }
    }
    alice
        .post("/v1/projects", json!({"color": "#000000"}))
        .await
        .expect_problem(422, "validation", Some("/name"));
    routes.assert_untouched(&app, &alice).await;
}

#[tokio::test]
async fn names_of_all_writing_are_kept_as_they_are() {
    let app = App::start().await;
    let alice = app.user("alice");
    for name in [
        "مشروع الحديقة".to_owned(),
        "\u{202E}reversed\u{202C}".to_owned(),
        "👩‍👩‍👧‍👦 family".to_owned(),
        "𝕲𝖆𝖗𝖉𝖊𝖓".to_owned(),
        "नमस्ते".to_owned(),
        "x".repeat(120),
        "\u{1F469}".repeat(120),
        "'; DROP TABLE tasks.project; --".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "%00 \\u0000 \\".to_owned(),
    ] {
        let made = project(&alice, &name).await;
        assert_eq!(made["name"], name);
        assert_eq!(alice.get(&place(&made)).await.expect(200).body, made);
        let taken = alice.post("/v1/projects", json!({ "name": name })).await;
        taken.expect_problem(409, "project-exists", Some("/name"));
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_or_says_something_twice_is_refused_on_every_route() {
    let app = App::start().await;
    let alice = app.user("alice");
    let routes = Routes::of(&alice).await;
    let deep = format!("{{\"name\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for route in &routes.all {
        let is_verb = route.1.ends_with("/restore");
        let broken: [&[u8]; 7] = [
            b"{",
            b"{\"name\": \"\xff\"}",
            b"{\"name\": \"\xed\xa0\x80\"}",
            b"{\"name\": \"\\ud800\"}",
            b"{} {}",
            b"{'name': 'a'}",
            b"{\"archived\": NaN}",
        ];
        for body in broken {
            let refused = raw(&alice, route, JSON, body).await;
            refused.expect_problem(400, "malformed-json", None);
        }
        let refused = raw(&alice, route, JSON, &deep).await;
        refused.expect_problem(400, "too-deep", None);
        if !is_verb {
            raw(&alice, route, JSON, "")
                .await
                .expect_problem(400, "malformed-json", None);
        }
        for (twice, field) in [
            (r#"{"name": "a", "name": "b"}"#, "/name"),
            (r#"{"after": null, "after": null}"#, "/after"),
            (r#"{"timezone": "UTC", "timezone": "UTC"}"#, "/timezone"),
            (r#"{"title": "a", "title": "b"}"#, "/title"),
            (r#"{"x": 1, "x": 1}"#, "/x"),
        ] {
            let refused = raw(&alice, route, JSON, twice).await;
            refused.expect_problem(422, "validation", Some(field));
        }
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(300 * 1024));
        raw(&alice, route, JSON, large)
            .await
            .expect_problem(413, "body-too-large", None);
    }
    routes.assert_untouched(&app, &alice).await;
}

#[tokio::test]
async fn a_body_of_another_type_or_encoding_is_refused_on_every_route() {
    let app = App::start().await;
    let alice = app.user("alice");
    let routes = Routes::of(&alice).await;
    let client = reqwest::Client::new();
    let token = app.issuer.token("alice", std::time::Duration::from_secs(600));
    for route in &routes.all {
        for content_type in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "json",
        ] {
            let refused = raw(&alice, route, content_type, "{\"name\": \"b\"}").await;
            refused.expect_problem(415, "unsupported-media-type", None);
        }
        let utf16: Vec<u8> = "{\"name\": \"b\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for content_type in ["application/json; charset=utf-16", JSON] {
            let refused = raw(&alice, route, content_type, &utf16).await;
            assert!(refused.status.is_client_error(), "{route:?} {refused:#?}");
        }
        for encoding in ["gzip", "br", "zstd", "deflate", "unknown"] {
            let request = client
                .request(route.0.clone(), format!("{}{}", app.url(), route.1))
                .bearer_auth(&token)
                .header("content-type", JSON)
                .header("content-encoding", encoding)
                .body("this is not compressed");
            let status = request.send().await.unwrap().status();
            assert!(status.is_client_error(), "{route:?} {encoding}: {status}");
        }
    }
    routes.assert_untouched(&app, &alice).await;
}

#[tokio::test]
async fn what_a_route_does_not_ask_for_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    let routes = Routes::of(&alice).await;
    for (method, path) in &routes.all {
        let path = format!("{path}?dry_run=true");
        let refused = alice
            .call(method.clone(), &path, Some(json!({"name": "b"})), None)
            .await;
        let refused = refused.expect_problem(400, "bad-query", None);
        assert_eq!(refused.body["parameter"], "dry_run");
    }
    for (path, parameter) in [
        ("/v1/projects?archived=true", "archived"),
        ("/v1/projects?limit=0", "limit"),
        ("/v1/projects?limit=201", "limit"),
        ("/v1/projects?limit=99999999999999999999", "limit"),
        ("/v1/projects?limit=1e2", "limit"),
        ("/v1/projects?cursor=", "cursor"),
        ("/v1/me?fields=timezone", "fields"),
        ("/v1/tasks?project_id=", "project_id"),
        ("/v1/tasks?project_id=mine", "project_id"),
        ("/v1/tasks?project_id=%00", "project_id"),
        ("/v1/tasks?sort=due%00", "sort"),
        ("/v1/tasks?sort=due;DROP", "sort"),
        ("/v1/tasks?sort=DUE", "sort"),
    ] {
        let refused = alice.get(path).await.expect_problem(400, "bad-query", None);
        assert_eq!(refused.body["parameter"], parameter, "{path}");
    }
    for path in [
        "/v1/projects/mine",
        "/v1/projects/%00",
        "/v1/tasks/mine/restore",
        "/v1/projects/mine/move",
    ] {
        let method = if path.ends_with("restore") || path.ends_with("move") {
            Method::POST
        } else {
            Method::GET
        };
        let body = (method == Method::POST && path.ends_with("move")).then(|| json!({"after": ID}));
        alice
            .call(method, path, body, None)
            .await
            .expect_problem(404, "not-found", None);
    }
    routes.assert_untouched(&app, &alice).await;
}

#[tokio::test]
async fn a_forged_cursor_is_a_bad_query_and_never_an_error_of_ours() {
    let app = App::start().await;
    let alice = app.user("alice");
    Routes::of(&alice).await;
    let key = "0649A4B2C3D50080";
    let bad_keys = [
        "",
        "8",
        "zz80",
        "00",
        "0649a4b2c3d50080",
        "80\u{0}",
        "%",
        &"80".repeat(61),
        "é80",
    ];
    let bad_times = [
        "",
        "infinity",
        "-infinity",
        "now",
        "1e9",
        "9223372036854775807",
        "-9223372036854775808",
        "92233720368547758080",
        "-62135596800000001",
        "253402300800000000",
        "568971820799000000",
        "\u{0}",
    ];
    let (bad_numbers, bad_ids) = (["", "x", "32768", "-1.5", "NaN"], ["", "mine", "\u{0}"]);
    let mut refused = Vec::new();
    let mut add = |path: &str, list: &str, parts: &[&str]| {
        let parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
        refused.push(format!("{path}cursor={}", page::encode(list, &parts)));
    };
    for bad in bad_keys {
        add("/v1/projects?", "projects", &[bad, ID]);
        add("/v1/tasks?sort=order&", "tasks   order", &[bad, ID]);
    }
    for bad in bad_times {
        add("/v1/tasks?sort=created&", "tasks   created", &[bad, ID]);
        if !bad.is_empty() {
            add("/v1/tasks?", "tasks   due,-priority", &[bad, "0", ID]);
        }
    }
    for bad in bad_numbers {
        add("/v1/tasks?", "tasks   due,-priority", &["", bad, ID]);
        if bad != "32768" {
            add("/v1/tasks?sort=updated&", "tasks   updated", &[bad, ID]);
        }
    }
    for bad in bad_ids {
        add("/v1/projects?", "projects", &[key, bad]);
        add("/v1/tasks?", "tasks   due,-priority", &["", "0", bad]);
    }
    add("/v1/projects?", "project", &[key, ID]);
    add("/v1/projects?", "projects", &[key]);
    add("/v1/projects?", "projects", &[key, ID, ID]);
    add("/v1/tasks?status=open&", "tasks   due,-priority", &["", "0", ID]);
    add("/v1/tasks?", "tasks open  due,-priority", &["", "0", ID]);
    add("/v1/tasks?sort=-due&", "tasks   due", &["", ID]);
    for garbage in ["!", "%00", "YQ", "=", "w6kx", "%ff%fe", &"A".repeat(4_000)] {
        for list in [
            "/v1/projects?",
            "/v1/tasks?",
            "/v1/tasks?sort=order&",
            "/v1/sync?",
            "/v1/tags?",
        ] {
            refused.push(format!("{list}cursor={garbage}"));
        }
    }
    for path in refused {
        let reply = alice.get(&path).await;
        assert!(reply.status == 400, "{path}: {reply:#?}");
        assert_eq!(reply.body["type"], "urn:taskwire:problem:bad-query", "{path}");
    }
}

#[tokio::test]
async fn a_cursor_at_the_ends_of_what_can_be_compared_is_answered() {
    let app = App::start().await;
    let alice = app.user("alice");
    Routes::of(&alice).await;
    for (sort, values) in [
        ("due,-priority", &["", "32767"][..]),
        ("due,-priority", &["", "-32768"]),
        ("due,-priority", &["-62135596799000000", "0"]),
        ("due,-priority", &["253402300799999999", "0"]),
        ("-due", &[""]),
        ("-due,order", &["253402300799999999", "80"]),
        ("created", &["-62135596799000000"]),
        ("created", &["0"]),
        ("-created", &["253402300799999999"]),
        ("updated", &["9223372036854775807"]),
        ("-updated", &["-9223372036854775808"]),
        ("order", &["80"]),
        ("-order,-priority,due", &["FF80", "0", ""]),
    ] {
        let mut parts: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        parts.push(ID.to_owned());
        let cursor = page::encode(&format!("tasks   {sort}"), &parts);
        alice
            .get(&format!("/v1/tasks?sort={sort}&cursor={cursor}"))
            .await
            .expect(200);
    }
}
