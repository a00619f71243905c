//! `taskctl schemas`: the registry against `schemas/<subject>/v*.avsc` and `redpanda/registry.yaml`.

mod compatibility;
mod declared;
mod plan;
mod registry;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::ending::Ending;
use crate::output::Output;
use crate::schemas::declared::Subject;
use crate::schemas::plan::{Plan, SubjectPlan};
use crate::schemas::registry::{Outcome, Registry, RegistryArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum SchemasCommand {
    /// Check the declared schemas against each other; asks no registry. Exit code 4 when versions are incompatible.
    Check(Declaration),
    /// Show what is not registered, and which fields are incompatible: exit code 0 when nothing, 3 otherwise.
    Plan(SchemasArgs),
    /// Set the compatibility of every subject and register its versions in order. Exit code 4 when one is refused.
    Apply(SchemasArgs),
}

/// Where the declared schemas come from.
#[derive(Debug, Args)]
pub(crate) struct Declaration {
    /// Read `<subject>/v<N>.avsc` below this directory instead of the built-in ones.
    #[arg(long, value_name = "DIRECTORY", requires = "registry_file")]
    dir: Option<PathBuf>,

    /// Read the compatibility of the subjects from this file instead of the built-in one.
    #[arg(long, value_name = "FILE", requires = "dir")]
    registry_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemasArgs {
    #[command(flatten)]
    declaration: Declaration,

    #[command(flatten)]
    registry: RegistryArgs,
}

pub(crate) async fn run(command: SchemasCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        SchemasCommand::Check(declaration) => check(&declaration, output),
        SchemasCommand::Plan(args) => show_plan(&args, output).await,
        SchemasCommand::Apply(args) => apply(&args, output).await,
    }
}

fn check(declaration: &Declaration, output: &Output) -> anyhow::Result<Ending> {
    let plan = plan::offline(&declaration.read()?);
    let ending = if plan.is_compatible() {
        Ending::Done
    } else {
        Ending::Refused
    };
    output.answer(&plan, Plan::checked)?;
    Ok(ending)
}

async fn show_plan(args: &SchemasArgs, output: &Output) -> anyhow::Result<Ending> {
    let subjects = args.declaration.read()?;
    let registry = Registry::new(&args.registry)?;
    let plan = plan::compare(&subjects, &registry).await?;
    let ending = if plan.has_drift() {
        Ending::Drift
    } else {
        Ending::Done
    };
    output.answer(&plan, Plan::planned)?;
    Ok(ending)
}

async fn apply(args: &SchemasArgs, output: &Output) -> anyhow::Result<Ending> {
    let subjects = args.declaration.read()?;
    let registry = Registry::new(&args.registry)?;
    let mut plan = plan::compare(&subjects, &registry).await?;
    for (subject, plan) in subjects.iter().zip(&mut plan.subjects) {
        apply_subject(&registry, subject, plan).await?;
    }
    let ending = if plan.is_compatible() {
        Ending::Done
    } else {
        Ending::Refused
    };
    output.answer(&plan, Plan::applied)?;
    Ok(ending)
}

/// Sets the compatibility first, so that the registry itself guards what is registered next.
async fn apply_subject(registry: &Registry, subject: &Subject, plan: &mut SubjectPlan) -> anyhow::Result<()> {
    if plan.compatibility.is_some() {
        registry
            .set_compatibility(&subject.name, &subject.compatibility)
            .await?;
    }
    if !plan.incompatible.is_empty() {
        return Ok(());
    }
    for version in subject
        .versions
        .iter()
        .filter(|version| plan.register.contains(&version.number))
    {
        match registry.register(&subject.name, &version.text).await? {
            Outcome::Registered => {}
            Outcome::Refused(reason) => {
                plan.incompatible
                    .push(format!("v{}: the registry says: {reason}", version.number));
                return Ok(());
            }
        }
    }
    Ok(())
}

impl Declaration {
    fn read(&self) -> anyhow::Result<Vec<Subject>> {
        declared::read(self.dir.as_deref(), self.registry_file.as_deref())
    }
}
