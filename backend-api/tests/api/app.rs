//! The real server on a port of its own with a throw-away database, and what a test asks of both.

mod fact;

use std::net::TcpListener;
use std::time::Duration;

use backend_api::routes::Api;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service_kit::auth::Verifier;
use service_kit::frame::CallerPort;
use service_kit::http;
use service_kit::lifecycle::Lifecycle;
use service_kit::pg::PgArgs;
use service_kit::testing::{Database, Migrations, TestIssuer};
use shared_events::outbox;
use shared_events::outbox::wake::Waker;
use shared_events::topic::Service;
use sqlx::{PgPool, Row};

pub(crate) use fact::Fact;

/// The role that the service runs as.
pub(crate) const ROLE: &str = "taskwire_backend_api";

const MIGRATIONS: [Migrations; 2] = [
    Migrations {
        schema: "outbox",
        migrator: &shared_events::MIGRATOR,
    },
    Migrations {
        schema: "tasks",
        migrator: &backend_api::MIGRATOR,
    },
];

/// A running service and its database.
pub(crate) struct App {
    pub(crate) database: Database,
    /// As the superuser: sees all rows of all users.
    pub(crate) pool: PgPool,
    pub(crate) issuer: TestIssuer,
    url: String,
    client: reqwest::Client,
    lifecycle: Lifecycle,
}

/// A user who calls the service.
#[derive(Clone)]
pub(crate) struct User {
    client: reqwest::Client,
    url: String,
    token: String,
    key: Option<String>,
}

/// What the service answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl App {
    pub(crate) async fn start() -> Self {
        let database = Database::create(&MIGRATIONS).await;
        let (issuer, lifecycle) = (TestIssuer::new(), Lifecycle::new());
        let verifier = Verifier::new(&issuer.auth_args()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let api = Api::new(service_pool(&database).await, Waker::new());
        let port = CallerPort {
            listener,
            verifier,
            origins: vec![],
        };
        let server = http::server(port, backend_api::startup::api(api)).unwrap();
        http::serve(&lifecycle, "api", server);
        let pool = database.pool().await;
        Self {
            database,
            pool,
            issuer,
            url,
            client: reqwest::Client::new(),
            lifecycle,
        }
    }

    /// Where the service is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A user with a good token.
    pub(crate) fn user(&self, name: &str) -> User {
        self.with_token(self.issuer.token(name, Duration::from_secs(600)))
    }

    /// Whoever holds this token.
    pub(crate) fn with_token(&self, token: String) -> User {
        User {
            client: self.client.clone(),
            url: self.url.clone(),
            token,
            key: None,
        }
    }

    /// Makes the database unreachable for the service, as an outage does.
    pub(crate) async fn refuse_connections(&self) {
        self.limit_connections(0).await;
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = $2";
        sqlx::query(end)
            .bind(self.database.name())
            .bind(ROLE)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// Ends [`App::refuse_connections`].
    pub(crate) async fn allow_connections(&self) {
        self.limit_connections(-1).await;
    }

    /// A limit does not count for the superuser, who goes on looking.
    async fn limit_connections(&self, limit: i32) {
        let set = format!(
            r#"ALTER DATABASE "{}" CONNECTION LIMIT {limit}"#,
            self.database.name()
        );
        sqlx::query(sqlx::AssertSqlSafe(set))
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// Everything in the outbox, in its order.
    pub(crate) async fn facts(&self) -> Vec<Fact> {
        let rows = sqlx::query("SELECT topic, key, fingerprint, body FROM outbox.message ORDER BY id");
        let rows = rows.fetch_all(&self.pool).await.unwrap();
        rows.iter()
            .map(|row| Fact::decode(row.get("topic"), row.get("key"), row.get("body")))
            .collect()
    }

    /// Takes everything out of the outbox, as the relay would.
    pub(crate) async fn take_facts(&self) -> Vec<Fact> {
        let facts = self.facts().await;
        sqlx::query("DELETE FROM outbox.message")
            .execute(&self.pool)
            .await
            .unwrap();
        facts
    }

    /// `kind` of everything in the outbox, in its order, which is taken out.
    pub(crate) async fn take_kinds(&self) -> Vec<String> {
        self.take_facts()
            .await
            .iter()
            .map(|fact| fact.to_string())
            .collect()
    }

    /// The lock that a user's changes take, held until it is rolled back.
    pub(crate) async fn hold_lock(&self, user: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
        let mut holder = self.pool.begin().await.unwrap();
        let lock = "SELECT 1 FROM tasks.user_state WHERE user_id = $1 FOR UPDATE";
        let locked = sqlx::query(lock).bind(user).execute(&mut *holder).await;
        assert_eq!(
            locked.unwrap().rows_affected(),
            1,
            "{user} has changed something before"
        );
        holder
    }

    /// How many statements wait for a lock.
    pub(crate) async fn waiting(&self) -> i64 {
        self.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .await
    }

    /// Waits until so many statements wait for a lock.
    pub(crate) async fn until_waiting(&self, number: i64) {
        let all_wait = async { while self.waiting().await < number {} };
        let in_time = tokio::time::timeout(Duration::from_secs(20), all_wait).await;
        assert!(in_time.is_ok(), "fewer than {number} statements wait");
    }

    /// One number from the database.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }
}

/// The pool that the service itself makes.
async fn service_pool(database: &Database) -> PgPool {
    let args = PgArgs {
        database_url: database.url_as(ROLE).parse().unwrap(),
        database_max_connections: 10,
    };
    outbox::connect(&args, Service::BackendApi).unwrap()
}

impl Drop for App {
    fn drop(&mut self) {
        self.lifecycle.begin_shutdown();
    }
}

impl User {
    /// The same user, who calls a service elsewhere.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// The same user, whose calls carry this Idempotency-Key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None, None).await
    }

    /// All items of a list, page by page.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).await.expect(200).body;
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else {
                return items;
            };
            next = format!("{path}&cursor={cursor}");
        }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body), None).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(body), None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, None, None).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        if_match: Option<&str>,
    ) -> Reply {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Reply::of(request.send().await.unwrap()).await
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_raw(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Reply {
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        Reply::of(
            request
                .header("content-type", content_type)
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// A new task, as the service shows it.
    pub(crate) async fn create(&self, body: Value) -> Value {
        self.post("/v1/tasks", body).await.expect(201).body
    }

    /// A new tag, as the service shows it.
    pub(crate) async fn tag(&self, name: &str) -> Value {
        self.post("/v1/tags", json!({ "name": name }))
            .await
            .expect(201)
            .body
    }

    /// A verb on a task.
    pub(crate) async fn act(&self, task: &Value, verb: &str) -> Reply {
        self.call(Method::POST, &format!("{}/{verb}", path(task)), None, None)
            .await
    }
}

/// Where a task is.
pub(crate) fn path(task: &Value) -> String {
    format!("/v1/tasks/{}", task["id"].as_str().unwrap())
}

/// A daily task due far ahead, with a reminder an hour before.
pub(crate) fn daily() -> Value {
    json!({
        "title": "Water the plants",
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"},
        "recurrence": {"rrule": "FREQ=DAILY"},
        "reminders": [{"before": "PT1H"}],
    })
}

impl Reply {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let is_lines = headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/x-ndjson");
        let body = if text.is_empty() || is_lines {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        };
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    /// The reply, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:#?}");
        self
    }

    /// Asserts a problem of this type at this pointer.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, slug: &str, pointer: Option<&str>) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(
            reply.body["type"],
            format!("urn:taskwire:problem:{slug}"),
            "{reply:#?}"
        );
        assert_eq!(reply.body["pointer"].as_str(), pointer, "{reply:#?}");
        assert_eq!(reply.body["status"], status);
        reply
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}: {self:#?}"))
            .to_str()
            .unwrap()
    }
}
