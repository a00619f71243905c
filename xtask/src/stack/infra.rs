//! PostgreSQL, Kafka and the registry together: got, started side by side, and addressed.

use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Context, anyhow, bail};

use crate::stack::artifacts::Artifacts;
use crate::stack::{Stack, account, kafka, postgres, proxies, registry};
use crate::ui;

/// Where the three are, in the words of the services' configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// The database of the services, as somebody who may do everything.
    pub(crate) database_url: String,
    pub(crate) kafka_brokers: String,
    pub(crate) registry_url: String,
    /// Copies of each partition instead of the declared number.
    pub(crate) replication_override: Option<u8>,
}

/// In the order in which they are started; they end in the opposite one.
pub(crate) const NAMES: [&str; 3] = [postgres::NAME, kafka::NAME, registry::NAME];

/// Starts what does not run and waits until all three are ready.
pub(crate) fn ensure(stack: &Stack) -> anyhow::Result<Addresses> {
    let account = account::for_postgres()?;
    let artifacts = Artifacts::places(&stack.dist, account.as_ref())?;
    artifacts.ensure(&stack.dist)?;
    let (postgres, kafka, registry) = thread::scope(|scope| {
        let postgres = scope.spawn(|| {
            timed(postgres::NAME, || {
                let port = postgres::ensure(stack, &artifacts.postgres, account.as_ref())?;
                proxies::ensure(stack, postgres::NAME, Some(port))?;
                Ok(vec![port])
            })
        });
        let kafka = scope.spawn(|| timed(kafka::NAME, || kafka::ensure(stack, &artifacts.kafka)));
        let registry = scope.spawn(|| {
            timed(registry::NAME, || {
                let port = registry::ensure(stack, &artifacts.registry)?;
                proxies::ensure(stack, registry::NAME, Some(port))?;
                Ok(vec![port])
            })
        });
        (join(postgres), join(kafka), join(registry))
    });
    addresses(stack, &postgres?, &kafka?, &registry?)
}

/// The same servers as one service finds them, which comes to each of them through a proxy.
pub(crate) fn through_proxies(stack: &Stack, service: &str) -> anyhow::Result<Addresses> {
    let port = |server: &str| {
        let found = proxies::port(stack, server, service);
        found.with_context(|| format!("there is no proxy between {service} and {server}"))
    };
    let brokers: Vec<u16> = stack
        .layout
        .brokers()
        .iter()
        .map(|broker| port(broker))
        .collect::<anyhow::Result<_>>()?;
    addresses(
        stack,
        &[port(postgres::NAME)?],
        &brokers,
        &[port(registry::NAME)?],
    )
}

fn addresses(stack: &Stack, postgres: &[u16], kafka: &[u16], registry: &[u16]) -> anyhow::Result<Addresses> {
    let ([postgres], [registry]) = (postgres, registry) else {
        bail!("there is one database and one registry");
    };
    let brokers: Vec<String> = kafka.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    Ok(Addresses {
        database_url: postgres::superuser_url(stack, *postgres, postgres::DATABASE)?,
        kafka_brokers: brokers.join(","),
        registry_url: registry::url(*registry),
        // One broker can keep no more.
        replication_override: (brokers.len() == 1).then_some(1),
    })
}

/// The database server alone; the port it has.
pub(crate) fn ensure_postgres(stack: &Stack) -> anyhow::Result<u16> {
    let account = account::for_postgres()?;
    let artifacts = Artifacts::places(&stack.dist, account.as_ref())?;
    artifacts.ensure(&stack.dist)?;
    postgres::ensure(stack, &artifacts.postgres, account.as_ref())
}

/// Addresses from the environment; all that are missing are named at once.
pub(crate) fn external(given: [(&str, Option<&String>); 3]) -> anyhow::Result<Addresses> {
    let missing: Vec<&str> = given
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| *name)
        .collect();
    let [
        (_, Some(database_url)),
        (_, Some(kafka_brokers)),
        (_, Some(registry_url)),
    ] = given
    else {
        bail!(
            "--provider external takes its addresses from the environment; not set: {}",
            missing.join(", ")
        );
    };
    Ok(Addresses {
        database_url: database_url.clone(),
        kafka_brokers: kafka_brokers.clone(),
        registry_url: registry_url.clone(),
        replication_override: None,
    })
}

fn timed(name: &str, start: impl FnOnce() -> anyhow::Result<Vec<u16>>) -> anyhow::Result<Vec<u16>> {
    let begun = Instant::now();
    let ports = start()?;
    let places: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    ui::step(
        name,
        &format!(
            "ready on {} ({})",
            places.join(", "),
            ui::seconds(begun.elapsed())
        ),
    );
    Ok(ports)
}

fn join<T>(handle: ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    handle
        .join()
        .map_err(|_| anyhow!("a thread that started a server panicked"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_address_is_named() {
        let broker = "127.0.0.1:9092".to_owned();
        let given = [
            ("DATABASE_URL", None),
            ("KAFKA_BROKERS", Some(&broker)),
            ("REGISTRY_URL", None),
        ];
        let error = external(given).unwrap_err().to_string();
        assert!(error.contains("DATABASE_URL, REGISTRY_URL"), "{error}");
        assert!(!error.contains("KAFKA_BROKERS"), "{error}");
    }
}
