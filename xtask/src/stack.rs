//! The local stack: PostgreSQL, Kafka, a schema registry, the five services and the front end, as plain processes.
//!
//! A stack lives in one directory. The one of `cargo xtask up` is `.taskwire/` and stays; those of
//! `cargo xtask test` and `sqlx` are thrown away. Several run side by side.

pub(crate) mod account;
pub(crate) mod artifacts;
pub(crate) mod environment;
pub(crate) mod frontend;
pub(crate) mod http;
pub(crate) mod infra;
pub(crate) mod kafka;
pub(crate) mod lock;
pub(crate) mod origin;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proxies;
pub(crate) mod registry;
pub(crate) mod services;
pub(crate) mod setup;
pub(crate) mod sql;
pub(crate) mod state;
pub(crate) mod supervisor;
pub(crate) mod throw_away;
pub(crate) mod tokens;

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::stack::frontend::FrontEnd;
use crate::stack::ports::Ports;
use crate::stack::state::Secrets;
use crate::stack::supervisor::Supervisor;
use crate::workspace::Workspace;

/// Whether data outlives the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Kept, on its usual ports, and shut down with care.
    Persistent,
    /// Removed at the end, so that speed goes before durability.
    ThrowAway,
}

/// What the servers of a stack are to bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// One broker, and nothing between it and its clients.
    #[default]
    Plain,
    /// The same for what is measured: the broker starts more slowly, and then needs less of the machine; Postgres counts
    /// its statements.
    Bench,
    /// The same, and Postgres tells a peer of ours what was written.
    BenchBesidePeer,
    /// The broker as for a bench; it and Postgres may be killed.
    Recovery,
    /// For the fault suite: servers may be killed, and every service comes to each of them through a proxy.
    Faults { brokers: Brokers },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Brokers {
    #[value(name = "1")]
    One,
    #[value(name = "3")]
    Three,
}

impl Layout {
    /// Whether Postgres and the brokers may be killed.
    pub(crate) fn kills_servers(self) -> bool {
        matches!(self, Self::Recovery | Self::Faults { .. })
    }

    /// Whether the servers are measured.
    pub(crate) fn is_measured(self) -> bool {
        matches!(self, Self::Bench | Self::BenchBesidePeer)
    }

    /// Whether servers are killed, and clients come through proxies.
    pub(crate) fn bears_faults(self) -> bool {
        matches!(self, Self::Faults { .. })
    }

    /// The names of the brokers.
    pub(crate) fn brokers(self) -> &'static [&'static str] {
        match self {
            Self::Faults {
                brokers: Brokers::Three,
            } => &["kafka-1", "kafka-2", "kafka-3"],
            _ => &[kafka::NAME],
        }
    }
}

/// One stack: its directory, and what is remembered there.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) dir: PathBuf,
    pub(crate) dist: PathBuf,
    pub(crate) lifetime: Lifetime,
    pub(crate) layout: Layout,
    pub(crate) front_end: FrontEnd,
    pub(crate) ports: Ports,
    pub(crate) secrets: Secrets,
    pub(crate) supervisor: Supervisor,
}

impl Stack {
    /// The stack of `cargo xtask up`.
    pub(crate) fn persistent(workspace: &Workspace) -> anyhow::Result<Self> {
        Self::open(workspace, workspace.path(".taskwire"), Lifetime::Persistent)
    }

    /// Opens or begins the stack in `dir`.
    pub(crate) fn open(workspace: &Workspace, dir: PathBuf, lifetime: Lifetime) -> anyhow::Result<Self> {
        for part in ["run", "logs", "data", "keys"] {
            let path = dir.join(part);
            std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        Ok(Self {
            dist: workspace.path(".taskwire").join("dist"),
            ports: Ports::open(dir.join("ports.json"), lifetime),
            secrets: Secrets::open(dir.join("secrets.json")),
            supervisor: Supervisor::new(&dir, lifetime),
            lifetime,
            layout: Layout::default(),
            front_end: FrontEnd::default(),
            dir,
        })
    }

    /// A path in the stack's directory.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.dir.join(relative)
    }
}
