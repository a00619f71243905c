//! The programs of a bench: those that measure are built here, those that are measured may be another build's.

use std::path::{Path, PathBuf};

use crate::command;
use crate::workspace::{Profile, Workspace};

/// Directories of programs.
#[derive(Debug)]
pub(super) struct Programs {
    /// Where `measure` is.
    pub(super) own: PathBuf,
    /// Where the services and `taskctl` are.
    pub(super) services: PathBuf,
}

impl Programs {
    /// Builds what is not there yet.
    pub(super) fn build(
        workspace: &Workspace,
        profile: Profile,
        services: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let own = workspace.binaries(profile);
        let Some(services) = services else {
            workspace.build(profile)?;
            let services = own.clone();
            return Ok(Self { own, services });
        };
        let mut measure = workspace.cargo(&["build", "--package", "tests", "--bin", "measure"]);
        if profile == Profile::Release {
            measure.arg("--release");
        }
        command::expect_success(&mut measure)?;
        Ok(Self {
            own,
            services: std::path::absolute(services)?,
        })
    }
}
