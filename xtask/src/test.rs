//! `cargo xtask test`: all tests, on instances of their own, beside whatever runs already.

mod front_end;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;

use crate::prerequisites::{self, Purpose};
use crate::stack::infra::Addresses;
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, artifacts, environment, postgres, setup};
use crate::workspace::{Profile, Workspace};
use crate::{chaos, command, frontend, interrupt, ui};

#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Only tests whose name contains this
    filter: Option<String>,
    /// For the test programs themselves, like --nocapture
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the tests and says how it went.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    prerequisites::check(Purpose::WithFrontEnd)?;
    if let Some((name, run)) = args.front_end_alone() {
        let mut tally = Tally {
            succeeded: true,
            ..Tally::default()
        };
        tally.add(name, run(workspace))?;
        let troubles: Vec<String> = tally.troubles(None).into_iter().collect();
        return Ok(summarise(&tally, &troubles, start));
    }
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let addresses = setup::build_and_start(stack, None, || {
        let args = ["build", "--workspace", "--all-targets", "--locked"];
        command::expect_success(&mut workspace.cargo(&args))
    })?;
    let started = setup::start_services(workspace, stack, &addresses);
    if let Err(error) = &started {
        interrupt::check()?;
        // The other tests have something to say all the same.
        ui::failure(&format!("{error:#}"));
    }
    let environment = environment(workspace, stack, &addresses)?;
    let mut tally = run_cargo_test(workspace, &environment, args)?;
    if args.wants(front_end::VITEST) {
        tally.add(front_end::VITEST, frontend::test(workspace, &environment))?;
    }
    let mut troubles = Vec::new();
    match started {
        Ok(()) => troubles.extend(dead_services(stack)),
        Err(_) => troubles.push("the services did not start".to_owned()),
    }
    if !(troubles.is_empty() && tally.succeeded) {
        keep_logs(workspace, stack)?;
    }
    drop(throw_away);
    if args.wants(front_end::JOURNEYS) && frontend::has_journeys(workspace) {
        tally.add(front_end::JOURNEYS, front_end::journeys(workspace))?;
    }
    if args.wants(front_end::ONE_ORIGIN) && frontend::has_journeys(workspace) {
        tally.add(front_end::ONE_ORIGIN, front_end::one_origin(workspace))?;
    }
    for (name, run) in CHAOS {
        if args.wants(name) {
            tally.add(name, run(workspace))?;
        }
    }
    troubles.extend(tally.troubles(args.filter.as_deref()));
    Ok(summarise(&tally, &troubles, start))
}

/// The short forms of `cargo xtask chaos kills` and `cargo xtask chaos`, and `cargo xtask chaos restore`, which is short
/// as it is: tests like any other, each with a stack to itself. Violations are planted into what the fault suite has
/// recorded.
const CHAOS: [(&str, Short); 4] = [
    ("kill_test", chaos::run_short_kills),
    ("fault_suite", chaos::run_short_faults),
    ("violations", chaos::run_short_violations),
    ("restore_test", chaos::run_short_restore),
];

/// The variable with a Postgres server that tests may make databases on.
const SERVER: &str = "TEST_DATABASE_URL";

type Short = fn(&Workspace) -> anyhow::Result<()>;

impl TestArgs {
    /// What is to be run when the filter is the name of a test of the front end.
    fn front_end_alone(&self) -> Option<(&str, Short)> {
        let name = self.filter.as_deref()?;
        Some((name, front_end::alone(name)?))
    }

    fn wants(&self, name: &str) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| name.contains(filter.as_str()))
    }
}

fn run_cargo_test(
    workspace: &Workspace,
    environment: &BTreeMap<String, String>,
    args: &TestArgs,
) -> anyhow::Result<Tally> {
    let mut cargo = workspace.cargo(&["test", "--workspace", "--no-fail-fast", "--locked"]);
    cargo.args(&args.filter).arg("--").args(&args.rest);
    cargo.envs(environment);
    let mut tally = Tally::default();
    let status = command::run_lines(&mut cargo, |line| {
        ui::line(line);
        tally.read(line);
    })?;
    tally.succeeded = status.success();
    Ok(tally)
}

/// What the tests find in their environment: servers to make databases and topics on, and a whole running stack.
fn environment(
    workspace: &Workspace,
    stack: &Stack,
    addresses: &Addresses,
) -> anyhow::Result<BTreeMap<String, String>> {
    let port = stack
        .ports
        .current(postgres::NAME)
        .context("PostgreSQL has a port")?;
    let binaries = workspace.binaries(Profile::Dev);
    let servers = [
        (SERVER, postgres::superuser_url(stack, port, "postgres")?),
        ("TEST_KAFKA_BROKERS", addresses.kafka_brokers.clone()),
        ("TEST_REGISTRY_URL", addresses.registry_url.clone()),
    ];
    let servers = servers.into_iter().map(|(name, value)| (name.to_owned(), value));
    let running = environment::variables(stack, addresses, &Issuer::of(stack)?, &binaries)?;
    Ok(servers.chain(running).collect())
}

/// A service that did not live to see the end of the tests.
fn dead_services(stack: &Stack) -> Option<String> {
    let records = stack.supervisor.records();
    let dead: Vec<_> = records.iter().filter(|record| !record.alive()).collect();
    if dead.is_empty() {
        return None;
    }
    for record in &dead {
        ui::failure(&stack.supervisor.how_it_ended(record));
    }
    let names: Vec<&str> = dead.iter().map(|record| record.name.as_str()).collect();
    Some(format!("{} died during the tests", names.join(", ")))
}

/// The stack goes, what it said stays.
fn keep_logs(workspace: &Workspace, stack: &Stack) -> anyhow::Result<()> {
    let kept = workspace.target.join("taskwire-test-logs");
    artifacts::remove(&kept)?;
    copy_files(&stack.path("logs"), &kept)?;
    ui::notice(&format!("the logs of the stack are kept in {}", kept.display()));
    Ok(())
}

fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn summarise(tally: &Tally, troubles: &[String], start: Instant) -> ExitCode {
    let elapsed = ui::seconds(start.elapsed());
    for name in &tally.failed_names {
        ui::failure(&format!("failed: {name}"));
    }
    let counts = format!(
        "{} passed, {} failed, {} ignored in {elapsed}",
        tally.passed, tally.failed, tally.ignored
    );
    if troubles.is_empty() {
        ui::step("test", &counts);
        return ExitCode::SUCCESS;
    }
    ui::failure(&format!("{counts}: {}", troubles.join("; ")));
    ExitCode::FAILURE
}

#[derive(Debug, Default)]
struct Tally {
    passed: u32,
    failed: u32,
    ignored: u32,
    failed_names: Vec<String>,
    succeeded: bool,
}

impl Tally {
    fn read(&mut self, line: &str) {
        if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failed_names.push(name.to_owned());
        }
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let numbers = result
            .split([';', '.'])
            .filter_map(|part| part.trim().split_once(' '));
        for (number, what) in numbers {
            let count: u32 = number.parse().unwrap_or_default();
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }

    /// A test that is no test program's; an interrupt is passed on.
    fn add(&mut self, name: &str, result: anyhow::Result<()>) -> anyhow::Result<()> {
        match result {
            Ok(()) => {
                self.passed += 1;
                ui::line(&format!("test {name} ... ok"));
            }
            Err(error) => {
                interrupt::check()?;
                ui::failure(&format!("{error:#}"));
                self.failed += 1;
                self.failed_names.push(name.to_owned());
                self.succeeded = false;
            }
        }
        Ok(())
    }

    fn troubles(&self, filter: Option<&str>) -> Option<String> {
        if !self.succeeded {
            return Some("tests failed".to_owned());
        }
        if self.passed == 0 {
            return Some(filter.map_or("there was no test".into(), |filter| {
                format!("no test is called `{filter}`")
            }));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn results_of_all_test_programs_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "test a::b ... ok",
            "test a::c ... FAILED",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.1s",
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed, tally.ignored), (7, 1, 1));
        assert_eq!(tally.failed_names, ["a::c"]);
        assert!(tally.troubles(None).is_some());
    }

    #[test]
    fn a_filter_that_matches_nothing_is_a_failure() {
        let tally = Tally {
            succeeded: true,
            ..Tally::default()
        };
        assert_eq!(tally.troubles(Some("x")).unwrap(), "no test is called `x`");
    }
}
