//! One public origin before services and front end, as an ingress is in production: routes by path, WebSockets included.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::COOKIE;
use axum::http::{Response, StatusCode};
use axum_reverse_proxy::{HostBehaviour, ProxyPolicy, ReverseProxy};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use tokio::net::TcpListener;

/// Services know callers by tokens alone: below it, cookies are nobody's business.
const WITHOUT_COOKIES: &str = "/v1";

/// Everything at a path and below it goes to an address, which takes the place of that path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    prefix: String,
    to: Url,
}

impl FromStr for Route {
    type Err = anyhow::Error;

    /// As in `/v1/audit=http://127.0.0.1:8082/v1/audit`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (prefix, to) = text.split_once('=').context("write PATH=URL")?;
        if !prefix.starts_with('/') || (prefix.len() > 1 && prefix.ends_with('/')) {
            bail!("{prefix} does not begin with a slash, or ends with one");
        }
        let to: Url = to.parse().with_context(|| format!("{to} is no URL"))?;
        if to.scheme() != "http" || !to.has_host() {
            bail!("{to} does not begin with http:// and a host");
        }
        let prefix = prefix.to_owned();
        Ok(Self { prefix, to })
    }
}

/// Serves these routes until it is dropped.
pub async fn serve(listener: TcpListener, routes: &[Route]) -> anyhow::Result<()> {
    let proxies: Vec<Proxy> = routes.iter().map(proxy).collect();
    let app = Router::new().fallback(pass).with_state(Arc::new(proxies));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

type Proxy = ReverseProxy<HttpConnector>;

fn proxy(route: &Route) -> Proxy {
    let to = route.to.as_str().trim_end_matches('/');
    // Who is asked for stays as the browser wrote it; whose request it is, is added.
    let policy = ProxyPolicy::new()
        .with_host_behaviour(HostBehaviour::Preserve)
        .with_public_scheme("http");
    ReverseProxy::new(route.prefix.as_str(), to).with_policy(policy)
}

async fn pass(State(proxies): State<Arc<Vec<Proxy>>>, mut request: Request) -> Response<Body> {
    let path = request.uri().path();
    let fitting = proxies.iter().filter(|proxy| is_below(path, proxy.path()));
    let Some(proxy) = fitting.max_by_key(|proxy| proxy.path().len()) else {
        let mut nowhere = Response::new(Body::empty());
        *nowhere.status_mut() = StatusCode::NOT_FOUND;
        return nowhere;
    };
    if is_below(path, WITHOUT_COOKIES) {
        request.headers_mut().remove(COOKIE);
    }
    match proxy.proxy_request(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::background::Background;

    async fn upstream(name: &str) -> MockServer {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_string(name);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn the_longest_path_wins_and_cookies_reach_the_front_end_alone() {
        let [front, api, audit] = [
            upstream("front").await,
            upstream("api").await,
            upstream("audit").await,
        ];
        let routes = [
            format!("/={}", front.uri()),
            format!("/v1={}/v1", api.uri()),
            format!("/v1/audit={}/v1/audit", audit.uri()),
            format!("/docs/api={}/docs", api.uri()),
        ];
        let routes = routes.map(|route| route.parse::<Route>().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let _serving = Background::run(async move { serve(listener, &routes).await.unwrap() });
        let client = reqwest::Client::new();
        for (path, expected) in [
            ("/", "front"),
            ("/today", "front"),
            ("/v1x", "front"),
            ("/v1/tasks?limit=1", "api"),
            ("/v1/auditors", "api"),
            ("/v1/audit", "audit"),
            ("/v1/audit/openapi.json", "audit"),
            ("/docs/api/swagger.css", "api"),
        ] {
            let request = client.get(format!("{origin}{path}")).header("cookie", "secret=1");
            let answer = request.send().await.unwrap().text().await.unwrap();
            assert_eq!(answer, expected, "{path}");
        }
        for (server, with_cookie) in [(&front, true), (&api, false), (&audit, false)] {
            for request in server.received_requests().await.unwrap() {
                let path = request.url.path();
                let below_v1 = is_below(path, WITHOUT_COOKIES);
                assert!(with_cookie || below_v1 || path == "/docs/swagger.css", "{path}");
                assert_eq!(request.headers.contains_key("cookie"), !below_v1, "{path}");
                let client = request.headers.get("x-forwarded-for").unwrap();
                assert_eq!(client, "127.0.0.1", "{path}");
                assert!(origin.ends_with(request.headers.get("host").unwrap().to_str().unwrap()));
            }
        }
    }

    #[test]
    fn a_route_that_cannot_be_is_refused() {
        for text in [
            "/v1",
            "v1=http://a",
            "/v1/=http://a",
            "/v1=nowhere",
            "/v1=ftp://a",
        ] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
    }
}
