//! `taskctl topics`: the broker's topics against `redpanda/topics/*.yaml`.

mod apply;
mod broker;
pub(crate) mod declared;
mod plan;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::ending::Ending;
use crate::kafka::{Admin, KafkaArgs, Product};
use crate::output::{Output, Table};
use crate::topics::declared::Topic;
use crate::topics::plan::{Cluster, Configure, Plan};

/// How long a broker may take to show a change of configuration.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Print the declared topics with their owners; asks no broker.
    List(Declaration),
    /// Show where the broker differs from the declared topics: exit code 0 when nowhere, 3 otherwise.
    Plan(TopicsArgs),
    /// Create and configure what differs. Never deletes a topic, never changes a partition count, never creates a
    /// topic with fewer copies than declared: exit code 4 then.
    Apply(TopicsArgs),
}

/// Where the declared topics come from.
#[derive(Debug, Args)]
pub(crate) struct Declaration {
    /// Read the Topic resources of this directory instead of the built-in ones.
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TopicsArgs {
    #[command(flatten)]
    declaration: Declaration,

    #[command(flatten)]
    kafka: KafkaArgs,

    /// So many copies of each partition instead of the declared number; 1 for a broker that is meant to be alone.
    /// Without it a topic that cannot get its declared copies is not created.
    #[arg(long, env = "REPLICATION_OVERRIDE", value_name = "COPIES", value_parser = clap::value_parser!(i32).range(1..))]
    replication_override: Option<i32>,

    /// The product behind KAFKA_BROKERS, where it cannot be told from its answers.
    #[arg(long, value_enum)]
    product: Option<Product>,
}

pub(crate) async fn run(command: TopicsCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        TopicsCommand::List(declaration) => list(&declaration, output),
        TopicsCommand::Plan(args) => show_plan(&args, output).await,
        TopicsCommand::Apply(args) => apply(&args, output).await,
    }
}

fn list(declaration: &Declaration, output: &Output) -> anyhow::Result<Ending> {
    let topics = declared::read(declaration.directory())?;
    output.answer(&topics, |topics| owners(topics))?;
    Ok(Ending::Done)
}

async fn show_plan(args: &TopicsArgs, output: &Output) -> anyhow::Result<Ending> {
    let topics = declared::read(args.declaration.directory())?;
    let admin = args.kafka.admin()?;
    let found = broker::read(&admin, &topics, args.product).await?;
    let plan = plan::compare(&topics, &found.topics, &found.cluster, args.replication_override);
    let ending = if plan.has_drift() {
        Ending::Drift
    } else {
        Ending::Done
    };
    output.answer(
        &Report {
            cluster: &found.cluster,
            plan: &plan,
        },
        Report::planned,
    )?;
    Ok(ending)
}

async fn apply(args: &TopicsArgs, output: &Output) -> anyhow::Result<Ending> {
    let topics = declared::read(args.declaration.directory())?;
    let admin = args.kafka.admin()?;
    let found = broker::read(&admin, &topics, args.product).await?;
    let plan = plan::compare(&topics, &found.topics, &found.cluster, args.replication_override);
    apply::create(&admin, &plan.create).await?;
    apply::configure(&admin, &plan.configure, &found.topics).await?;
    settle(args, &admin, &topics).await?;
    let ending = if plan.refuse.is_empty() {
        Ending::Done
    } else {
        Ending::Refused
    };
    output.answer(
        &Report {
            cluster: &found.cluster,
            plan: &plan,
        },
        Report::applied,
    )?;
    Ok(ending)
}

/// Waits until the broker shows what it was told: a plan right after an apply finds nothing to do, and a value that
/// was refused is noticed, of which the client says nothing.
async fn settle(args: &TopicsArgs, admin: &Admin, topics: &[Topic]) -> anyhow::Result<()> {
    let deadline = Instant::now() + SHOWN_WITHIN;
    loop {
        let not_yet = match broker::read(admin, topics, args.product).await {
            Ok(found) => {
                let plan = plan::compare(topics, &found.topics, &found.cluster, args.replication_override);
                if plan.create.is_empty() && plan.configure.is_empty() {
                    return Ok(());
                }
                let open: Vec<String> = plan.configure.iter().map(Configure::to_string).collect();
                anyhow!(
                    "the broker did not take {}: the user needs AlterConfigs, and the values must be ones it accepts",
                    open.join("; ")
                )
            }
            // Of several brokers, the one that is asked may not know a new topic yet.
            Err(error) => error,
        };
        if Instant::now() > deadline {
            return Err(not_yet);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Declaration {
    fn directory(&self) -> Option<&Path> {
        self.dir.as_deref()
    }
}

fn owners(topics: &[Topic]) -> String {
    let mut table = Table::new(["topic", "partitions", "key", "producers", "consumers"]);
    for topic in topics {
        table.row([
            topic.name.clone(),
            topic.partitions.to_string(),
            topic.owners.key.clone(),
            topic.owners.producers.clone(),
            topic.owners.consumers.clone(),
        ]);
    }
    table.to_string()
}

/// A plan and the cluster it was made for.
#[derive(Serialize)]
struct Report<'a> {
    cluster: &'a Cluster,
    #[serde(flatten)]
    plan: &'a Plan,
}

impl Report<'_> {
    fn planned(&self) -> String {
        let verdict = match (self.plan.has_drift(), self.plan.refuse.len()) {
            (false, _) => "nothing to do".to_owned(),
            (true, 0) => "to bring the broker there: taskctl topics apply, with the same options".to_owned(),
            (true, refused) => format!("taskctl topics apply does the rest, but not the {refused} marked !"),
        };
        format!("{}{verdict}\n", self.steps())
    }

    fn applied(&self) -> String {
        let (created, configured) = (self.plan.create.len(), self.plan.configure.len());
        let refused = match self.plan.refuse.len() {
            0 => String::new(),
            refused => format!(", {refused} left alone (marked !)"),
        };
        format!(
            "{}{created} created, {configured} configured{refused}\n",
            self.steps()
        )
    }

    fn steps(&self) -> String {
        let Cluster { product, brokers, .. } = self.cluster;
        let mut text = format!(
            "{product} with {brokers} broker{}\n",
            if *brokers == 1 { "" } else { "s" }
        );
        for step in &self.plan.create {
            text.push_str(&format!("+ {step}\n"));
        }
        for step in &self.plan.configure {
            text.push_str(&format!("~ {step}\n"));
        }
        for step in &self.plan.refuse {
            text.push_str(&format!("! {step}\n"));
        }
        if self.plan.unchanged > 0 {
            text.push_str(&format!("= {} as declared\n", self.plan.unchanged));
        }
        if !self.plan.undeclared.is_empty() {
            text.push_str(&format!(
                "? not declared, left alone: {}\n",
                self.plan.undeclared.join(", ")
            ));
        }
        text
    }
}
