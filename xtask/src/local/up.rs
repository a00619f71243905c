//! `cargo xtask up`: everything running on this machine.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use crate::frontend::build;
use crate::prerequisites::{self, Purpose};
use crate::stack::frontend::FrontEnd;
use crate::stack::infra::{self, Addresses};
use crate::stack::lock::Lock;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, environment, frontend, services, setup};
use crate::workspace::{Profile, Workspace};
use crate::{interrupt, ui};

#[derive(Debug, clap::Args)]
pub(crate) struct UpArgs {
    /// Leave everything running and return
    #[arg(long)]
    detach: bool,
    /// Who runs Postgres, the broker and the registry: we, or somebody whose addresses are in the environment
    #[arg(long, value_enum, default_value = "local")]
    provider: Provider,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
    /// Leave out the front end, and Node.js with it
    #[arg(long)]
    no_frontend: bool,
    /// Put one address before front end and services, with the paths of production
    #[arg(long, conflicts_with = "no_frontend")]
    one_origin: bool,
    /// What the services log, as in `info,shared_events=debug` [default: info, without actix' own chatter]
    #[arg(long, env = "LOG", value_name = "FILTER")]
    log: Option<String>,
    /// For --provider external: Postgres, as a role that may create roles and schemas
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// For --provider external: host:port of the brokers
    #[arg(long, env = "KAFKA_BROKERS")]
    kafka_brokers: Option<String>,
    /// For --provider external: the Confluent API of the registry
    #[arg(long, env = "REGISTRY_URL")]
    registry_url: Option<String>,
    /// For --provider external: copies of each partition instead of the declared number; 1 for a single broker
    #[arg(long, env = "REPLICATION_OVERRIDE", value_name = "COPIES")]
    replication_override: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Provider {
    Local,
    External,
}

/// Starts what is missing, then either returns or watches over it until Ctrl-C.
pub(crate) fn run(workspace: &Workspace, args: &UpArgs) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let external = args.external()?;
    let front_end = args.front_end();
    prerequisites::check(match (external.is_some(), front_end) {
        (true, FrontEnd::LeftOut) => Purpose::BuildOnly,
        (true, _) => Purpose::BuildWithFrontEnd,
        (false, FrontEnd::LeftOut) => Purpose::LocalStack,
        (false, _) => Purpose::WithFrontEnd,
    })?;
    let stack = Stack {
        front_end,
        ..Stack::persistent(workspace)?
    };
    if let Err(error) = args.start(workspace, &stack, external, start) {
        // What ran before is left alone; what this command started goes with it.
        ui::failure(&format!("{error:#}"));
        stop_what_we_started(&stack);
        return Ok(ExitCode::from(if interrupt::requested() { 130 } else { 1 }));
    }
    if args.detach {
        ui::step("up", "left running; `cargo xtask down` ends it");
        return Ok(ExitCode::SUCCESS);
    }
    ui::step("up", "Ctrl-C ends it");
    let code = watch(&stack);
    stop_what_we_started(&stack);
    Ok(code)
}

impl UpArgs {
    fn front_end(&self) -> FrontEnd {
        match (self.no_frontend, self.one_origin) {
            (true, _) => FrontEnd::LeftOut,
            (false, true) => FrontEnd::OneOrigin,
            (false, false) => FrontEnd::Wanted,
        }
    }

    fn external(&self) -> anyhow::Result<Option<Addresses>> {
        if self.provider == Provider::Local {
            return Ok(None);
        }
        let given = [
            ("DATABASE_URL", self.database_url.as_ref()),
            ("KAFKA_BROKERS", self.kafka_brokers.as_ref()),
            ("REGISTRY_URL", self.registry_url.as_ref()),
        ];
        let addresses = infra::external(given)?;
        Ok(Some(Addresses {
            replication_override: self.replication_override,
            ..addresses
        }))
    }

    fn start(
        &self,
        workspace: &Workspace,
        stack: &Stack,
        external: Option<Addresses>,
        start: Instant,
    ) -> anyhow::Result<()> {
        let _lock = Lock::wait(&stack.path("lock"))?;
        stack.supervisor.clear_traces();
        let profile = Profile::of(self.release);
        let addresses = setup::build_and_start(stack, external, || {
            workspace.build(profile)?;
            match stack.front_end {
                FrontEnd::LeftOut => Ok(()),
                FrontEnd::Wanted | FrontEnd::OneOrigin => build::ensure(workspace),
            }
        })?;
        let binaries = workspace.binaries(profile);
        let issuer = Issuer::of(stack)?;
        frontend::assign(stack)?;
        setup::prepare(workspace, stack, &addresses, &binaries, &[])?;
        services::ensure(
            stack,
            &addresses,
            &services::Settings {
                binaries: &binaries,
                log: self.log.as_deref(),
            },
        )?;
        frontend::ensure(workspace, stack, &addresses, &binaries)?;
        let variables = environment::variables(stack, &addresses, &issuer, &binaries)?;
        environment::write(stack, &variables)?;
        ui::step(
            "up",
            &format!("everything runs ({})", ui::seconds(start.elapsed())),
        );
        greet(stack, &variables, &issuer)
    }
}

/// The addresses, and a first request to paste.
fn greet(stack: &Stack, variables: &environment::Variables, issuer: &Issuer) -> anyhow::Result<()> {
    let token = issuer.token("alice", SystemTime::now(), Duration::from_secs(86_400))?;
    let value = |wanted: &str| environment::value(variables, wanted).unwrap_or_default();
    ui::line("");
    if let Some(url) = environment::value(variables, environment::FRONTEND_URL) {
        ui::line(&format!("  Taskwire itself, in a browser: {url}\n"));
    }
    for name in [
        "API_URL",
        "NOTIFICATION_URL",
        "AUDIT_URL",
        "WS_URL",
        "KAFKA_BROKERS",
        "REGISTRY_URL",
        "DATABASE_URL",
    ] {
        ui::line(&format!("  {name:<17} {}", value(name)));
    }
    ui::line("\nWhat the services understand:\n");
    ui::line(services::documentation(stack).trim_end());
    ui::line(
        "\nThe addresses and more are in .taskwire/env. alice's token, good for a day, and a first task:\n",
    );
    ui::line(&format!("  TOKEN={token}"));
    ui::line(&format!(
        "  curl -s {}/v1/tasks -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n    \
         -d '{{\"title\":\"Water the plants\"}}'",
        value("API_URL")
    ));
    ui::line("\nThe whole story: cargo xtask demo; the operator's tool: cargo xtask taskctl --help\n");
    Ok(())
}

/// Returns when somebody asks us to stop, or, having told about it, as soon as a process has ended by itself.
fn watch(stack: &Stack) -> ExitCode {
    while !interrupt::requested() {
        // Whoever ends or replaces a process takes its record away first: a dead one with a record has crashed.
        let records = stack.supervisor.records();
        if let Some(crashed) = records.iter().find(|record| !record.alive()) {
            ui::failure(&stack.supervisor.how_it_ended(crashed));
            return ExitCode::FAILURE;
        }
        if records.is_empty() {
            ui::notice("another command ended everything");
            return ExitCode::SUCCESS;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    ui::notice("stopping");
    ExitCode::SUCCESS
}

fn stop_what_we_started(stack: &Stack) {
    let started = stack.supervisor.started_here();
    if started.is_empty() {
        return;
    }
    setup::stop(stack, &started);
    if stack.supervisor.records().is_empty() {
        let _ = std::fs::remove_file(stack.path("env"));
    }
    ui::step("down", &format!("ended {}", started.join(", ")));
}
