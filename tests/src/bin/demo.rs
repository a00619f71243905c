//! `demo`: the main job as a story, told by a running stack, every line a real observation.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use tests::World;
use tests::environment::Environment;
use tests::story::{Stage, completion, creation, isolation, poison, reminder, told, trail};
use tests::timeline::{Look, Timeline, readable};

/// Tells the main job as a story on a running stack; `cargo xtask demo` sets the environment and runs this.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Arguments {
    #[command(flatten)]
    environment: Environment,

    /// Print without colours, as on anything that is not a terminal
    #[arg(long, env = "NO_COLOR", num_args = 0, value_parser = clap::builder::FalseyValueParser::new())]
    no_color: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut timeline = Timeline::new(Look::of_stdout(arguments.no_color));
    let began = Instant::now();
    let stage = match set(
        arguments.environment,
        Timeline::new(Look::of_stdout(arguments.no_color)),
    )
    .await
    {
        Ok(stage) => stage,
        Err(error) => return failed(&mut timeline, &error),
    };
    match tell(stage).await {
        Ok(()) => {
            timeline.end(
                true,
                &format!("all six steps were observed, in {}", readable(began.elapsed())),
            );
            ExitCode::SUCCESS
        }
        Err(error) => failed(&mut timeline, &error),
    }
}

async fn set(environment: Environment, mut timeline: Timeline) -> anyhow::Result<Stage> {
    timeline.remark("every time is since the action that caused what was observed");
    let stage = Stage::set(World::of(environment)?, timeline).await;
    let mut stage = stage.context("the stage could not be set; `cargo xtask status` shows what runs")?;
    let (alice, bob) = (&stage.alice.user, &stage.bob.user);
    let cast = format!("alice is {alice} and bob is {bob}, so that nothing of an earlier run is theirs");
    stage.timeline.remark(&cast);
    Ok(stage)
}

async fn tell(mut stage: Stage) -> anyhow::Result<()> {
    let result = lines(&mut stage).await;
    stage.timeline.flush();
    // Also after a failure, so that nothing is sent to a receiver that is gone.
    let struck = stage.strike().await;
    result.and(struck)
}

async fn lines(stage: &mut Stage) -> anyhow::Result<()> {
    let plants = told(creation::LINE, creation::tell(stage)).await?;
    told(reminder::LINE, reminder::tell(stage, &plants)).await?;
    let next = told(completion::LINE, completion::tell(stage, &plants)).await?;
    told(isolation::LINE, isolation::tell(stage, &plants)).await?;
    told(poison::LINE, poison::tell(stage, &next)).await?;
    told(trail::LINE, trail::tell(stage, &plants)).await
}

fn failed(timeline: &mut Timeline, error: &anyhow::Error) -> ExitCode {
    timeline.end(false, &format!("{error:#}"));
    ExitCode::FAILURE
}
