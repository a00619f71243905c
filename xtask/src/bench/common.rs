//! What most benches ask for on the command line, and what they write.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::machine::{self, Machine};
use super::programs::Programs;
use crate::ui;
use crate::workspace::{Profile, Workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// Measure the services and taskctl in this directory instead of building them
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Where all figures go
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Build without optimisations, to try it: the figures say little
    #[arg(long)]
    debug: bool,
}

/// The machine, and its load before the bench.
#[derive(Debug)]
pub(super) struct Begun {
    machine: Machine,
    load_before: Option<f64>,
}

impl Common {
    /// Builds what is not there yet.
    pub(super) fn programs(&self, workspace: &Workspace) -> anyhow::Result<Programs> {
        Programs::build(workspace, Profile::of(!self.debug), self.binaries.as_deref())
    }

    /// Prints the machine and its load, and writes the figures beside them where that is wanted.
    pub(super) fn end(&self, begun: &Begun, figures: Map<String, Value>) -> anyhow::Result<()> {
        let Begun { machine, load_before } = begun;
        let load_after = machine::load_average();
        ui::line(&machine.under_load(*load_before, load_after));
        let Some(file) = &self.json else { return Ok(()) };
        let mut all = figures;
        all.insert("machine".to_owned(), json!(machine));
        all.insert("load_average".to_owned(), json!([load_before, load_after]));
        std::fs::write(file, serde_json::to_string_pretty(&all)? + "\n")
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

impl Begun {
    /// Prints the machine.
    pub(super) fn now() -> Self {
        let (machine, load_before) = (Machine::this(), machine::load_average());
        ui::line(&format!("{machine}\n"));
        Self { machine, load_before }
    }
}
