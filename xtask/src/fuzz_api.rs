//! `cargo xtask fuzz-api`: what each service's OpenAPI document promises, held against the service by Schemathesis.

mod report;
mod tool;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;

use crate::fuzz_api::report::Report;
use crate::fuzz_api::tool::Schemathesis;
use crate::prerequisites::{self, Purpose};
use crate::stack::services::{self, Service};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, setup};
use crate::workspace::{Profile, Workspace};
use crate::{command, ui};

#[derive(Debug, clap::Args)]
pub(crate) struct FuzzApiArgs {
    /// Only these services [default: all that have a document]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// What is generated; the same seed generates the same
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// How many requests are made up for each operation, at most
    #[arg(long, default_value_t = 200)]
    examples: u32,
}

/// Runs it on a stack of its own; fails when a service and its document differ.
pub(crate) fn run(workspace: &Workspace, args: &FuzzApiArgs) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let chosen = chosen(&args.services)?;
    prerequisites::check(Purpose::WithPython)?;
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let schemathesis = Schemathesis::ensure(&stack.dist, &workspace.root)?;
    let addresses = setup::build_and_start(stack, None, || workspace.build(Profile::Dev))?;
    setup::start_services(workspace, stack, &addresses)?;
    let folder = workspace.target.join("fuzz-api");
    std::fs::create_dir_all(&folder)?;
    let mut findings = 0;
    let FuzzApiArgs { seed, examples, .. } = args;
    ui::step(
        "fuzz-api",
        &format!("at most {examples} examples an operation, with the seed {seed}"),
    );
    for service in chosen {
        let report = fuzz(stack, service, &schemathesis, args, &folder)?;
        for line in report.lines() {
            ui::line(&format!("{:<17} {line}", service.name));
        }
        findings += report.findings();
    }
    let summary = format!(
        "{findings} findings in {}; again with --seed {seed} --examples {examples}",
        ui::seconds(start.elapsed())
    );
    if findings == 0 {
        ui::step("fuzz-api", &summary);
        return Ok(ExitCode::SUCCESS);
    }
    ui::failure(&format!(
        "{summary}; each with a request is in {}",
        folder.display()
    ));
    Ok(ExitCode::FAILURE)
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Service>> {
    let documented: Vec<&Service> = services::ALL
        .iter()
        .filter(|service| service.openapi().is_some())
        .collect();
    if let Some(name) = names
        .iter()
        .find(|name| !documented.iter().any(|service| service.name == **name))
    {
        let known: Vec<&str> = documented.iter().map(|service| service.name).collect();
        anyhow::bail!("`{name}` has no OpenAPI document; there are {}", known.join(", "));
    }
    let wanted = |service: &&Service| names.is_empty() || names.iter().any(|name| name == service.name);
    Ok(documented.into_iter().filter(wanted).collect())
}

/// One service; what Schemathesis says is kept, and its phases are shown as they end.
fn fuzz(
    stack: &Stack,
    service: &Service,
    schemathesis: &Schemathesis,
    args: &FuzzApiArgs,
    folder: &Path,
) -> anyhow::Result<Report> {
    let url = service.url(stack).context("the service has a public port")?;
    let document = service.openapi().context("the service has a document")?;
    let token = Issuer::of(stack)?.token("fuzz", SystemTime::now(), Duration::from_secs(86_400))?;
    let report = folder.join(format!("{}.json", service.name));
    let said = folder.join(format!("{}.txt", service.name));
    let mut output = std::fs::File::create(&said)?;
    let mut run = schemathesis.run(&format!("{url}{document}"));
    run.current_dir(folder)
        .args(["--url", &url])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--seed", &args.seed.to_string()])
        .args(["--max-examples", &args.examples.to_string()])
        .args(["--generation-database", "none", "--continue-on-failure"])
        .args(["--report", "json", "--report-json-path"])
        .arg(&report);
    let _ = std::fs::remove_file(&report);
    let status = command::run_lines(&mut run, |line| {
        let _ = writeln!(output, "{line}");
        if report::tells_progress(line) {
            ui::step(service.name, line.trim());
        }
    })?;
    let text = std::fs::read(&report).with_context(|| {
        let said = said.display();
        format!("Schemathesis ended with {status}, without a report; see {said}")
    })?;
    Report::read(&text)
}
