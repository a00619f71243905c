//! What redriving and dropping have in common: letters are selected, dealt with in batches, and written down with who
//! did it and why, in one transaction for each batch.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, bail};
use clap::Args;
use shared_events::record::RawRecord;
use shared_events::topic::Service;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::database::DatabaseArgs;
use crate::dlq::hole::{self, Hole, Standing, State};
use crate::dlq::letter::Letter;
use crate::dlq::place::{DeadLetterTopic, LetterId};
use crate::dlq::read::{Reader, Reading};
use crate::dlq::report::{Planned, Report};
use crate::dlq::selection::SelectArgs;
use crate::dlq::store;
use crate::ending::Ending;
use crate::kafka::KafkaArgs;
use crate::offsets;
use crate::operator::{Action, OperatorArgs};
use crate::output::Output;

/// Letters that are dealt with at once.
const BATCH_LETTERS: usize = 100;
/// No further letter joins a batch that holds so many bytes.
const BATCH_BYTES: usize = 8 << 20;

#[derive(Debug, Args)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,

    /// Those too that were redriven or dropped before.
    #[arg(long)]
    again: bool,

    /// No more than so many; the same command goes on with the rest.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// Say what would be done with which letters, and change nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    operator: OperatorArgs,

    #[command(flatten)]
    database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) kafka: KafkaArgs,
}

/// A letter that is meant, and what is known of it.
pub(crate) struct Candidate {
    pub(crate) record: RawRecord,
    pub(crate) letter: Letter,
    pub(crate) topic: DeadLetterTopic,
    pub(crate) standing: Option<Standing>,
    hole: Hole,
}

impl Candidate {
    /// What it died of and where, in words.
    pub(crate) fn history(&self) -> String {
        let letter = &self.letter;
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        let died = format!("it died of {} ({})", known(&letter.reason), known(&letter.class));
        let origin = &letter.origin;
        match (&origin.topic, origin.partition, origin.offset) {
            (Some(topic), Some(partition), Some(offset)) => {
                format!("{died}, from {topic}/{partition} at offset {offset}")
            }
            _ => died,
        }
    }
}

/// Redriving or dropping.
pub(crate) trait Deed {
    /// As it is typed, without `taskctl`.
    const COMMAND: &'static str;
    /// The audit record's kind.
    const KIND: &'static str;
    const STATE: State;
    /// What to do when nobody knows whether it was written down.
    const WAY_OUT: &'static str;

    /// Learns what the next batch is judged by.
    async fn prepare(&mut self, database: &mut PgConnection) -> anyhow::Result<()>;

    /// Why a letter is to be left alone.
    fn objection(&self, candidate: &Candidate) -> Option<String>;

    async fn plan(&self, candidate: &Candidate) -> Planned;

    /// Does what must be done before it is written down, and says of each letter what that was.
    async fn perform(&self, batch: &[Candidate]) -> Vec<anyhow::Result<String>>;
}

/// Deals with every letter that is meant.
pub(crate) async fn run<D: Deed>(args: &CloseArgs, mut deed: D, output: &Output) -> anyhow::Result<Ending> {
    args.select.expect_any()?;
    let application = format!("taskctl {}", D::COMMAND);
    let mut database = args.database.connect(&application).await?;
    let reader = Reader::connect(&args.kafka, |topic| args.select.may_lie_in(topic))?;
    offsets::expect_pinned_cluster(&mut database, reader.connection()).await?;
    let mut candidates = Candidates::of(&args.select, &reader)?;
    let mut report = Report::new(D::STATE, args.dry_run, args.limit);
    while let Some(room) = report.room() {
        let batch = candidates.next(&mut database, room.min(BATCH_LETTERS)).await?;
        if batch.is_empty() {
            break;
        }
        deed.prepare(&mut database).await?;
        let sorted = args.sort(&deed, batch, &mut report);
        if args.dry_run {
            for candidate in &sorted.to_do {
                report.planned(deed.plan(candidate).await);
            }
            continue;
        }
        args.finish(&deed, sorted, &mut database, &mut report).await?;
        output.progress(&report.progress());
    }
    if report.matched == 0 && candidates.missing.is_empty() {
        bail!("no dead letter is meant by that; `taskctl dlq list` shows those there are");
    }
    let missing: Vec<String> = candidates.missing.iter().map(ToString::to_string).collect();
    output.answer(&report, Report::to_text)?;
    if !missing.is_empty() && report.room().is_some() {
        bail!(
            "no such dead letter (any more: they are kept for 30 days): {}; see `taskctl dlq list`",
            missing.join(", ")
        );
    }
    Ok(if report.left.is_empty() {
        Ending::Done
    } else {
        Ending::Refused
    })
}

/// The letters of a batch by what becomes of them.
#[derive(Default)]
struct Sorted {
    to_do: Vec<Candidate>,
    /// Redriven, and nobody wrote down by whom.
    to_note: Vec<Candidate>,
}

impl CloseArgs {
    fn sort<D: Deed>(&self, deed: &D, batch: Vec<Candidate>, report: &mut Report) -> Sorted {
        let mut sorted = Sorted::default();
        for candidate in batch {
            report.matched = report.matched.saturating_add(1);
            let closed = candidate
                .standing
                .as_ref()
                .filter(|standing| standing.state != State::Open && !self.again);
            let unnamed = closed.is_some_and(|standing| standing.operator.is_none());
            if unnamed && D::STATE == State::Redriven {
                sorted.to_note.push(candidate);
            } else if closed.is_some() {
                report.already = report.already.saturating_add(1);
            } else if let Some(why) = deed.objection(&candidate) {
                report.leave(why);
            } else {
                sorted.to_do.push(candidate);
            }
        }
        sorted
    }

    /// First the deed, acknowledged, then what is written down of it: ended in between, the same command does it again,
    /// and what is redriven twice has its effect once.
    async fn finish<D: Deed>(
        &self,
        deed: &D,
        sorted: Sorted,
        database: &mut PgConnection,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let outcomes = deed.perform(&sorted.to_do).await;
        let mut written = Vec::new();
        let mut failure = None;
        for (candidate, outcome) in sorted.to_do.iter().zip(outcomes) {
            match outcome {
                Ok(change) => written.push((candidate, change)),
                Err(error) => failure = failure.or(Some((candidate, error))),
            }
        }
        let noted = sorted.to_note.iter().map(|candidate| {
            let back = "it had come back already, by another tool or a run that was ended; nothing was sent";
            (candidate, format!("{back}; {}", candidate.history()))
        });
        let done = written.len();
        written.extend(noted);
        self.write_down::<D>(&written, database)
            .await
            .with_context(|| format!("cannot tell whether it was written down; {}", D::WAY_OUT))?;
        report.done(
            written.iter().map(|(candidate, _)| candidate.letter.id.clone()),
            done,
        );
        match failure {
            Some((candidate, error)) => Err(error.context(format!(
                "{} was not taken, after {} others; the same command goes on with the rest",
                candidate.letter.id, report.done
            ))),
            None => Ok(()),
        }
    }

    /// Holes and audit records in one transaction. The rows are taken in the order in which the service meets the
    /// letters, which closes them too, so that neither waits for the other for ever.
    async fn write_down<D: Deed>(
        &self,
        written: &[(&Candidate, String)],
        database: &mut PgConnection,
    ) -> anyhow::Result<()> {
        let mut tx = database.begin().await?;
        for (candidate, change) in written {
            let Candidate { letter, hole, .. } = candidate;
            let operator = self.operator.name();
            if !store::close(&mut tx, hole, D::STATE, operator).await? {
                let reason = letter.reason.as_deref().unwrap_or("unknown");
                let group = group_of(&hole.service);
                store::add_closed(&mut tx, hole, &group, reason, D::STATE, operator).await?;
            }
            let action = Action {
                kind: D::KIND,
                command: D::COMMAND,
                subject: letter.id.clone(),
                change: change.clone(),
            };
            self.operator.record(&mut tx, action).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The group whose hole a letter's is, where no row says so.
fn group_of(service: &str) -> String {
    let known = Service::ALL.into_iter().find(|known| known.name() == service);
    known.map_or_else(
        || format!("{service}.unknown"),
        |service| service.group().to_owned(),
    )
}

/// The letters that are meant, in the order in which they died.
struct Candidates<'a> {
    select: &'a SelectArgs,
    reading: Reading<'a>,
    topics: BTreeMap<String, DeadLetterTopic>,
    /// Ids that were asked for and not met yet.
    missing: Vec<LetterId>,
}

impl<'a> Candidates<'a> {
    fn of(select: &'a SelectArgs, reader: &'a Reader) -> anyhow::Result<Self> {
        let topics: BTreeMap<_, _> = reader
            .topics()
            .map(|topic| (topic.name.clone(), topic.clone()))
            .collect();
        if topics.is_empty() {
            bail!(
                "the broker has no dead-letter topic that could hold it; `taskctl topics plan` shows what is missing"
            );
        }
        Ok(Self {
            select,
            reading: reader.begin(None)?,
            topics,
            missing: select.ids.clone(),
        })
    }

    /// The next ones, each once however often its letter was written; none when all were met.
    async fn next(&mut self, database: &mut PgConnection, most: usize) -> anyhow::Result<Vec<Candidate>> {
        let mut batch = Vec::new();
        while batch.is_empty() {
            let found = self.read(most)?;
            if found.is_empty() {
                break;
            }
            let holes: Vec<Hole> = found.iter().map(|candidate| candidate.hole.clone()).collect();
            let rows = store::rows(database, &holes)
                .await
                .context("cannot tell which letters are redriven or dropped; is the database migrated?")?;
            let mut standings = hole::standings(rows);
            batch.extend(found.into_iter().filter_map(|mut candidate| {
                candidate.standing = standings.remove(&candidate.hole);
                let groups = candidate.standing.as_ref().map(|standing| &standing.groups);
                let of_group = match (&self.select.group, groups) {
                    (Some(group), Some(groups)) => groups.contains(group),
                    _ => true,
                };
                of_group.then_some(candidate)
            }));
        }
        Ok(batch)
    }

    fn read(&mut self, most: usize) -> anyhow::Result<Vec<Candidate>> {
        let mut found = Vec::new();
        let mut holes = HashSet::new();
        let mut bytes = 0_usize;
        while found.len() < most && bytes < BATCH_BYTES && !self.has_met_all() {
            let Some(record) = self.reading.next()? else { break };
            let letter = Letter::of(&record);
            let Some(topic) = self.topics.get(&record.topic) else {
                continue;
            };
            if !self.select.is_meant(&letter) {
                continue;
            }
            self.missing.retain(|id| !id.is_of(&letter));
            let hole = Hole::of(&letter, topic);
            if !holes.insert(hole.clone()) {
                continue;
            }
            bytes = bytes.saturating_add(record.weight());
            found.push(Candidate {
                topic: topic.clone(),
                standing: None,
                record,
                letter,
                hole,
            });
        }
        Ok(found)
    }

    fn has_met_all(&self) -> bool {
        !self.select.ids.is_empty() && self.missing.is_empty()
    }
}

/// What a dry run says of any letter.
pub(crate) fn plan(candidate: &Candidate, to: String) -> Planned {
    let letter = &candidate.letter;
    Planned {
        id: letter.id.clone(),
        state: candidate.standing.as_ref().map(|standing| standing.state),
        class: letter.class.clone(),
        reason: letter.reason.clone(),
        to,
        verdict: None,
        value: String::new(),
    }
}
