//! What a main topic's number of partitions costs, on a stack of its own for each number.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::counter::{Counter, FETCH, PRODUCE, Passed};
use super::load::{self, Reached};
use super::machine::{self, Machine};
use super::spread::{cell, row};
use super::topics;
use crate::prerequisites::{self, Purpose};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, environment, kafka, process, services, setup};
use crate::workspace::{Profile, Workspace};
use crate::{interrupt, ui};

/// How long the stack is watched before the load.
const IDLE: Duration = Duration::from_secs(8);

/// Arguments of `cargo xtask bench partitions`.
#[derive(Debug, clap::Args)]
pub(crate) struct PartitionsArgs {
    /// Partitions of each main topic, in the order of the runs
    #[arg(default_values_t = [12, 6, 3], value_parser = clap::value_parser!(u16).range(1..))]
    counts: Vec<u16>,
    /// Changes a second to ask for; where the machine is slower, the table says what it reached
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// How long the load lasts, in seconds
    #[arg(long, default_value_t = 12)]
    seconds: u32,
    /// Stacks with each number
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
}

/// What one stack cost.
#[derive(Debug)]
struct Run {
    count: u16,
    idle: Cost,
    load: Cost,
    reached: Reached,
}

/// A line of a table.
type Figure = (&'static str, fn(&Run) -> f64);

const IDLE_FIGURES: [Figure; 5] = [
    ("requests/s", |run| run.idle.requests),
    ("produce/s", |run| run.idle.produce),
    ("fetch/s", |run| run.idle.fetch),
    ("broker cores", |run| run.idle.broker_cores),
    ("services cores", |run| run.idle.services_cores),
];

const LOAD_FIGURES: [Figure; 8] = [
    ("changes/s", |run| run.reached.rate),
    ("answer p50 ms", |run| run.reached.answer.p50_ms),
    ("requests/change", |run| run.load.requests / run.reached.rate),
    ("requests/s", |run| run.load.requests),
    ("produce/s", |run| run.load.produce),
    ("fetch/s", |run| run.load.fetch),
    ("broker cores", |run| run.load.broker_cores),
    ("services cores", |run| run.load.services_cores),
];

/// Runs each count in turn and prints the machine and the tables.
pub(crate) fn run(workspace: &Workspace, args: &PartitionsArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = Profile::of(args.release);
    workspace.build(profile)?;
    let (machine, load_before) = (Machine::this(), machine::load_average());
    ui::line(&format!("{machine}\n"));
    let mut runs = Vec::new();
    for run in 1..=args.runs {
        for &count in &args.counts {
            let what = format!("run {run} of {}: main topics with {count} partitions", args.runs);
            ui::step("bench", &what);
            runs.push(measure(workspace, profile, args, count)?);
        }
    }
    ui::line(&table("idle, partitions", &args.counts, &runs, &IDLE_FIGURES));
    ui::line(&table(
        "under load, partitions",
        &args.counts,
        &runs,
        &LOAD_FIGURES,
    ));
    ui::line(&machine.under_load(load_before, machine::load_average()));
    Ok(ExitCode::SUCCESS)
}

/// A column of each count.
fn table(what: &str, counts: &[u16], runs: &[Run], figures: &[Figure]) -> String {
    let mut table = row(what, counts.iter().map(u16::to_string));
    for (name, figure) in figures {
        let of_count = |count: &u16| cell(runs.iter().filter(|run| run.count == *count).map(figure));
        table.push_str(&row(name, counts.iter().map(of_count)));
    }
    table
}

/// One stack with that many partitions: idle, under load, and what the load reached.
fn measure(
    workspace: &Workspace,
    profile: Profile,
    args: &PartitionsArgs,
    count: u16,
) -> anyhow::Result<Run> {
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let between = stack.ports.assign(kafka::ADVERTISED, 0)?;
    let mut addresses = setup::build_and_start(stack, None, || Ok(()))?;
    let broker = stack
        .ports
        .current(kafka::NAME)
        .context("the broker has a port")?;
    let counter = Counter::start(between, broker)?;
    addresses.kafka_brokers = format!("127.0.0.1:{between}");

    let issuer = Issuer::of(stack)?;
    let binaries = workspace.binaries(profile);
    let declared = topics::declare(workspace, stack, count)?;
    setup::prepare(workspace, stack, &addresses, &binaries, &["--dir", &declared])?;
    let settings = services::Settings {
        binaries: &binaries,
        log: Some("warn"),
    };
    services::ensure(stack, &addresses, &settings)?;

    // A first moment of load opens connections and fills caches.
    let variables = environment::variables(stack, &addresses, &issuer, &binaries)?;
    load::send(&binaries, &variables, args.rate, args.rate, || Ok(()))?;
    let before = Reading::take(stack, &counter)?;
    interrupt::pause(IDLE)?;
    let idle = Reading::take(stack, &counter)?.since(&before);
    let mut readings = Vec::new();
    let changes = args.rate * args.seconds;
    let reached = load::send(&binaries, &variables, changes, args.rate, || {
        readings.push(Reading::take(stack, &counter)?);
        Ok(())
    })?;
    let [began, ended] = readings.as_slice() else {
        bail!("the load did not say when it began and ended");
    };
    Ok(Run {
        count,
        idle,
        load: ended.since(began),
        reached,
    })
}

#[derive(Debug)]
struct Reading {
    at: Instant,
    passed: Passed,
    broker: Duration,
    services: Duration,
}

/// What a stretch of time cost, per second of it.
#[derive(Debug)]
struct Cost {
    requests: f64,
    produce: f64,
    fetch: f64,
    broker_cores: f64,
    services_cores: f64,
}

impl Reading {
    fn take(stack: &Stack, counter: &Counter) -> anyhow::Result<Self> {
        let used = |name: &str| {
            let record = stack.supervisor.running(name);
            record
                .and_then(|record| process::processor_time(record.pid))
                .with_context(|| format!("cannot tell what {name} used; is it running, and is this Linux?"))
        };
        Ok(Self {
            at: Instant::now(),
            passed: counter.passed(),
            broker: used(kafka::NAME)?,
            services: services::ALL
                .iter()
                .map(|service| used(service.name))
                .sum::<anyhow::Result<Duration>>()?,
        })
    }

    fn since(&self, earlier: &Self) -> Cost {
        let seconds = self.at.duration_since(earlier.at).as_secs_f64();
        let rate = |wanted: fn(i16) -> bool| {
            let passed = self.passed.count(wanted) - earlier.passed.count(wanted);
            passed as f64 / seconds
        };
        let cores = |later: Duration, earlier| later.saturating_sub(earlier).as_secs_f64() / seconds;
        Cost {
            requests: rate(|_| true),
            produce: rate(|key| key == PRODUCE),
            fetch: rate(|key| key == FETCH),
            broker_cores: cores(self.broker, earlier.broker),
            services_cores: cores(self.services, earlier.services),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::Answer;
    use super::*;

    fn run(count: u16, requests: f64) -> Run {
        let cost = || Cost {
            requests,
            produce: 1.0,
            fetch: 2.0,
            broker_cores: 0.5,
            services_cores: 0.25,
        };
        let answer = Answer { p50_ms: 3.0 };
        Run {
            count,
            idle: cost(),
            load: cost(),
            reached: Reached {
                changes: 10,
                rate: 2.0,
                answer,
            },
        }
    }

    #[test]
    fn each_count_has_a_column_with_all_its_runs() {
        let runs = [run(12, 8.0), run(6, 4.0), run(12, 10.0), run(12, 9.0)];
        let table = table("load", &[12, 6], &runs, &LOAD_FIGURES);
        let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line("load").ends_with(&format!("{:>22} {:>22}", 12, 6)));
        assert!(line("requests/change").ends_with(&format!(" {:>22} {:>22}", "4.50 (4.00–5.00)", "2.00")));
    }
}
