//! The processes: two of backend-api, one of each other service, and the servers.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};

use super::fault::Fault;
use crate::chaos::fleet::{Replica, Stopped};
use crate::chaos::servers::Server;
use crate::chaos::setup::{ServiceSetup, Setup};

const API: &str = "backend-api";

/// How long a backend-api that is asked to stop may take.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Fleet {
    setup: Setup,
    /// Those that run, by their places.
    apis: BTreeMap<usize, Replica>,
    _others: Vec<Replica>,
    broker: Server,
    postgres: Server,
    /// Of the backend-api that was killed last.
    place: usize,
}

impl Fleet {
    pub(super) async fn start(setup: &Setup) -> anyhow::Result<Self> {
        let mut others = Vec::new();
        for service in setup.services.iter().filter(|service| service.name != API) {
            others.push(ready(service, 0, setup).await?);
        }
        let mut fleet = Self {
            setup: setup.clone(),
            apis: BTreeMap::new(),
            _others: others,
            broker: server(setup, |name| name.starts_with("kafka"))?,
            postgres: server(setup, |name| name == "postgres")?,
            place: 0,
        };
        fleet.start_missing_apis().await?;
        Ok(fleet)
    }

    /// Stops the backend-api that is not to take over.
    pub(super) async fn prepare(&mut self, fault: Fault, holder: &str) -> anyhow::Result<()> {
        let keeps = place_of(holder)?;
        let stops = self.apis.keys().copied().find(|place| *place != keeps);
        match (fault, stops) {
            (Fault::OnlyHolder, Some(place)) => self.stop_api(place).await,
            _ => Ok(()),
        }
    }

    /// When nothing of the process was left.
    pub(super) async fn kill(&mut self, fault: Fault, holder: &str) -> anyhow::Result<DateTime<Utc>> {
        match fault {
            Fault::Holder | Fault::OnlyHolder => {
                self.place = place_of(holder)?;
                let api = self.apis.remove(&self.place);
                api.context("the holder of the lease runs")?.kill().await?;
            }
            Fault::Broker => self.broker.kill().await?,
            Fault::Postgres => self.postgres.kill().await?,
        }
        Ok(Utc::now())
    }

    /// When what was started again answered; none where another one takes over.
    pub(super) async fn restart(&mut self, fault: Fault) -> anyhow::Result<Option<DateTime<Utc>>> {
        match fault {
            Fault::Holder => return Ok(None),
            Fault::OnlyHolder => self.start_api(self.place).await?,
            Fault::Broker => self.broker.start().await?,
            Fault::Postgres => self.postgres.start().await?,
        }
        Ok(Some(Utc::now()))
    }

    /// Starts whatever does not run.
    pub(super) async fn start_missing_apis(&mut self) -> anyhow::Result<()> {
        let places = self.setup.service(API)?.replicas.len();
        for place in 0..places {
            if !self.apis.contains_key(&place) {
                self.start_api(place).await?;
            }
        }
        Ok(())
    }

    async fn start_api(&mut self, place: usize) -> anyhow::Result<()> {
        let api = ready(self.setup.service(API)?, place, &self.setup).await?;
        self.apis.insert(place, api);
        Ok(())
    }

    async fn stop_api(&mut self, place: usize) -> anyhow::Result<()> {
        let api = self.apis.remove(&place).context("it runs")?;
        match api.stop(GRACE).await? {
            Stopped::Ended(status, _) if status.success() => Ok(()),
            ended => bail!("{API} was asked to stop: {ended:?}"),
        }
    }
}

/// Of the backend-api that holds the lease under that name: its instance ends with its place, and something random
/// follows, as in `backend-api-1/c8278752`.
fn place_of(holder: &str) -> anyhow::Result<usize> {
    let instance = holder.split_once('/').map(|(instance, _)| instance);
    let place = instance.and_then(|instance| instance.rsplit_once('-')?.1.parse().ok());
    place.with_context(|| format!("the lease is held by {holder}"))
}

fn server(setup: &Setup, is_meant: impl Fn(&str) -> bool) -> anyhow::Result<Server> {
    let found = setup.servers.iter().find(|server| is_meant(&server.name));
    Server::of(found.context("the setup has no such server")?)
}

async fn ready(service: &ServiceSetup, place: usize, setup: &Setup) -> anyhow::Result<Replica> {
    let replica = Replica::start(service, place, &setup.logs)?;
    replica.ready().await?;
    Ok(replica)
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn the_holder_s_place_is_the_end_of_its_instance() {
        assert_eq!(place_of("backend-api-backend-api-1/c82-7").unwrap(), 1);
        assert!(place_of("backend-api-local/c82-7").is_err());
        assert!(place_of("backend-api-1").is_err());
    }
}
