//! The proxy of one public origin before the services that run: requests and sockets pass.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::environment::Environment;
use tests::origin::{self, Route};
use tests::socket::Socket;
use tests::tokens::Issuer;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_change_and_its_event_pass_through_one_origin() -> anyhow::Result<()> {
    let environment = Environment::read()?;
    let http = |url: &reqwest::Url| format!("http://{}", url.authority());
    let routes = [
        format!("/v1={}/v1", http(&environment.api_url)),
        format!("/v1/stream={}/v1/stream", http(&environment.ws_url)),
    ];
    let routes = routes.iter().map(|route| route.parse());
    let routes = routes.collect::<anyhow::Result<Vec<Route>>>()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let token = Issuer::of(&environment)?.token("one-origin")?;
    let journey = async {
        let socket = Socket::open(&format!("ws://{address}").parse()?, &token, None).await?;
        let created = reqwest::Client::new()
            .post(format!("http://{address}/v1/tasks"))
            .bearer_auth(&token)
            .json(&json!({ "title": "through one door" }))
            .send()
            .await?
            .error_for_status()?;
        let task: Value = created.json().await?;
        let is_ours = |event: &Value| event.pointer("/event/task/id") == task.get("id");
        let within = Duration::from_secs(30);
        socket
            .event(within, "task.created", is_ours)
            .await
            .context("the event")?;
        anyhow::Ok(())
    };
    tokio::select! {
        done = journey => done,
        served = origin::serve(listener, &routes) => served.context("the proxy ended"),
    }
}
