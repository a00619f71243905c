//! What belongs to another user is answered as what does not exist: on every route, wherever an id can be given.

use reqwest::Method;
use serde_json::{Value, json};
use utoipa::openapi::PathItem;

use crate::app::{App, Reply, User, daily, path};
use crate::filters_saved::save;
use crate::projects::{place, project};

/// A key that the other user has used.
const KEY: &str = "018f4e6e-0000-7000-8000-00000000000b";

/// Ids that a request may name.
#[derive(Clone)]
struct Ids {
    tasks: Vec<String>,
    series: String,
    project: String,
    tag: String,
    filter: String,
}

type Case = (Method, String, Option<Value>);

impl Ids {
    /// Tasks in every state, a project and a tag of a user who used [`KEY`] too.
    async fn of(user: &User) -> Self {
        let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
        let garden = project(user, "Garden").await;
        let open = user.with_key(KEY).create(json!({"title": "open"})).await;
        let done = user
            .create(json!({"title": "done", "project_id": garden["id"]}))
            .await;
        user.act(&done, "complete").await.expect(200);
        let deleted = user.create(json!({"title": "deleted"})).await;
        user.delete(&path(&deleted)).await.expect(204);
        let occurrence = user.create(daily()).await;
        let skipped = user.create(daily()).await;
        user.act(&skipped, "skip").await.expect(200);
        let gone = project(user, "Gone").await;
        user.delete(&place(&gone)).await.expect(204);
        Self {
            series: occurrence["series_id"].as_str().unwrap().to_owned(),
            tasks: [open, done, deleted, occurrence, skipped]
                .iter()
                .map(id)
                .collect(),
            project: id(&garden),
            tag: id(&user.tag("home").await),
            filter: id(&save(user, "Soon", "due < today + 7d").await),
        }
    }

    /// As many that nobody has.
    fn unknown() -> Self {
        let id = |n: usize| format!("018f4e6e-0000-7000-8000-0000000000{n:02}");
        Self {
            tasks: (0..5).map(id).collect(),
            series: id(9),
            project: id(10),
            tag: id(11),
            filter: id(12),
        }
    }

    fn all(&self) -> Vec<&str> {
        let others = [&self.series, &self.project, &self.tag, &self.filter];
        self.tasks.iter().chain(others).map(String::as_str).collect()
    }
}

/// All operations of the API, like `patch /v1/tasks/{id}`.
pub(crate) fn operations() -> Vec<String> {
    let methods = |item: &PathItem| {
        [
            ("get", item.get.is_some()),
            ("post", item.post.is_some()),
            ("put", item.put.is_some()),
            ("patch", item.patch.is_some()),
            ("delete", item.delete.is_some()),
        ]
    };
    let document = backend_api::routes::document();
    let paths = document.paths.paths.iter();
    paths
        .flat_map(|(path, item)| methods(item).map(|(method, is_there)| (method, path, is_there)))
        .filter(|(_, _, is_there)| *is_there)
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect()
}

/// Requests of an operation that name `foreign` ids in every place where an id can stand, and otherwise the caller's own.
fn cases(operation: &str, foreign: &Ids, own: &Ids) -> Vec<Case> {
    let (method, template) = operation.split_once(' ').unwrap();
    let method: Method = method.to_uppercase().parse().unwrap();
    let at = |id: &str| template.replace("{id}", id);
    let to = |id: &str, body: Option<Value>| (method.clone(), at(id), body);
    let plain = |query: String, body: Option<Value>| (method.clone(), format!("{template}{query}"), body);
    let references = |title: Option<&str>| {
        let with = |field: &str, value: Value| {
            let mut body = json!({ field: value });
            if let Some(title) = title {
                body["title"] = json!(title);
            }
            Some(body)
        };
        let mut bodies = Vec::new();
        for id in foreign.all() {
            bodies.push(with("parent_id", json!(id)));
            bodies.push(with("project_id", json!(id)));
            bodies.push(with("tags", json!([id])));
            bodies.push(with("tags", json!([own.tag, id])));
        }
        bodies
    };
    let each = |body: Option<Value>| -> Vec<Case> {
        let ids = foreign.all().into_iter();
        ids.map(|id| to(id, body.clone())).collect()
    };
    let cursor = |list: &str, parts: &[&str]| {
        let parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
        format!("cursor={}", service_kit::page::encode(list, &parts))
    };
    let moves = |moved: &str, beside: &str| -> Vec<Case> {
        let mut cases = Vec::new();
        for side in ["after", "before"] {
            cases.extend(each(Some(json!({ side: beside }))));
            cases.extend(
                foreign
                    .all()
                    .into_iter()
                    .map(|id| to(moved, Some(json!({ side: id })))),
            );
        }
        cases
    };
    match operation {
        "post /v1/tasks" => references(Some("a"))
            .into_iter()
            .map(|body| plain(String::new(), body))
            .collect(),
        "get /v1/tasks" => {
            let of_project = format!("?project_id={}", foreign.project);
            let mut queries = vec![of_project.clone(), format!("{of_project}&status=done&sort=order")];
            let others = foreign.all().into_iter();
            queries.extend(others.map(|id| format!("?filter_id={id}")));
            let list = format!("tasks  {} due,-priority", foreign.project);
            queries.push(format!(
                "{of_project}&{}",
                cursor(&list, &["", "0", &foreign.tasks[0]])
            ));
            let list = "tasks   updated";
            queries.push(format!(
                "?sort=updated&{}",
                cursor(list, &["0", &foreign.tasks[0]])
            ));
            queries.into_iter().map(|query| plain(query, None)).collect()
        }
        "patch /v1/tasks/{id}" => {
            let own = references(None).into_iter().map(|body| to(&own.tasks[0], body));
            own.chain(each(Some(json!({"title": "mine"})))).collect()
        }
        "delete /v1/tasks/{id}" => {
            let with_series = foreign.all().into_iter();
            let with_series = with_series.map(|id| (method.clone(), format!("{}?scope=all", at(id)), None));
            with_series.chain(each(None)).collect()
        }
        "get /v1/tasks/{id}"
        | "post /v1/tasks/{id}/complete"
        | "post /v1/tasks/{id}/reopen"
        | "post /v1/tasks/{id}/skip"
        | "post /v1/tasks/{id}/restore"
        | "get /v1/projects/{id}"
        | "delete /v1/projects/{id}"
        | "get /v1/filters/{id}"
        | "delete /v1/filters/{id}"
        | "get /v1/tags/{id}"
        | "get /v1/series/{id}"
        | "get /v1/series/{id}/preview"
        | "post /v1/series/{id}/skip"
        | "post /v1/series/{id}/stop"
        | "delete /v1/tags/{id}" => each(None),
        "post /v1/tasks/{id}/move" => moves(&own.tasks[0], &own.tasks[1]),
        "post /v1/projects/{id}/move" => moves(&own.project, &own.project),
        "post /v1/filters/{id}/move" => moves(&own.filter, &own.filter),
        "patch /v1/projects/{id}" | "patch /v1/tags/{id}" | "patch /v1/filters/{id}" => {
            each(Some(json!({"name": "mine"})))
        }
        "post /v1/projects" | "post /v1/tags" | "post /v1/filters" => {
            vec![plain(
                String::new(),
                Some(json!({"name": "new", "id": foreign.project})),
            )]
        }
        "patch /v1/me" => vec![plain(String::new(), Some(json!({"id": foreign.project})))],
        "post /v1/recurrence/preview" => {
            vec![plain(String::new(), Some(json!({"series_id": foreign.tasks[0]})))]
        }
        "get /v1/projects" => {
            let query = cursor("projects", &["0080", &foreign.project]);
            vec![plain(format!("?{query}"), None)]
        }
        "get /v1/filters" => {
            let query = cursor("filters", &["0080", &foreign.filter]);
            vec![plain(format!("?{query}"), None)]
        }
        "get /v1/tags" => {
            let query = cursor("tags", &["0", &foreign.tag]);
            vec![plain(format!("?{query}"), None)]
        }
        "get /v1/series/{id}/occurrences" => {
            let next = foreign.all().into_iter().map(|id| {
                let query = cursor(&format!("occurrences {id}"), &["5"]);
                (method.clone(), format!("{}?{query}", at(id)), None)
            });
            next.chain(each(None)).collect()
        }
        "get /v1/stats" => {
            let of_project = ["", "&timezone=UTC"].into_iter();
            of_project
                .map(|more| plain(format!("?project_id={}{more}", foreign.project), None))
                .collect()
        }
        "patch /v1/series/{id}" => each(Some(json!({"missed": "keep"}))),
        "post /v1/batch" => batches(foreign, own)
            .into_iter()
            .map(|body| plain(String::new(), Some(body)))
            .collect(),
        // They name nothing by an id.
        "post /v1/quick-add" | "get /v1/me" | "delete /v1/me" | "get /v1/me/export" | "get /v1/sync" => {
            vec![]
        }
        other => panic!("{other} is new: say here where it takes ids"),
    }
}

/// Batches of a command each.
fn batches(foreign: &Ids, own: &Ids) -> Vec<Value> {
    let (mut commands, mut news) = (Vec::new(), Vec::new());
    for id in foreign.all() {
        let mut to = |command: &str, target: &str, body: Value| {
            commands.push(json!({"id": "c", "command": command, "target": target, "body": body}));
        };
        for verb in ["complete", "reopen", "skip", "restore", "delete"] {
            to(&format!("task.{verb}"), id, json!({}));
        }
        for verb in [
            "series.skip",
            "series.stop",
            "project.delete",
            "tag.delete",
            "filter.delete",
        ] {
            to(verb, id, json!({}));
        }
        to("task.update", id, json!({"title": "mine"}));
        to("series.update", id, json!({"missed": "keep"}));
        to("project.update", id, json!({"name": "mine"}));
        to("filter.update", id, json!({"name": "mine"}));
        to("tag.update", id, json!({"name": "mine"}));
        for (kind, moved) in [
            ("task", &own.tasks[0]),
            ("project", &own.project),
            ("filter", &own.filter),
        ] {
            let kind = format!("{kind}.move");
            to(&kind, id, json!({ "after": moved }));
            to(&kind, moved, json!({ "after": id }));
            to(&kind, moved, json!({ "before": id }));
        }
        for mut body in [
            json!({"parent_id": id}),
            json!({"project_id": id}),
            json!({"tags": [own.tag, id]}),
        ] {
            to("task.update", &own.tasks[0], body.clone());
            body["title"] = json!("a");
            news.push(json!({"id": "c", "command": "task.create", "body": body}));
        }
    }
    commands.extend(news);
    let both = [true, false];
    let of = |all_or_nothing| {
        let commands = commands.iter();
        commands.map(move |command| json!({"all_or_nothing": all_or_nothing, "commands": [command]}))
    };
    both.into_iter().flat_map(of).collect()
}

/// What an answer says apart from which request it is to.
fn said(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let of_request = ["date", "x-request-id", "vary", "access-control-expose-headers"];
    let headers = reply.headers.iter();
    let mut headers: Vec<_> = headers
        .filter(|(name, _)| !of_request.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort_unstable();
    let mut body = reply.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("instance");
        body.remove("request_id");
        body.remove("as_of");
    }
    (reply.status.as_u16(), headers, body)
}

/// All rows of all users.
async fn rows(app: &App) -> Vec<String> {
    let mut rows = Vec::new();
    let tables = [
        "user_state",
        "series",
        "task",
        "reminder",
        "tag",
        "project",
        "filter",
        "settings",
        "idempotency",
        "stat_open",
        "stat_done",
    ];
    for table in tables {
        let query = format!("SELECT row(t)::text FROM tasks.{table} t ORDER BY 1");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        let of_table: Vec<String> = query.fetch_all(&app.pool).await.unwrap();
        rows.extend(of_table);
    }
    rows
}

#[tokio::test]
async fn what_is_anothers_is_answered_as_what_is_not_there_on_every_route() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let theirs = Ids::of(&bob).await;
    let own = Ids::of(&alice).await;
    app.take_facts().await;
    let before = rows(&app).await;
    let mut tried = 0;
    for operation in operations() {
        let theirs = cases(&operation, &theirs, &own);
        let unknown = cases(&operation, &Ids::unknown(), &own);
        for ((method, path, body), (_, other, other_body)) in theirs.into_iter().zip(unknown) {
            for (user, if_match) in [
                (&alice, None),
                (&alice, Some("\"1\"")),
                (&alice.with_key("new"), None),
            ] {
                let answer = user.call(method.clone(), &path, body.clone(), if_match).await;
                let expected = user
                    .call(method.clone(), &other, other_body.clone(), if_match)
                    .await;
                assert_eq!(
                    said(&answer),
                    said(&expected),
                    "{method} {path} {body:?} {if_match:?}"
                );
                assert!(
                    method == Method::GET || path == "/v1/batch" || answer.status.is_client_error(),
                    "{method} {path} {body:?}: {answer:#?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(rows(&app).await, before, "nothing was written");
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn that_an_id_is_taken_by_another_is_told_to_who_would_create_a_task_with_it_and_to_nobody_else() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let task = bob.create(json!({"title": "bob's"})).await;
    alice.create(json!({"title": "alice's"})).await;
    app.take_facts().await;
    let before = rows(&app).await;
    let body = json!({"id": task["id"], "title": "bob's"});
    for user in [alice.clone(), alice.with_key("k")] {
        let refused = user.post("/v1/tasks", body.clone()).await;
        let refused = refused.expect_problem(409, "id-taken", Some("/id"));
        assert!(!refused.text.contains("bob"), "{}", refused.text);
    }
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_that_another_user_used_is_a_new_one() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let theirs = bob.with_key(KEY).create(json!({"title": "a"})).await;
    let own = alice.with_key(KEY).create(json!({"title": "a"})).await;
    assert_ne!(own["id"], theirs["id"]);
    let other = alice.with_key(KEY).post("/v1/tasks", json!({"title": "b"})).await;
    other.expect_problem(422, "idempotency-key-reused", None);
    assert_eq!(bob.with_key(KEY).create(json!({"title": "a"})).await, theirs);
}
