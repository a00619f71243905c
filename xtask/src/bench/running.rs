//! A stack of a bench's own, with the services running on it.

use std::path::Path;

use anyhow::Context as _;

use super::counter::Counter;
use super::topics;
use crate::stack::sql::Connection;
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Layout, environment, kafka, postgres, process, services, setup};
use crate::workspace::Workspace;

/// What stands between the clients and the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    Nothing,
    Counter,
}

/// Ends with everything on it when dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) throw_away: ThrowAway,
    /// Where everything is.
    pub(super) variables: environment::Variables,
    pub(super) counter: Option<Counter>,
}

/// The service that publishes what is in the outbox.
pub(super) const RELAY: &str = "backend-api";

/// What a stack has that not every bench needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) layout: Layout,
    pub(super) between: Between,
    /// Of `task-events`, instead of the declared number: then only backend-api runs, since whoever reads the topic
    /// refuses another number.
    pub(super) partitions: Option<u16>,
}

/// Starts servers and then services, as built in `binaries`.
pub(super) fn start(workspace: &Workspace, binaries: &Path, between: Between) -> anyhow::Result<Running> {
    let wanted = Wanted {
        layout: Layout::Bench,
        between,
        partitions: None,
    };
    start_as(workspace, binaries, wanted)
}

pub(super) fn start_as(workspace: &Workspace, binaries: &Path, wanted: Wanted) -> anyhow::Result<Running> {
    let throw_away = ThrowAway::begin_as(workspace, wanted.layout)?;
    let stack = &throw_away.stack;
    let counting = match wanted.between {
        Between::Nothing => None,
        // The broker tells its clients this port.
        Between::Counter => Some(stack.ports.assign(kafka::ADVERTISED, 0)?),
    };
    let mut addresses = setup::build_and_start(stack, None, || Ok(()))?;
    let counter = counting
        .map(|port| {
            let broker = stack.ports.current(kafka::NAME);
            Counter::start(port, broker.context("the broker has a port")?)
        })
        .transpose()?;
    if let Some(port) = counting {
        addresses.kafka_brokers = format!("127.0.0.1:{port}");
    }
    // Writes the keys that the services check tokens with.
    let issuer = Issuer::of(stack)?;
    let declared = wanted
        .partitions
        .map(|count| topics::declare_events(workspace, stack, count));
    let declared = declared.transpose()?;
    let options = declared.iter().flat_map(|dir| ["--dir", dir.as_str()]);
    let options: Vec<&str> = options.collect();
    setup::prepare(workspace, stack, &addresses, binaries, &options)?;
    let settings = services::Settings {
        binaries,
        log: Some("warn"),
    };
    match wanted.partitions {
        None => services::ensure(stack, &addresses, &settings)?,
        Some(_) => services::ensure_one(stack, &addresses, &settings, RELAY)?,
    }
    let variables = environment::variables(stack, &addresses, &issuer, binaries)?;
    Ok(Running {
        throw_away,
        variables,
        counter,
    })
}

impl Running {
    /// Postgres, as its superuser.
    pub(super) fn database(&self) -> anyhow::Result<Connection> {
        let port = self.throw_away.stack.ports.current(postgres::NAME);
        Connection::open(port.context("PostgreSQL has a port")?, postgres::DATABASE)
    }

    /// Processes as `measure` wants them: `--pid`, and a name with a number.
    pub(super) fn pids(&self, names: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut arguments = Vec::new();
        for name in names {
            let record = self.throw_away.stack.supervisor.running(name);
            let process::Record { pid, .. } = record.with_context(|| format!("{name} does not run"))?;
            arguments.extend(["--pid".to_owned(), format!("{name}={pid}")]);
        }
        Ok(arguments)
    }
}
