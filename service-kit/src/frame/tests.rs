//! Services of nothing but the frame.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::auth::{Issuer, Issuers, JwksSource, SigningAlgorithm};
use crate::http::Json;
use crate::lifecycle::Outcome;
use crate::pg::PgArgs;
use crate::testing::{Database, TestIssuer};

const DEADLINE: Duration = Duration::from_secs(60);
const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

struct Service {
    api: SocketAddr,
    admin: String,
    lifecycle: Lifecycle,
}

impl Service {
    /// With these keys, and whatever else `add` adds.
    async fn start(jwks: JwksSource, add: impl FnOnce(&Frame)) -> Self {
        let issuer = Issuer {
            issuer: "me".to_owned(),
            jwks,
            algorithms: vec![SigningAlgorithm::EdDSA],
        };
        let auth = AuthArgs {
            jwt_issuers: Issuers::new(vec![issuer]).expect("one issuer"),
            jwt_audience: "you".to_owned(),
            local_stack: false,
        };
        let cors = CorsArgs::default();
        let port = CallerPort::bind(ANYWHERE, &CallerArgs { auth, cors }).await;
        let port = port.expect("a port");
        let admin = listen(ANYWHERE, "ADMIN_ADDR").expect("a port");
        let service = Self {
            api: port.address().expect("an address"),
            admin: format!("http://{}", admin.local_addr().expect("an address")),
            lifecycle: Lifecycle::new(),
        };
        let frame = Frame::new("kit-test", &service.lifecycle);
        add(&frame);
        frame.serve(port, configure).expect("an API");
        frame.open(admin).expect("an admin port");
        service
    }

    async fn readiness(&self) -> (u16, String) {
        let answer = reqwest::get(format!("{}/readyz", self.admin))
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    async fn until_ready(&self) {
        let began = Instant::now();
        while let (503, report) = self.readiness().await {
            assert!(began.elapsed() < DEADLINE, "{report}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn configure(service: &mut ServiceConfig) {
    service.route(
        "/bodies",
        web::post().to(|_: Json<Vec<u8>>| async { HttpResponse::NoContent().finish() }),
    );
}

fn issuer() -> (TestIssuer, JwksSource) {
    let issuer = TestIssuer::new();
    let keys = JwksSource::File(issuer.jwks_path());
    (issuer, keys)
}

/// Announces a body of 50 bytes.
async fn announce(service: &Service) -> TcpStream {
    let mut socket = TcpStream::connect(service.api).await.expect("a connection");
    let head =
        "POST /bodies HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n";
    socket.write_all(head.as_bytes()).await.expect("written");
    socket
}

/// Everything up to the end of the connection or, as the answer has no body, of the head.
async fn answer(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let reading = async {
        while !text.ends_with(b"\r\n\r\n") && socket.read_buf(&mut text).await.expect("read") > 0 {}
    };
    tokio::time::timeout(DEADLINE, reading).await.expect("in time");
    String::from_utf8(text).expect("text")
}

#[actix_web::test]
async fn the_first_report_names_every_component() {
    let (_issuer, keys) = issuer();
    let service = Service::start(keys, |frame| drop(frame.health().component("its own"))).await;
    let (status, report) = service.readiness().await;
    assert!(
        status == 503 && report.contains(r#""its own":"starting""#),
        "{report}"
    );
    assert!(report.contains(r#""tokens":"#), "{report}");
}

#[actix_web::test]
async fn a_service_without_the_issuers_keys_is_not_ready() {
    let nowhere = "http://127.0.0.1:1/jwks.json".parse().expect("a URL");
    let service = Service::start(nowhere, |_| {}).await;
    let (status, report) = service.readiness().await;
    assert!(
        status == 503 && report.contains("keys cannot be had of me"),
        "{report}"
    );
    let (_issuer, keys) = issuer();
    Service::start(keys, |_| {}).await.until_ready().await;
}

#[actix_web::test]
async fn a_pool_whose_connections_are_all_at_work_is_no_outage() {
    let database = Database::create(&[]).await;
    let args = PgArgs {
        database_url: database.url().parse().expect("a URL"),
        database_max_connections: 1,
    };
    let pool = pg::connect(&args, "kit-test").expect("a pool");
    let _all = pool.acquire().await.expect("the only connection");
    let (_issuer, keys) = issuer();
    let service = Service::start(keys, |frame| frame.watch_database(&pool, pg::admit_any)).await;
    service.until_ready().await;
}

#[actix_web::test]
async fn a_database_that_refuses_what_is_new_is_not_ready_and_says_why() {
    let refuse: pg::Admit =
        |_| Box::pin(async { Err(sqlx::Error::Protocol("not before it is confirmed".to_owned())) });
    let database = Database::create(&[]).await;
    let pool = database.pool().await;
    let (_issuer, keys) = issuer();
    let service = Service::start(keys, |frame| frame.watch_database(&pool, refuse)).await;
    let began = Instant::now();
    loop {
        let (status, report) = service.readiness().await;
        assert_eq!(status, 503, "{report}");
        if report.contains("not before it is confirmed") {
            break;
        }
        assert!(began.elapsed() < DEADLINE, "{report}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn a_connection_of_a_pool_has_the_session_limits() {
    let database = Database::create(&[]).await;
    let args = PgArgs {
        database_url: database.url().parse().expect("a URL"),
        database_max_connections: 1,
    };
    let pool = pg::connect(&args, "kit-test").expect("a pool");
    let limits: (String, String, String) = sqlx::query_as(
        "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
                current_setting('idle_in_transaction_session_timeout')",
    )
    .fetch_one(&pool)
    .await
    .expect("the settings");
    assert_eq!(limits, ("10s".to_owned(), "2s".to_owned(), "10s".to_owned()));
}

#[actix_web::test]
async fn a_body_that_stands_still_is_ended_and_a_slow_one_is_not() {
    let (_issuer, keys) = issuer();
    let service = Service::start(keys, |_| {}).await;
    let stalled = async {
        let mut socket = announce(&service).await;
        socket.write_all(b"[1,2").await.expect("written");
        let mut text = String::new();
        let reading = socket.read_to_string(&mut text);
        let read = tokio::time::timeout(DEADLINE, reading).await;
        read.expect("the connection is closed").expect("text");
        assert!(text.starts_with("HTTP/1.1 408"), "{text}");
        assert!(text.contains("urn:taskwire:problem:body-timeout"), "{text}");
    };
    let slow = async {
        let mut socket = announce(&service).await;
        for piece in ["[1,2", ",3", ",4"] {
            socket.write_all(piece.as_bytes()).await.expect("written");
            // Sleeps because the body has to be slow.
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        let rest = format!("{}]", " ".repeat(41));
        socket.write_all(rest.as_bytes()).await.expect("written");
        let text = answer(&mut socket).await;
        assert!(text.starts_with("HTTP/1.1 204"), "{text}");
    };
    tokio::join!(stalled, slow);
}

#[actix_web::test]
async fn a_pooled_connection_is_not_closed_under_a_client() {
    let (_issuer, keys) = issuer();
    let service = Service::start(keys, |_| {}).await;
    let used = async {
        let mut socket = TcpStream::connect(service.api).await.expect("a connection");
        for _ in 0..2 {
            let request = "POST /bodies HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
            socket.write_all(request.as_bytes()).await.expect("written");
            assert!(answer(&mut socket).await.starts_with("HTTP/1.1 204"));
            // Sleeps because the connection has to be idle, for longer than actix's own five seconds.
            tokio::time::sleep(Duration::from_secs(8)).await;
        }
    };
    let opened_early = async {
        let mut socket = TcpStream::connect(service.api).await.expect("a connection");
        // Sleeps because the connection has to be idle.
        tokio::time::sleep(Duration::from_secs(8)).await;
        let request = "POST /bodies HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
        socket.write_all(request.as_bytes()).await.expect("written");
        assert!(answer(&mut socket).await.starts_with("HTTP/1.1 204"));
    };
    tokio::join!(used, opened_early);
    let began = Instant::now();
    service.lifecycle.begin_shutdown();
    assert_eq!(service.lifecycle.supervise(DRAIN).await, Outcome::Clean);
    assert!(began.elapsed() < DRAIN, "an idle connection delays no stop");
}
