//! `cargo xtask chaos`: one fault after the other under load, each healed and drained, and then every invariant judged.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;

use super::drive::{Drive, Outcome, folder};
use crate::prerequisites::{self, Purpose};
use crate::stack::{Brokers, Layout};
use crate::ui;
use crate::workspace::{Profile, Workspace};

/// What it is called where its progress is shown.
const NAME: &str = "faults";
/// What reports are called, without their extensions.
const REPORT: &str = "faults";
const SHORT_REPORT: &str = "faults-short";
/// As the driver knows them, in the order of the fault matrix.
const FAULTS: [&str; 7] = [
    "kill",
    "stop",
    "freeze",
    "broker-kill",
    "database-kill",
    "poison",
    "registry",
];

/// Each of them once, when there is not much time.
const SHORT: [&str; 5] = ["freeze", "broker-kill", "database-kill", "poison", "registry"];
const SHORT_SEED: u64 = 1;

/// Arguments of `cargo xtask chaos`.
#[derive(Debug, clap::Args)]
pub(crate) struct FaultsArgs {
    /// How long faults are made, one after the other; healing, draining and judging come on top
    #[arg(long, default_value_t = NonZeroU32::MIN.saturating_add(9))]
    minutes: NonZeroU32,
    /// Only this fault; can be given several times [default: all]
    #[arg(long = "fault", value_name = "NAME", value_parser = FAULTS)]
    faults: Vec<String>,
    /// Makes the same choices again, though not the same timing [default: a random one]
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long, value_enum, default_value_t = Brokers::Three)]
    brokers: Brokers,
    /// People who make changes at the same time
    #[arg(long, default_value_t = NonZeroU32::MIN.saturating_add(49))]
    people: NonZeroU32,
    /// Changes a second, of all together
    #[arg(long, default_value_t = 40.0, value_parser = rate)]
    rate: f64,
}

impl FaultsArgs {
    /// For the driver; what repeats the run but for the brokers, too.
    fn arguments(&self, seed: u64) -> Vec<String> {
        let mut arguments = vec!["--minutes".to_owned(), self.minutes.to_string()];
        for fault in &self.faults {
            arguments.extend(["--fault".to_owned(), fault.clone()]);
        }
        let rest = [
            ("--seed", seed.to_string()),
            ("--people", self.people.to_string()),
            ("--rate", self.rate.to_string()),
        ];
        arguments.extend(
            rest.into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value]),
        );
        arguments
    }

    /// The line that makes the same choices again.
    fn repeat(&self, seed: u64) -> String {
        let brokers = match self.brokers {
            Brokers::One => 1,
            Brokers::Three => 3,
        };
        let arguments = self.arguments(seed).join(" ");
        format!("cargo xtask chaos {arguments} --brokers {brokers}")
    }
}

/// The long form.
pub(super) fn run(workspace: &Workspace, args: &FaultsArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let began = Instant::now();
    let seed = args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    ui::step(NAME, &format!("seed {seed}; again with: {}", args.repeat(seed)));
    let outcome = run_on(workspace, Some(Profile::Dev), args, seed, REPORT);
    ui::step(
        NAME,
        &format!(
            "took {}; again with: {}",
            ui::seconds(began.elapsed()),
            args.repeat(seed)
        ),
    );
    Ok(outcome?.exit_code())
}

/// The short form, on the programs that `cargo xtask test` has built.
pub(crate) fn run_short(workspace: &Workspace) -> anyhow::Result<()> {
    let began = Instant::now();
    let args = FaultsArgs {
        minutes: NonZeroU32::MIN,
        faults: SHORT.map(str::to_owned).to_vec(),
        seed: Some(SHORT_SEED),
        brokers: Brokers::One,
        people: NonZeroU32::MIN.saturating_add(19),
        rate: 30.0,
    };
    match run_on(workspace, None, &args, SHORT_SEED, SHORT_REPORT)? {
        Outcome::Same => ui::step(NAME, &format!("no difference ({})", ui::seconds(began.elapsed()))),
        Outcome::Differs => bail!("the fault suite found differences"),
    }
    Ok(())
}

fn run_on(
    workspace: &Workspace,
    build: Option<Profile>,
    args: &FaultsArgs,
    seed: u64,
    report: &str,
) -> anyhow::Result<Outcome> {
    let binaries = workspace.binaries(Profile::Dev);
    let drive = Drive {
        workspace,
        name: NAME,
        layout: Layout::Faults {
            brokers: args.brokers,
        },
        build,
        services: &binaries,
        tools: &binaries,
    };
    let outcome = drive.run(&args.arguments(seed), &format!("{report}.md"))?;
    let timeline = folder(workspace)?.join(format!("{report}.svg"));
    if timeline.is_file() {
        ui::step(NAME, &format!("the timeline is {}", timeline.display()));
    }
    Ok(outcome)
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if rate.is_finite() && rate > 0.0 {
        Ok(rate)
    } else {
        Err(format!("`{text}` is not above 0"))
    }
}

#[cfg(test)]
mod tests;
