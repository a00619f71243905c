//! `cargo xtask chaos kills`: a stack of its own, and the driver (of the crate `tests`) that starts, kills and judges.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Serialize;

use super::planted;
use crate::prerequisites::{self, Purpose};
use crate::stack::infra::Addresses;
use crate::stack::services::{self, Settings};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, artifacts, environment, kafka, process, setup, state};
use crate::workspace::{Profile, Workspace};
use crate::{command, interrupt, ui};

/// Replicas of a service that may run at the same time.
const REPLICAS: usize = 2;
/// What the driver ends with when it found a difference, as opposed to when it could not look.
const DIFFERS: i32 = 1;

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

/// What came out of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Same,
    Differs,
}

/// The long form.
pub(super) fn run(workspace: &Workspace, args: &KillsArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = if args.release {
        Profile::Release
    } else {
        Profile::Dev
    };
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
    let throw_away = ThrowAway::begin(workspace)?;
    let addresses = setup::build_and_start(&throw_away.stack, None, || workspace.build(profile))?;
    let drive = Drive {
        workspace,
        stack: &throw_away.stack,
        addresses: &addresses,
        services: &services,
        tools: &workspace.binaries(profile),
    };
    let outcome = drive.run(size, &report)?;
    Ok(exit_code(outcome))
}

/// The short form, on the programs that `cargo xtask test` has built.
pub(crate) fn run_short(workspace: &Workspace) -> anyhow::Result<()> {
    let began = Instant::now();
    let binaries = workspace.binaries(Profile::Dev);
    match run_on(workspace, &binaries, SHORT, "kills-short.md")? {
        Outcome::Same => ui::step(
            "kills",
            &format!("no difference ({})", ui::seconds(began.elapsed())),
        ),
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
    let throw_away = ThrowAway::begin(workspace)?;
    let addresses = setup::build_and_start(&throw_away.stack, None, || Ok(()))?;
    let drive = Drive {
        workspace,
        stack: &throw_away.stack,
        addresses: &addresses,
        services,
        tools: &workspace.binaries(Profile::Dev),
    };
    drive.run(size, report)
}

fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Outcome::Same => ExitCode::SUCCESS,
        Outcome::Differs => ExitCode::FAILURE,
    }
}

struct Drive<'a> {
    workspace: &'a Workspace,
    stack: &'a Stack,
    addresses: &'a Addresses,
    services: &'a Path,
    /// Where taskctl and the driver are.
    tools: &'a Path,
}

impl Drive<'_> {
    fn run(&self, size: Size, report: &str) -> anyhow::Result<Outcome> {
        let issuer = Issuer::of(self.stack)?;
        setup::prepare(self.workspace, self.stack, self.addresses, self.tools, &[])?;
        let setup = self.stack.path("chaos.json");
        state::write(&setup, &self.setup()?)?;
        let folder = self.workspace.target.join("chaos");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let report = folder.join(report);
        // The driver's status says little when an older report is taken for its own.
        if report.exists() {
            std::fs::remove_file(&report)?;
        }
        ui::step("kills", &format!("seed {}", size.seed));
        let mut driver = Command::new(self.tools.join("chaos"));
        driver
            .envs(environment::variables(
                self.stack,
                self.addresses,
                &issuer,
                self.tools,
            )?)
            .arg("--setup")
            .arg(&setup)
            .arg("--report")
            .arg(&report)
            .args(["--kills", &size.kills.to_string()])
            .args(["--stops", &size.stops.to_string()])
            .args(["--seed", &size.seed.to_string()])
            .args(["--rate", &size.rate.to_string()])
            .current_dir(&self.workspace.root);
        if size.stop_early {
            driver.arg("--stop-early");
        }
        let status = command::run_lines(&mut driver, ui::line)?;
        interrupt::check()?;
        let outcome = match status.code() {
            Some(0) => Outcome::Same,
            Some(DIFFERS) if report.is_file() => Outcome::Differs,
            _ => {
                self.keep_logs(&folder)?;
                bail!("the kill test could not be carried out ({status})");
            }
        };
        if outcome == Outcome::Differs {
            self.keep_logs(&folder)?;
        }
        ui::step("kills", &format!("the report is {}", report.display()));
        Ok(outcome)
    }

    fn setup(&self) -> anyhow::Result<Setup> {
        let settings = Settings {
            binaries: self.services,
            log: None,
        };
        let mut services = Vec::new();
        for service in &services::ALL {
            let spec = service.spec(self.stack, self.addresses, &settings)?;
            let mut env: BTreeMap<String, String> = spec.env.into_iter().collect();
            // By which a process is found that outlived the driver.
            env.insert(
                process::STACK_MARK.to_owned(),
                self.stack.dir.display().to_string(),
            );
            let replicas = (0..REPLICAS)
                .map(|slot| {
                    Ok(Ports {
                        admin: self
                            .stack
                            .ports
                            .assign(&format!("{}-admin-{slot}", service.name), 0)?,
                        public: match service.url(self.stack) {
                            Some(_) => Some(self.stack.ports.assign(&format!("{}-{slot}", service.name), 0)?),
                            None => None,
                        },
                    })
                })
                .collect::<anyhow::Result<_>>()?;
            services.push(ServiceSetup {
                name: service.name,
                program: spec.program,
                env,
                replicas,
            });
        }
        let broker = self
            .stack
            .supervisor
            .running(kafka::NAME)
            .context("the broker runs")?;
        Ok(Setup {
            services,
            broker_pid: broker.pid,
            logs: self.stack.path("logs"),
        })
    }

    fn keep_logs(&self, folder: &Path) -> anyhow::Result<()> {
        let kept = folder.join("logs");
        artifacts::remove(&kept)?;
        std::fs::create_dir_all(&kept)?;
        for entry in std::fs::read_dir(self.stack.path("logs"))?.flatten() {
            std::fs::copy(entry.path(), kept.join(entry.file_name()))?;
        }
        ui::notice(&format!("the logs are kept in {}", kept.display()));
        Ok(())
    }
}

/// What the driver needs to know to start services itself.
#[derive(Serialize)]
struct Setup {
    services: Vec<ServiceSetup>,
    broker_pid: i32,
    logs: PathBuf,
}

#[derive(Serialize)]
struct ServiceSetup {
    name: &'static str,
    program: PathBuf,
    env: BTreeMap<String, String>,
    replicas: Vec<Ports>,
}

#[derive(Serialize)]
struct Ports {
    admin: u16,
    public: Option<u16>,
}
