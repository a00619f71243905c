//! `cargo xtask chaos kills`: a stack of its own, and the driver (of the crate `tests`) that starts, kills and judges.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;

use super::drive::{Drive, Outcome};
use super::planted;
use crate::prerequisites::{self, Purpose};
use crate::stack::Layout;
use crate::ui;
use crate::workspace::{Profile, Workspace};

/// What it is called where its progress is shown.
const NAME: &str = "kills";

/// Arguments of `cargo xtask chaos kills`.
#[derive(Debug, clap::Args)]
pub(crate) struct KillsArgs {
    /// Kills of each service; half as many orderly stops come on top
    #[arg(long, default_value_t = NonZeroUsize::MIN.saturating_add(19))]
    rounds: NonZeroUsize,
    /// Makes the same choices again, though not the same timing
    #[arg(long)]
    seed: Option<u64>,
    /// Plant this bug first (a patch of tests/planted): the run is then expected to fail
    #[arg(long)]
    planted: Option<String>,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
    /// Changes a second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
}

/// How much is done to each service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) kills: usize,
    pub(super) stops: usize,
    pub(super) seed: u64,
    pub(super) rate: f64,
    /// No further round once something is known to be wrong.
    pub(super) stop_early: bool,
}

/// At least what the short form must do: three kills and one orderly stop.
pub(super) const SHORT: Size = Size {
    kills: 3,
    stops: 1,
    seed: 1,
    rate: 40.0,
    stop_early: false,
};

impl Size {
    /// For the driver.
    fn arguments(self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            ("--kills", self.kills.to_string()),
            ("--stops", self.stops.to_string()),
            ("--seed", self.seed.to_string()),
            ("--rate", self.rate.to_string()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect();
        if self.stop_early {
            arguments.push("--stop-early".to_owned());
        }
        arguments
    }
}

/// The long form.
pub(super) fn run(workspace: &Workspace, args: &KillsArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = Profile::of(args.release);
    let size = Size {
        kills: args.rounds.get(),
        stops: args.rounds.get().div_ceil(2),
        seed: args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>())),
        rate: args.rate,
        stop_early: false,
    };
    let services = match &args.planted {
        Some(name) => planted::build(workspace, name)?,
        None => workspace.binaries(profile),
    };
    let report = match &args.planted {
        Some(name) => format!("kills-{name}.md"),
        None => "kills.md".to_owned(),
    };
    let drive = Drive {
        workspace,
        name: NAME,
        layout: Layout::Plain,
        build: Some(profile),
        services: &services,
        tools: &workspace.binaries(profile),
    };
    Ok(drive.run(&size.arguments(), &report)?.exit_code())
}

/// The short form, on the programs that `cargo xtask test` has built.
pub(crate) fn run_short(workspace: &Workspace) -> anyhow::Result<()> {
    let began = Instant::now();
    let binaries = workspace.binaries(Profile::Dev);
    match run_on(workspace, &binaries, SHORT, "kills-short.md")? {
        Outcome::Same => ui::step(NAME, &format!("no difference ({})", ui::seconds(began.elapsed()))),
        Outcome::Differs => bail!("the kill test found differences"),
    }
    Ok(())
}

/// Runs the services of one directory on a new stack, with the tools of the checkout.
pub(super) fn run_on(
    workspace: &Workspace,
    services: &Path,
    size: Size,
    report: &str,
) -> anyhow::Result<Outcome> {
    let drive = Drive {
        workspace,
        name: NAME,
        layout: Layout::Plain,
        build: None,
        services,
        tools: &workspace.binaries(Profile::Dev),
    };
    drive.run(&size.arguments(), report)
}
