//! The registry's Confluent API, as Redpanda and Apicurio serve it.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use reqwest::{Client, Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ending::BadConfiguration;
use crate::schemas::declared::Version;

const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";

#[derive(Debug, Clone, Args)]
pub(crate) struct RegistryArgs {
    /// The root of the registry's Confluent API; `user:password@` before the host when it asks for them.
    #[arg(
        long,
        env = "REGISTRY_URL",
        value_name = "REGISTRY_URL",
        hide_env_values = true
    )]
    registry_url: Url,
}

pub(crate) struct Registry {
    client: Client,
    root: Url,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Registered {
    pub(crate) version: i32,
    pub(crate) schema: String,
}

impl Registered {
    /// Whether this is a declared version: JSON has no order of keys and no white space.
    pub(crate) fn is(&self, declared: &Version) -> bool {
        let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
        self.schema == declared.text
            || parse(&self.schema).is_some_and(|found| Some(found) == parse(&declared.text))
    }
}

/// What came of registering a version.
#[derive(Debug)]
pub(crate) enum Outcome {
    Registered,
    /// The registry found it incompatible.
    Refused(String),
}

impl Registry {
    pub(crate) fn new(args: &RegistryArgs) -> anyhow::Result<Self> {
        if !["http", "https"].contains(&args.registry_url.scheme()) {
            return Err(BadConfiguration("REGISTRY_URL is neither http:// nor https://".to_owned()).into());
        }
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(15))
            .build()
            .context("cannot set up an HTTP client")?;
        Ok(Self {
            client,
            root: args.registry_url.clone(),
        })
    }

    /// The compatibility set for this subject alone.
    pub(crate) async fn compatibility(&self, subject: &str) -> anyhow::Result<Option<String>> {
        #[derive(Deserialize)]
        struct Config {
            #[serde(alias = "compatibility", rename = "compatibilityLevel")]
            level: String,
        }
        let answer = self.get::<Config>(&["config", subject]).await?;
        Ok(answer.map(|config| config.level))
    }

    pub(crate) async fn set_compatibility(&self, subject: &str, level: &str) -> anyhow::Result<()> {
        let body = json!({ "compatibility": level });
        let (status, text) = self.send(Method::PUT, &["config", subject], Some(body)).await?;
        if !status.is_success() {
            bail!("the registry refused to set the compatibility of {subject} to {level}: {status}: {text}");
        }
        Ok(())
    }

    /// Every version of a subject; none when there is no such subject.
    pub(crate) async fn versions(&self, subject: &str) -> anyhow::Result<Vec<Registered>> {
        let numbers: Vec<i32> = self
            .get(&["subjects", subject, "versions"])
            .await?
            .unwrap_or_default();
        let mut versions = Vec::new();
        for number in numbers {
            versions.extend(
                self.get::<Registered>(&["subjects", subject, "versions", &number.to_string()])
                    .await?,
            );
        }
        Ok(versions)
    }

    /// The version under which the registry holds a schema by its own idea of equality: it may have rewritten the text.
    pub(crate) async fn version_of(&self, subject: &str, schema: &str) -> anyhow::Result<Option<i32>> {
        #[derive(Deserialize)]
        struct Held {
            version: i32,
        }
        let body = json!({ "schema": schema });
        let (status, text) = self
            .send(Method::POST, &["subjects", subject], Some(body))
            .await?;
        if status == StatusCode::NOT_FOUND && is_not_found(&text) {
            return Ok(None);
        }
        Ok(Some(self.parse::<Held>(status, &text)?.version))
    }

    /// What the registry itself has against a schema as this subject's next version.
    pub(crate) async fn incompatibilities(&self, subject: &str, schema: &str) -> anyhow::Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Compatibility {
            is_compatible: bool,
            #[serde(default)]
            messages: Vec<String>,
            reason: Option<String>,
        }
        // Redpanda compares with a named version only; the older ones are compared here (`Demands`).
        let path = ["compatibility", "subjects", subject, "versions", "latest"];
        let (status, text) = self
            .send(Method::POST, &path, Some(json!({ "schema": schema })))
            .await?;
        let found: Compatibility = self.parse(status, &text)?;
        if found.is_compatible {
            return Ok(Vec::new());
        }
        let mut reasons = found.messages;
        reasons.extend(found.reason);
        if reasons.is_empty() {
            reasons.push("incompatible".to_owned());
        }
        Ok(reasons)
    }

    /// Registers a schema as this subject's next version.
    pub(crate) async fn register(&self, subject: &str, schema: &str) -> anyhow::Result<Outcome> {
        let path = ["subjects", subject, "versions"];
        let (status, text) = self
            .send(Method::POST, &path, Some(json!({ "schema": schema })))
            .await?;
        match status {
            status if status.is_success() => Ok(Outcome::Registered),
            StatusCode::CONFLICT => Ok(Outcome::Refused(message(&text))),
            _ => bail!("the registry refused to register {subject}: {status}: {text}"),
        }
    }

    /// `None` for what does not exist.
    async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> anyhow::Result<Option<T>> {
        let (status, text) = self.send(Method::GET, path, None).await?;
        if status == StatusCode::NOT_FOUND && is_not_found(&text) {
            return Ok(None);
        }
        self.parse(status, &text).map(Some)
    }

    fn parse<T: DeserializeOwned>(&self, status: StatusCode, text: &str) -> anyhow::Result<T> {
        if !status.is_success() {
            bail!(
                "the registry at {} answered {status}: {}",
                self.place(),
                message(text)
            );
        }
        serde_json::from_str(text).with_context(|| {
            format!(
                "{} answered something else than a registry: is REGISTRY_URL the API's root?",
                self.place()
            )
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> anyhow::Result<(StatusCode, String)> {
        let mut url = self.root.clone();
        url.path_segments_mut()
            .map_err(|()| BadConfiguration("REGISTRY_URL has no path".to_owned()))?
            .pop_if_empty()
            .extend(path);
        let mut request = self.client.request(method, url).header("accept", CONTENT_TYPE);
        if let Some(body) = body {
            request = request
                .header("content-type", CONTENT_TYPE)
                .body(body.to_string());
        }
        let unreachable = || {
            format!(
                "the registry at {} (REGISTRY_URL) does not answer; is it running (`cargo xtask status`)?",
                self.place()
            )
        };
        let response = request
            .send()
            .await
            .map_err(reqwest::Error::without_url)
            .with_context(unreachable)?;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(reqwest::Error::without_url)
            .with_context(unreachable)?;
        Ok((status, text))
    }

    /// The registry's address without a password.
    fn place(&self) -> String {
        let port = self
            .root
            .port_or_known_default()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        format!(
            "{}{port}{}",
            self.root.host_str().unwrap_or_default(),
            self.root.path()
        )
    }
}

#[derive(Deserialize)]
struct Problem {
    error_code: i64,
    #[serde(default)]
    message: String,
}

/// A registry says 40401 (subject), 40402 (version), 40403 (schema) or 40408 (compatibility); another 404 is no registry's.
fn is_not_found(text: &str) -> bool {
    serde_json::from_str::<Problem>(text).is_ok_and(|problem| problem.error_code / 100 == 404)
}

fn message(text: &str) -> String {
    serde_json::from_str::<Problem>(text)
        .map_or_else(|_| text.chars().take(500).collect(), |problem| problem.message)
}
