//! Readiness, liveness and metrics of a process, on an admin port of their own.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::lifecycle::Lifecycle;
use crate::{http, telemetry};

/// The health of one process; clones are the same health.
///
/// Readiness is false while any component is not ready. Liveness is false only when a restart would help.
#[derive(Debug, Clone)]
pub struct Health {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    service: &'static str,
    components: Mutex<BTreeMap<&'static str, State>>,
    liveness: Mutex<BTreeMap<&'static str, State>>,
    details: Mutex<BTreeMap<&'static str, String>>,
}

#[derive(Debug, Clone)]
enum State {
    Good,
    Bad(String),
}

/// One part that must be ready (or alive) for the whole to be.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    kind: Kind,
    health: Health,
}

/// Something that an operator should know while the service fulfils its contract: `/readyz` tells it, and readiness does
/// not depend on it.
#[derive(Debug, Clone)]
pub struct Detail {
    name: &'static str,
    health: Health,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Readiness,
    Liveness,
}

/// What `/readyz` and `/healthz` answer.
#[derive(Debug, Serialize)]
pub struct Report {
    service: &'static str,
    status: &'static str,
    components: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<&'static str, String>,
}

impl Health {
    /// The health of a service that has no component yet, which is ready.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        let inner = Inner {
            service,
            components: Mutex::default(),
            liveness: Mutex::default(),
            details: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A part that readiness depends on; it starts as not ready.
    #[must_use]
    pub fn component(&self, name: &'static str) -> Component {
        lock(&self.inner.components).insert(name, State::Bad("starting".to_owned()));
        Component {
            name,
            kind: Kind::Readiness,
            health: self.clone(),
        }
    }

    /// A part whose failure only a restart cures; it starts as alive.
    #[must_use]
    pub fn liveness(&self, name: &'static str) -> Component {
        lock(&self.inner.liveness).insert(name, State::Good);
        Component {
            name,
            kind: Kind::Liveness,
            health: self.clone(),
        }
    }

    /// Something that `/readyz` tells and readiness does not depend on; there is nothing to tell at first.
    #[must_use]
    pub fn detail(&self, name: &'static str) -> Detail {
        Detail {
            name,
            health: self.clone(),
        }
    }

    /// True when every component is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        all_good(&lock(&self.inner.components))
    }

    /// True unless a part reported that only a restart helps.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        all_good(&lock(&self.inner.liveness))
    }

    fn of(&self, kind: Kind) -> MutexGuard<'_, BTreeMap<&'static str, State>> {
        match kind {
            Kind::Readiness => lock(&self.inner.components),
            Kind::Liveness => lock(&self.inner.liveness),
        }
    }

    fn report(&self, kind: Kind, good: &'static str, bad: &'static str) -> Report {
        let states = self.of(kind);
        let status = if all_good(&states) { good } else { bad };
        let components = states
            .iter()
            .map(|(name, state)| (*name, describe(state, good)))
            .collect();
        let details = match kind {
            Kind::Readiness => lock(&self.inner.details).clone(),
            Kind::Liveness => BTreeMap::new(),
        };
        Report {
            service: self.inner.service,
            status,
            components,
            details,
        }
    }
}

impl Component {
    /// This part works.
    pub fn ready(&self) {
        self.set(State::Good);
    }

    /// This part does not work, and why: one short sentence for whoever reads `/readyz`.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.set(State::Bad(why.into()));
    }

    fn set(&self, state: State) {
        let mut states = self.health.of(self.kind);
        let was_good = matches!(states.get(self.name), Some(State::Good));
        let service = self.health.inner.service;
        match &state {
            State::Good if !was_good => {
                tracing::info!(service, component.name = self.name, "component is ready");
            }
            State::Bad(why) if was_good => {
                tracing::warn!(service, component.name = self.name, why, "component is not ready");
            }
            State::Good | State::Bad(_) => {}
        }
        states.insert(self.name, state);
    }
}

impl Detail {
    /// Tells it from now on: one short sentence with the way out.
    pub fn tell(&self, what: impl Into<String>) {
        lock(&self.health.inner.details).insert(self.name, what.into());
    }

    /// What is told now.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        lock(&self.health.inner.details).get(self.name).cloned()
    }

    /// There is nothing to tell any more.
    pub fn clear(&self) {
        lock(&self.health.inner.details).remove(self.name);
    }
}

/// Serves `GET /healthz`, `/readyz` and `/metrics` as a part of the lifecycle.
///
/// It answers until the drain is over; from the moment a stop is asked for, `/readyz` says 503.
pub fn serve_admin(listener: TcpListener, health: Health, lifecycle: &Lifecycle) -> std::io::Result<()> {
    let state = web::Data::new(Admin {
        health,
        shutdown: lifecycle.shutdown_token(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .route("/healthz", web::get().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .max_connections(256)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    let handle = server.handle();
    let drained = lifecycle.drained_token();
    lifecycle.spawn_until_drained("admin server", http::until(server, handle, drained, false));
    Ok(())
}

struct Admin {
    health: Health,
    shutdown: CancellationToken,
}

async fn healthz(admin: web::Data<Admin>) -> HttpResponse {
    answer(
        admin.health.is_alive(),
        &admin.health.report(Kind::Liveness, "alive", "wedged"),
    )
}

async fn readyz(admin: web::Data<Admin>) -> HttpResponse {
    let mut report = admin.health.report(Kind::Readiness, "ready", "not ready");
    if admin.shutdown.is_cancelled() {
        report.status = "stopping";
        return answer(false, &report);
    }
    answer(admin.health.is_ready(), &report)
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(telemetry::prometheus_text())
}

fn answer(good: bool, report: &Report) -> HttpResponse {
    let mut response = if good {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(report)
}

fn all_good(states: &BTreeMap<&'static str, State>) -> bool {
    states.values().all(|state| matches!(state, State::Good))
}

fn describe(state: &State, good: &str) -> String {
    match state {
        State::Good => good.to_owned(),
        State::Bad(why) => why.clone(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Served {
        url: String,
        health: Health,
        lifecycle: Lifecycle,
    }

    fn serve() -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let health = Health::new("kit-test");
        let lifecycle = Lifecycle::new();
        serve_admin(listener, health.clone(), &lifecycle).expect("an admin server");
        Served {
            url,
            health,
            lifecycle,
        }
    }

    async fn get(url: String) -> (u16, String) {
        let response = reqwest::get(url).await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    #[tokio::test]
    async fn a_service_is_ready_when_all_its_components_are() {
        let served = serve();
        let postgres = served.health.component("postgres");
        let (status, body) = get(format!("{}/readyz", served.url)).await;
        assert_eq!(status, 503);
        assert_eq!(
            body,
            r#"{"service":"kit-test","status":"not ready","components":{"postgres":"starting"}}"#
        );
        postgres.ready();
        assert_eq!(get(format!("{}/readyz", served.url)).await.0, 200);
        postgres.not_ready("connection refused");
        let (status, body) = get(format!("{}/readyz", served.url)).await;
        assert!(status == 503 && body.contains("connection refused"), "{body}");
    }

    #[tokio::test]
    async fn a_detail_is_told_and_readiness_does_not_depend_on_it() {
        let served = serve();
        let parked = served.health.detail("parked");
        parked.tell("2 lanes are parked");
        let (status, body) = get(format!("{}/readyz", served.url)).await;
        assert_eq!(status, 200);
        assert!(
            body.contains(r#""details":{"parked":"2 lanes are parked"}"#),
            "{body}"
        );
        parked.clear();
        let (_, body) = get(format!("{}/readyz", served.url)).await;
        assert!(!body.contains("details"), "{body}");
    }

    #[tokio::test]
    async fn liveness_fails_only_when_a_restart_helps() {
        let served = serve();
        let _not_ready = served.health.component("kafka");
        let poll_thread = served.health.liveness("poll-thread");
        assert_eq!(get(format!("{}/healthz", served.url)).await.0, 200);
        poll_thread.not_ready("wedged for 60 s");
        assert_eq!(get(format!("{}/healthz", served.url)).await.0, 503);
    }

    #[tokio::test]
    async fn metrics_are_served_as_prometheus_text() {
        let served = serve();
        telemetry::meter()
            .u64_counter("kit_health_test")
            .build()
            .add(1, &[]);
        let (status, body) = get(format!("{}/metrics", served.url)).await;
        assert!(
            status == 200 && body.contains("kit_health_test_total 1"),
            "{body}"
        );
    }

    #[tokio::test]
    async fn readiness_turns_false_at_shutdown_while_the_drain_goes_on() {
        let served = serve();
        let release = CancellationToken::new();
        let held = release.clone();
        served
            .lifecycle
            .spawn_helper("slow request", async move { held.cancelled().await });
        let lifecycle = served.lifecycle.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the supervisor itself runs beside the test"
        )]
        let supervisor = tokio::spawn(async move { lifecycle.supervise(Duration::from_secs(10)).await });
        served.lifecycle.begin_shutdown();
        let (status, body) = get(format!("{}/readyz", served.url)).await;
        assert!(status == 503 && body.contains("stopping"), "{body}");
        release.cancel();
        assert_eq!(
            supervisor.await.expect("no panic"),
            crate::lifecycle::Outcome::Clean
        );
    }
}
