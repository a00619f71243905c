//! The whole way of a change, from the request to the socket, beside a producer and a consumer with nothing between
//! them but the broker.
//!
//! Turns of the load and of the plain producer alternate, so that both see the same machine. What is measured, exactly:
//! - **commit → consumer**: from the time at which Postgres committed a change (`track_commit_timestamp`) to the arrival
//!   of its `task-events` record at a plain consumer in this process.
//! - **direct**: from the time in the header of a record, taken right before it is sent, to its arrival at a consumer
//!   of the same kind.
//! - **commit → socket**, **complete → next**: from the same time to the arrival at the socket.
//! - **answer**: as in [`super`].
//! - **work**: from before the first request until everything was published and audited. The broker's includes what it
//!   does for the plain consumer, which only the creations at the ceiling are without.

pub mod backlog;
pub mod ceiling;
mod database;
mod direct;
mod ends;
mod follower;
pub mod idle;
mod listeners;
mod processor;
pub mod report;
mod turn;
pub mod work;

use std::io::Write as _;
use std::time::Duration;

use shared_events::topic::Topic;
use sqlx::PgPool;

use self::ceiling::Ceiling;
use self::ends::Ends;
use self::idle::Idle;
use self::report::{AtRate, Report, Run};
use self::turn::Turn;
use self::work::{BROKER, Meter, Work};
use super::load::Load;
use super::memory::Process;
use super::percentiles::Summary;
use super::plot;
use crate::wait::wait_until;
use crate::world::World;

/// Until everything is published and audited.
const SETTLING: Duration = Duration::from_secs(300);

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// Changes a second, one after another
    #[arg(long, value_delimiter = ',', default_value = "50,300,500", value_parser = clap::value_parser!(u32).range(1..))]
    pub rates: Vec<u32>,

    /// How long each turn lasts, in seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: u64,

    /// Turns of each kind
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// How long tasks are created as fast as can be, in seconds
    #[arg(long, default_value_t = 15)]
    pub ceiling_seconds: u64,

    /// How long a turn lasts that does not count, in seconds: it opens connections and has the broker compile itself
    #[arg(long, default_value_t = 10)]
    pub warm_up_seconds: u64,

    /// How long the stack is watched before the load and after it, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub idle_seconds: u64,

    /// By how many users, each with an open socket
    #[arg(long, default_value_t = 50)]
    pub users: usize,
}

impl Plan {
    fn load(&self, rate: f64, seconds: u64) -> Load {
        Load {
            changes: (rate * seconds as f64) as usize,
            rate,
            users: self.users,
        }
    }
}

/// What came out, and the durations that the picture shows.
#[derive(Debug)]
pub struct Measured {
    pub report: Report,
    /// Of all runs at the highest rate, in milliseconds.
    pub commit_to_consumer: Vec<f64>,
    pub commit_to_socket: Vec<f64>,
    pub direct: Vec<f64>,
}

/// The stack as the turns need it.
#[derive(Debug)]
struct Stack<'a> {
    world: &'a World,
    meter: Meter<'a>,
    pool: &'a PgPool,
    ends: Ends,
}

pub async fn run(world: &World, plan: &Plan, processes: &[Process]) -> anyhow::Result<Measured> {
    let pool = database::connect(world).await?;
    database::prepare(&pool).await?;
    let stack = Stack {
        world,
        meter: Meter::new(processes, &pool)?,
        pool: &pool,
        ends: Ends::new(&world.environment.kafka)?,
    };
    let idle = idle::watch(&stack, processes, plan.idle_seconds).await?;
    direct::prepare(&world.environment.kafka).await?;
    warm_up(&stack, plan).await?;
    let mut measured = Measured {
        report: Report {
            idle,
            idle_after: Idle::default(),
            rates: Vec::new(),
            ceiling: Vec::new(),
        },
        commit_to_consumer: Vec::new(),
        commit_to_socket: Vec::new(),
        direct: Vec::new(),
    };
    for &rate in &plan.rates {
        let highest = Some(&rate) == plan.rates.iter().max();
        let runs = at_rate(&stack, plan, rate, highest.then_some(&mut measured)).await?;
        measured.report.rates.push(AtRate { rate, runs });
    }
    if plan.ceiling_seconds > 0 {
        measured.report.ceiling = ceilings(&stack, plan).await?;
    }
    measured.report.idle_after = idle::watch(&stack, processes, plan.idle_seconds).await?;
    Ok(measured)
}

/// A turn of each kind at the highest rate.
async fn warm_up(stack: &Stack<'_>, plan: &Plan) -> anyhow::Result<()> {
    progress(&format!("warming up for {} s", plan.warm_up_seconds));
    let rate = plan.rates.iter().max().copied().map_or(1.0, f64::from);
    let load = plan.load(rate, plan.warm_up_seconds);
    turn::run(stack, load).await?;
    direct::run(&stack.world.environment.kafka, load.changes, rate).await?;
    Ok(())
}

/// Turns of both kinds, whose durations are kept for the picture if asked for.
async fn at_rate(
    stack: &Stack<'_>,
    plan: &Plan,
    rate: u32,
    mut keep: Option<&mut Measured>,
) -> anyhow::Result<Vec<Run>> {
    let rate = f64::from(rate);
    let load = plan.load(rate, plan.seconds);
    let mut runs = Vec::new();
    for number in 1..=plan.runs {
        let turn = turn::run(stack, load).await?;
        let before = stack.meter.read().await?;
        let direct = direct::run(&stack.world.environment.kafka, load.changes, rate).await?;
        let direct_work = stack.meter.read().await?.since(&before, direct.len());
        if let Some(kept) = &mut keep {
            kept.commit_to_consumer.extend(&turn.commit_to_consumer);
            kept.commit_to_socket.extend(&turn.commit_to_socket);
            kept.direct.extend(&direct);
        }
        let run = summary(turn, direct, &direct_work);
        progress(&format!(
            "{rate}/s, run {number} of {}: {}",
            plan.runs,
            run.in_short()
        ));
        runs.push(run);
    }
    Ok(runs)
}

fn summary(turn: Turn, direct: Vec<f64>, direct_work: &Work) -> Run {
    let broker = direct_work.cpu_ms.get(BROKER).copied();
    Run {
        rate: turn.rate,
        refused: turn.refused,
        answer: Summary::of(turn.answer),
        commit_to_consumer: Summary::of(turn.commit_to_consumer),
        commit_to_socket: Summary::of(turn.commit_to_socket),
        complete_to_next: Summary::of(turn.complete_to_next),
        direct: Summary::of(direct),
        direct_broker_ms: broker.unwrap_or_default(),
        work: turn.work,
    }
}

async fn ceilings(stack: &Stack<'_>, plan: &Plan) -> anyhow::Result<Vec<Ceiling>> {
    let mut ceilings = Vec::new();
    for number in 1..=plan.runs {
        let ceiling = ceiling::run(stack, Duration::from_secs(plan.ceiling_seconds), plan.users).await?;
        progress(&format!(
            "ceiling, run {number} of {}: {:.0} creations/s, {:.2} ms CPU per creation",
            plan.runs, ceiling.rate, ceiling.work.together_ms
        ));
        ceilings.push(ceiling);
    }
    Ok(ceilings)
}

impl Measured {
    /// The picture, as SVG.
    pub fn plot(&self) -> String {
        let rate = self.report.rates.iter().map(|at| at.rate).max();
        let title = format!("from commit at {} changes a second", rate.unwrap_or_default());
        let series: [(&str, &[f64]); 3] = [
            ("to a consumer", &self.commit_to_consumer),
            ("to the socket", &self.commit_to_socket),
            ("direct", &self.direct),
        ];
        plot::distributions(&title, &series)
    }
}

impl Stack<'_> {
    /// Waits until everything that was committed is published and audited.
    async fn settled(&self) -> anyhow::Result<()> {
        wait_until(SETTLING, "that everything is published and audited", async || {
            let pending = database::pending(self.pool).await?;
            if pending > 0 {
                return Ok(Err(format!("{pending} rows of the outbox are left")));
            }
            for topic in [Topic::TaskEvents, Topic::Reminders] {
                let audited = database::audited(self.pool, topic.name()).await?;
                let end = self.ends.of(topic).await?;
                if audited < end {
                    return Ok(Err(format!("{audited} of {end} records of {topic} are audited")));
                }
            }
            Ok(Ok(()))
        })
        .await
    }
}

/// Long work shows that it goes on.
fn progress(what: &str) {
    // Nobody may be reading it any more.
    let _ = writeln!(std::io::stderr(), "{what}");
}
