//! How long `taskctl reconcile` takes with how many tasks, and how much memory: on servers without services, whose rows
//! are made in SQL and whose records a program of the `tests` crate writes.

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::machine::{self, Machine};
use super::spread::cell;
use super::tasks::{Tasks, id};
use crate::prerequisites::{self, Purpose};
use crate::stack::infra::Addresses;
use crate::stack::sql::Connection;
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{postgres, process, setup};
use crate::workspace::{Profile, Workspace};
use crate::{command, interrupt, ui};

const USERS: u32 = 1_000;

/// Arguments of `cargo xtask bench reconcile`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReconcileArgs {
    /// How many tasks, each changed once; one in ten has a reminder
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    tasks: u32,
    /// About how many changes are still on the topics
    #[arg(long, default_value_t = 200_000)]
    records: u32,
    /// How often they are looked at
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
}

/// What one look took.
#[derive(Debug)]
struct Look {
    seconds: f64,
    /// At most.
    megabytes: f64,
    code: i32,
}

/// Fills a stack, looks at it, and prints the machine and what that took.
pub(crate) fn run(workspace: &Workspace, args: &ReconcileArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = Profile::of(args.release);
    let (machine, load_before) = (Machine::this(), machine::load_average());
    ui::line(&format!("{machine}\n"));
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let addresses = setup::build_and_start(stack, None, || workspace.build(profile))?;
    let binaries = workspace.binaries(profile);
    Issuer::of(stack)?;
    setup::prepare(workspace, stack, &addresses, &binaries, &[])?;

    let port = stack
        .ports
        .current(postgres::NAME)
        .context("PostgreSQL has a port")?;
    let mut database = Connection::open(port, postgres::DATABASE)?;
    let tasks = Tasks {
        count: args.tasks,
        users: USERS,
        of_first: 0,
    };
    tasks.fill(&mut database, &rows())?;
    let told = (u64::from(args.records) * u64::from(USERS) / u64::from(args.tasks)).min(u64::from(USERS));
    let mut fill = Command::new(binaries.join("fill"));
    fill.args(["--tasks", &args.tasks.to_string(), "--users", &USERS.to_string()]);
    fill.args(["--told", &told.to_string()])
        .env("KAFKA_BROKERS", &addresses.kafka_brokers)
        .env("REGISTRY_URL", &addresses.registry_url);
    command::expect_success(&mut fill)?;
    ui::step("bench", "rows, entries and records are there");

    let mut looks = Vec::new();
    for run in 1..=args.runs {
        ui::step("bench", &format!("look {run} of {}", args.runs));
        looks.push(look(&binaries, &addresses)?);
    }
    ui::line(&format!(
        "{} tasks, {} records of each topic: {} s, {} MB at most, exit codes {:?}",
        args.tasks,
        u64::from(args.tasks) / u64::from(USERS) * told,
        cell(looks.iter().map(|look| look.seconds)),
        cell(looks.iter().map(|look| look.megabytes)),
        looks.iter().map(|look| look.code).collect::<Vec<_>>()
    ));
    ui::line(&machine.under_load(load_before, machine::load_average()));
    Ok(if looks.iter().all(|look| look.code == 0) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn look(binaries: &Path, addresses: &Addresses) -> anyhow::Result<Look> {
    let mut taskctl = Command::new(binaries.join("taskctl"));
    taskctl
        .arg("reconcile")
        .env("DATABASE_URL", &addresses.database_url)
        .env("KAFKA_BROKERS", &addresses.kafka_brokers)
        .stdout(Stdio::inherit());
    let began = Instant::now();
    let (peak, code) = peak_memory(taskctl.spawn().context("taskctl does not start")?)?;
    Ok(Look {
        seconds: began.elapsed().as_secs_f64(),
        megabytes: peak as f64 / 1024.0,
        code,
    })
}

/// The most kilobytes that a process was seen to have, and its exit code.
fn peak_memory(mut child: Child) -> anyhow::Result<(u64, i32)> {
    let pid = i32::try_from(child.id())?;
    let mut peak = 0;
    loop {
        peak = peak.max(process::resident_kilobytes(pid).unwrap_or_default());
        if let Some(status) = child.try_wait()? {
            let code = status.code().context("taskctl was killed")?;
            return Ok((peak, code));
        }
        if interrupt::pause(Duration::from_millis(20)).is_err() {
            child.kill()?;
            child.wait()?;
            bail!("interrupted");
        }
    }
}

/// Each task at version 2, the reminders of every tenth, and the audit entries of both.
fn rows() -> String {
    let entry = "INSERT INTO audit.entry (event_id, topic, partition, \"offset\", kind, user_id, aggregate, aggregate_id,
                                          task_id, version, previous, epoch, position, actor, intent, action_id,
                                          occurred_at, payload_hash)";
    let rest = "1, pos, 'user:' || who, 'edit', task, at, decode(repeat('00', 32), 'hex')";
    let (first, second, third, reminder) = (id("7001"), id("7002"), id("7011"), id("7010"));
    format!(
        "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position, created_at,
                                 updated_at)
         SELECT task, who, 'Water the plants', 'normal', 'open', '{{}}', '[]', 2, pos, at, at FROM made;
         {entry} SELECT {first}, 'task-events', 0, i, 'task.created', who, 'task', task::text, task, 1, 0, {rest} FROM made;
         {entry} SELECT {second}, 'task-events', 0, i, 'task.updated', who, 'task', task::text, task, 2, 1, {rest} FROM made;
         INSERT INTO tasks.reminder (id, user_id, task_id, state, fire_at, version)
         SELECT {reminder}, who, task, 'scheduled', at + interval '1 year', 1 FROM made WHERE i % 10 = 0;
         INSERT INTO notification.schedule (reminder_id, user_id, task_id, epoch, version, state, fire_at, title, event_id,
                                            claim_at)
         SELECT {reminder}, who, task, 1, 1, 'scheduled', at + interval '1 year', 'Water', {reminder}, at + interval '1 year'
           FROM made WHERE i % 10 = 0;
         {entry} SELECT {third}, 'reminders', 0, i, 'reminder.scheduled', who, 'reminder', {reminder}::text, task, 1, 0, {rest}
           FROM made WHERE i % 10 = 0;"
    )
}
