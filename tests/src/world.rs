//! A running stack and the people who use it.

use reqwest::Url;
use uuid::Uuid;

use crate::api::Api;
use crate::environment::Environment;
use crate::kafka::Observer;
use crate::socket::Socket;
use crate::tokens::Issuer;

#[derive(Debug)]
pub struct World {
    pub environment: Environment,
    pub issuer: Issuer,
    http: reqwest::Client,
}

/// Somebody with a token, and everything they can call.
#[derive(Debug, Clone)]
pub struct Person {
    /// How a story calls them: `alice`.
    pub name: &'static str,
    /// Who they are to the services: `alice-1f0c33a9`, so that a used stack holds nothing of theirs.
    pub user: String,
    pub token: String,
    pub tasks: Api,
    pub notifications: Api,
    pub audit: Api,
    gateway: Url,
}

impl World {
    /// The stack that the environment names.
    pub fn of(environment: Environment) -> anyhow::Result<Self> {
        let issuer = Issuer::of(&environment)?;
        Ok(Self {
            environment,
            issuer,
            http: reqwest::Client::new(),
        })
    }

    /// The stack of this process's environment, for tests.
    pub fn open() -> anyhow::Result<Self> {
        Self::of(Environment::read()?)
    }

    /// A new person of this name, unknown to the stack so far.
    pub fn person(&self, name: &'static str) -> anyhow::Result<Person> {
        let tag = Uuid::new_v4().simple().to_string();
        let user = format!("{name}-{}", tag.get(..8).unwrap_or(&tag));
        let token = self.issuer.token(&user)?;
        let api = |base: &Url| Api::new(self.http.clone(), base.clone(), Some(token.clone()));
        Ok(Person {
            name,
            tasks: api(&self.environment.api_url),
            notifications: api(&self.environment.notification_url),
            audit: api(&self.environment.audit_url),
            gateway: self.environment.ws_url.clone(),
            user,
            token,
        })
    }

    pub fn stranger(&self) -> Api {
        Api::new(self.http.clone(), self.environment.api_url.clone(), None)
    }

    /// An observer of every topic from now on.
    pub async fn observe(&self) -> anyhow::Result<Observer> {
        Observer::start(&self.environment.kafka).await
    }
}

impl Person {
    /// Opens a socket, live from now on.
    pub async fn socket(&self) -> anyhow::Result<Socket> {
        Socket::open(&self.gateway, &self.token, None).await
    }
}
