//! What a main topic's number of partitions costs, on a stack of its own for each number.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::counter::{Counter, FETCH, PRODUCE, Passed};
use super::load::{self, Reached};
use crate::prerequisites::{self, Purpose};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, artifacts, environment, kafka, process, services, setup};
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
    /// Build with optimisations
    #[arg(long)]
    release: bool,
}

/// Runs each count and prints the table.
pub(crate) fn run(workspace: &Workspace, args: &PartitionsArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = Profile::of(args.release);
    workspace.build(profile)?;
    let mut rows = Vec::new();
    for &count in &args.counts {
        ui::step("bench", &format!("main topics with {count} partitions"));
        let (idle, load, reached) = measure(workspace, profile, args, count)?;
        rows.push(row(&count.to_string(), "idle", &idle, None));
        rows.push(row("", "load", &load, Some(&reached)));
    }
    let header = [
        "partitions",
        "",
        "changes/s",
        "requests/s",
        "produce/s",
        "fetch/s",
        "broker cores",
        "services cores",
        "requests/change",
        "answer p50 ms",
    ];
    for cells in std::iter::once(header.map(str::to_owned)).chain(rows) {
        let line: Vec<String> = cells.iter().map(|cell| format!("{cell:>16}")).collect();
        ui::line(line.concat().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// One stack with that many partitions: idle, under load, and what the load reached.
fn measure(
    workspace: &Workspace,
    profile: Profile,
    args: &PartitionsArgs,
    count: u16,
) -> anyhow::Result<(Cost, Cost, Reached)> {
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
    let topics = declare(workspace, stack, count)?;
    let topics = topics.to_str().context("the directory's name is text")?;
    setup::prepare(workspace, stack, &addresses, &binaries, &["--dir", topics])?;
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
    Ok((idle, ended.since(began), reached))
}

/// The declared topics with another number of partitions where it is not 1.
fn declare(workspace: &Workspace, stack: &Stack, count: u16) -> anyhow::Result<std::path::PathBuf> {
    let dir = stack.path("topics");
    artifacts::remove(&dir)?;
    std::fs::create_dir_all(&dir)?;
    for entry in std::fs::read_dir(workspace.path("redpanda/topics"))?.flatten() {
        let text = std::fs::read_to_string(entry.path())?;
        std::fs::write(dir.join(entry.file_name()), with_partitions(&text, count))?;
    }
    Ok(dir)
}

fn with_partitions(yaml: &str, count: u16) -> String {
    let line = |line: &str| match line.strip_prefix("  partitions: ") {
        Some(declared) if declared != "1" => format!("  partitions: {count}\n"),
        _ => format!("{line}\n"),
    };
    yaml.lines().map(line).collect()
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

fn row(count: &str, what: &str, cost: &Cost, reached: Option<&Reached>) -> [String; 10] {
    let reached_text = |value: fn(&Reached) -> f64| {
        reached.map_or_else(String::new, |reached| format!("{:.1}", value(reached)))
    };
    [
        count.to_owned(),
        what.to_owned(),
        reached_text(|reached| reached.rate),
        format!("{:.0}", cost.requests),
        format!("{:.0}", cost.produce),
        format!("{:.0}", cost.fetch),
        format!("{:.2}", cost.broker_cores),
        format!("{:.2}", cost.services_cores),
        reached.map_or_else(String::new, |reached| {
            format!("{:.2}", cost.requests / reached.rate)
        }),
        reached_text(|reached| reached.answer.p50_ms),
    ]
}

#[cfg(test)]
mod tests {
    use super::with_partitions;

    #[test]
    fn only_topics_with_several_partitions_get_another_number() {
        assert_eq!(
            with_partitions("a:\n  partitions: 12\n", 3),
            "a:\n  partitions: 3\n"
        );
        assert_eq!(with_partitions("  partitions: 1\n", 3), "  partitions: 1\n");
    }
}
