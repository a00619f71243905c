//! `taskctl dlq redrive`.

use std::collections::BTreeSet;

use clap::Args;
use shared_events::codec::registry::Registry;
use shared_events::codec::{DecodeError, Decoder, FromRecord};
use shared_events::event::command::TaskCommand;
use shared_events::event::fact::AnyFact;
use shared_events::event::operator::kind;
use shared_events::producer::{Outgoing, Producer};
use shared_events::topic::Topic;
use sqlx::postgres::PgConnection;

use crate::dlq::close::{self, Candidate, CloseArgs, Deed};
use crate::dlq::hole::State;
use crate::dlq::list::shortened;
use crate::dlq::report::Planned;
use crate::dlq::value::{self, RegistryArgs};
use crate::ending::Ending;
use crate::offsets;
use crate::output::Output;

/// A dry run shows so many characters of a value; `taskctl dlq show` shows all.
const SHOWN_CHARS: usize = 300;

#[derive(Debug, Args)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    close: CloseArgs,

    /// Those too whose partition, or whose retry topic, is stopped by too many dead letters.
    #[arg(long)]
    even_if_stopped: bool,

    #[command(flatten)]
    registry: RegistryArgs,
}

/// Gives letters back to the service that could not handle them, and to no other: each goes, whole, to its retry topic.
pub(crate) async fn run(args: &RedriveArgs, output: &Output) -> anyhow::Result<Ending> {
    let topics = args.close.kafka.connect()?.metadata()?;
    let topics = topics.topics().iter().map(|topic| topic.name().to_owned());
    let redriving = Redriving {
        topics: topics.collect(),
        producer: args.close.kafka.producer()?,
        registry: args.registry.connect()?,
        even_if_stopped: args.even_if_stopped,
        stopped: Vec::new(),
    };
    close::run(&args.close, redriving, output).await
}

struct Redriving {
    /// All there are on the broker.
    topics: BTreeSet<String>,
    producer: Producer,
    registry: Option<Registry>,
    even_if_stopped: bool,
    /// Partitions that wait for an operator.
    stopped: Vec<offsets::store::Row>,
}

impl Deed for Redriving {
    const COMMAND: &'static str = "dlq redrive";
    const KIND: &'static str = kind::DLQ_REDRIVEN;
    const STATE: State = State::Redriven;
    const WAY_OUT: &'static str =
        "run the same command again: a letter that is redriven twice has its effect once";

    /// Between two batches too: the letters of the one before may have stopped their service.
    async fn prepare(&mut self, database: &mut PgConnection) -> anyhow::Result<()> {
        let mut rows = offsets::store::all(database, None).await?;
        rows.retain(|row| row.stopped.is_some());
        self.stopped = rows;
        Ok(())
    }

    fn objection(&self, candidate: &Candidate) -> Option<String> {
        let retry = candidate.topic.retry();
        if !self.topics.contains(&retry) {
            return Some(format!(
                "the broker has no topic {retry}: `taskctl topics apply` creates it"
            ));
        }
        let row = self.stopped.iter().find(|row| stops(row, candidate))?;
        (!self.even_if_stopped).then(|| {
            format!(
                "{group} is stopped in {topic}/{partition} ({why}); deploy the fix, then `taskctl dlq resume {group} \
                 {topic}/{partition} --reason TEXT`, or redrive --even-if-stopped",
                group = row.group_id,
                topic = row.topic,
                partition = row.partition,
                why = row.stopped.as_deref().unwrap_or("?"),
            )
        })
    }

    async fn plan(&self, candidate: &Candidate) -> Planned {
        let explained = value::explain(&candidate.record, self.registry.as_ref()).await;
        let value = match (explained.decoded, explained.obstacle) {
            (Some(json), _) => shortened(&json.to_string(), SHOWN_CHARS),
            (None, obstacle) => {
                let bytes = explained.bytes.unwrap_or(0);
                format!("{bytes} bytes, not decoded: {}", obstacle.unwrap_or_default())
            }
        };
        let to = format!("would go to {}", candidate.topic.retry());
        Planned {
            verdict: Some(self.verdict(candidate).await),
            value,
            ..close::plan(candidate, to)
        }
    }

    async fn perform(&self, batch: &[Candidate]) -> Vec<anyhow::Result<String>> {
        let mut deliveries = Vec::with_capacity(batch.len());
        for candidate in batch {
            deliveries.push(self.producer.send(&whole(candidate)).await);
        }
        let mut outcomes = Vec::with_capacity(batch.len());
        for (candidate, delivery) in batch.iter().zip(deliveries) {
            let acknowledged = match delivery {
                Ok(delivery) => delivery.await,
                Err(error) => Err(error),
            };
            let change = acknowledged.map(|there| {
                format!(
                    "given back to {} on {}/{} at offset {}; {}",
                    candidate.topic.service,
                    candidate.topic.retry(),
                    there.partition,
                    there.offset,
                    candidate.history()
                )
            });
            outcomes.push(change.map_err(anyhow::Error::from));
        }
        outcomes
    }
}

impl Redriving {
    /// Whether the decoder of this build takes the value, as the service does in the same version.
    async fn verdict(&self, candidate: &Candidate) -> String {
        let Some(registry) = self.registry.clone() else {
            return "whether it can be read now is not known: REGISTRY_URL is not set".to_owned();
        };
        let decoder = Decoder::new(registry);
        let record = &candidate.record;
        let decoded = match Topic::from_name(&candidate.topic.origin) {
            Some(Topic::TaskCommands) => TaskCommand::from_record(&decoder, Topic::TaskCommands, record)
                .await
                .map(drop),
            Some(topic) => AnyFact::from_record(&decoder, topic, record).await.map(drop),
            None => return format!("{} is not a topic of Taskwire", candidate.topic.origin),
        };
        match decoded {
            Ok(()) => "can be read now".to_owned(),
            Err(DecodeError::Poison { reason, detail }) => {
                format!("would still be poison: {reason}: {detail}")
            }
            Err(DecodeError::Outage(why)) => format!("whether it can be read now is not known: {why}"),
        }
    }
}

/// Whether the letter would go to where its service stands still.
fn stops(row: &offsets::store::Row, candidate: &Candidate) -> bool {
    let (origin, topic) = (&candidate.letter.origin, &candidate.topic);
    let is_of_service = row
        .group_id
        .split_once('.')
        .is_some_and(|(service, _)| service == topic.service);
    let is_origin = origin.topic.as_ref() == Some(&row.topic) && origin.partition == Some(row.partition);
    is_of_service && (is_origin || row.topic == topic.retry())
}

/// With its `x-dlq-*` headers, as `rpk` would copy it: the service replaces them should it die again, and keeps where it
/// came from and how often it was tried.
fn whole(candidate: &Candidate) -> Outgoing {
    let record = &candidate.record;
    Outgoing {
        topic: candidate.topic.retry(),
        key: record.key.clone(),
        payload: record.payload.clone(),
        headers: record.headers.clone(),
    }
}
