//! `taskctl offsets set`.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use shared_events::consumer::commit::{Memory, is_ours};
use shared_events::consumer::cursor::TopicPartition;
use shared_events::consumer::start::Watermarks;
use shared_events::event::operator::kind;
use shared_events::ids::EventId;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::kafka::{Connection, KafkaArgs};
use crate::offsets::judge::{OffsetMove, Wanted};
use crate::offsets::{group, place, store};
use crate::operator::{Action, OperatorArgs};
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The consumer group, as `taskctl offsets show` names it.
    group: String,

    /// The partition: TOPIC/PARTITION.
    #[arg(value_name = "TOPIC/PARTITION", value_parser = place::parse)]
    place: TopicPartition,

    /// The next offset to read: a number, earliest or latest.
    #[arg(value_name = "OFFSET")]
    offset: Wanted,

    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    operator: OperatorArgs,

    #[command(flatten)]
    database: DatabaseArgs,

    #[command(flatten)]
    kafka: KafkaArgs,
}

/// Moves the group, where its service keeps the offset: in Postgres, or in Kafka.
pub(crate) async fn run(args: &SetArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut database = args.database.connect("taskctl offsets set").await?;
    let broker = args.kafka.connect_as(&args.group)?;
    super::expect_pinned_cluster(&mut database, &broker).await?;
    let held = group::held(&broker, &args.place)?;
    let in_postgres = !store::all(&mut database, Some(&args.group)).await?.is_empty();
    let done = if in_postgres {
        args.set_in_postgres(&mut database, &broker, held).await?
    } else {
        args.set_in_kafka(&mut database, &broker, held).await?
    };
    output.answer(&done, Done::to_text)?;
    Ok(Ending::Done)
}

impl SetArgs {
    /// Offset and audit record in one transaction; whoever reads the partition finds its own step refused, and looks
    /// again where it stands.
    async fn set_in_postgres(
        &self,
        database: &mut PgConnection,
        broker: &Connection,
        held: Watermarks,
    ) -> anyhow::Result<Done> {
        let (group, place) = (&self.group, &self.place);
        let mut tx = database.begin().await?;
        let row = super::locked_row(&mut tx, group, place).await?;
        let change = OffsetMove::judge(Some(row.next_offset), self.offset, held)?;
        self.expect_no_other_order(broker, change)?;
        if self.dry_run || (change.from == Some(change.to) && row.stopped.is_none()) {
            return Ok(self.done(change, Keeper::Postgres, None));
        }
        store::set(&mut tx, &row, change.to).await?;
        let event_id = self.operator.record(&mut tx, self.action(change)).await?;
        tx.commit()
            .await
            .context("cannot tell whether the offset was set; see `taskctl offsets show`")?;
        Ok(self.done(change, Keeper::Postgres, Some(event_id)))
    }

    /// The runtime follows what an operator committed to Kafka, also over a later offset in the database.
    fn expect_no_other_order(&self, broker: &Connection, change: OffsetMove) -> anyhow::Result<()> {
        let (group, place) = (&self.group, &self.place);
        let committed = group::committed(broker, std::slice::from_ref(place))?;
        if let Some((_, other)) = committed
            .iter()
            .find(|(_, committed)| !is_ours(&committed.metadata) && committed.next != change.to)
        {
            bail!(
                "an operator has committed {} for {group} in {place} (`rpk group seek`), which the service will \
                 follow over any offset that is set here: seek to {} with the same tool, while the service is \
                 scaled to 0; nothing was changed",
                other.next,
                change.to
            );
        }
        Ok(())
    }

    /// Kafka and Postgres share no transaction: the audit record goes first, so that no change goes without one.
    async fn set_in_kafka(
        &self,
        database: &mut PgConnection,
        broker: &Connection,
        held: Watermarks,
    ) -> anyhow::Result<Done> {
        let (group, place) = (&self.group, &self.place);
        let known = group::names(broker)?;
        if !known.contains(group) {
            let mut known: Vec<String> = super::groups_in(database)
                .await?
                .into_iter()
                .chain(known)
                .collect();
            known.sort();
            known.dedup();
            bail!("no consumer group {group}; there are {}", known.join(", "));
        }
        let committed = group::committed(broker, std::slice::from_ref(place))?;
        let reads =
            group::service_of(group).is_some_and(|service| group::topics_of(service).contains(&place.topic));
        if committed.is_empty() && !reads {
            bail!(
                "{group} does not read {}; see `taskctl offsets show {group}`",
                place.topic
            );
        }
        group::expect_empty(broker, group)?;
        let from = committed.first().map(|(_, committed)| committed.next);
        let change = OffsetMove::judge(from, self.offset, held)?;
        let stopped = committed
            .first()
            .and_then(|(_, committed)| Memory::read(&committed.metadata).stopped);
        if self.dry_run || (change.from == Some(change.to) && stopped.is_none()) {
            return Ok(self.done(change, Keeper::Kafka, None));
        }
        let mut tx = database.begin().await?;
        let event_id = self.operator.record(&mut tx, self.action(change)).await?;
        tx.commit()
            .await
            .context("cannot tell whether the audit record was kept; the offset was not set")?;
        group::commit(broker, place, change.to).with_context(|| {
            format!(
                "the broker refused the offset, and the group stands where it stood; the audit record {event_id} \
                 tells of the attempt. Is {group} still scaled to 0?"
            )
        })?;
        Ok(self.done(change, Keeper::Kafka, Some(event_id)))
    }

    fn action(&self, change: OffsetMove) -> Action<'static> {
        Action {
            kind: kind::OFFSETS_SET,
            command: "offsets set",
            subject: format!("{} {}", self.group, self.place),
            change: change.to_string(),
        }
    }

    fn done(&self, change: OffsetMove, keeper: Keeper, event_id: Option<EventId>) -> Done {
        Done {
            group: self.group.clone(),
            topic: self.place.topic.clone(),
            partition: self.place.partition,
            change,
            kept_in: keeper,
            dry_run: self.dry_run,
            event_id: event_id.map(|id| id.to_string()),
        }
    }
}

/// Where the group's service keeps its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Keeper {
    Postgres,
    Kafka,
}

/// What was done, or would be.
#[derive(Debug, Serialize)]
struct Done {
    group: String,
    topic: String,
    partition: i32,
    #[serde(flatten)]
    change: OffsetMove,
    kept_in: Keeper,
    dry_run: bool,
    /// The audit record; none where nothing was changed.
    event_id: Option<String>,
}

impl Done {
    fn to_text(&self) -> String {
        let service = self.group.split('.').next().unwrap_or(&self.group);
        let outcome = match (&self.event_id, self.dry_run, self.kept_in) {
            (Some(id), _, Keeper::Postgres) => {
                format!("done, with audit record {id}; a running {service} goes on from there within seconds")
            }
            (Some(id), _, Keeper::Kafka) => {
                format!("done, after audit record {id}; {service} goes on from there when it is scaled up")
            }
            (None, true, _) => "nothing was changed (--dry-run)".to_owned(),
            (None, false, _) => "nothing to do: it stands there already".to_owned(),
        };
        format!(
            "{} {}/{}: {}\n{}{outcome}\n",
            self.group,
            self.topic,
            self.partition,
            self.change,
            self.change.meaning(service)
        )
    }
}
