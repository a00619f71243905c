//! `taskctl dlq list`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use shared_events::topic::Service;

use crate::database::OptionalDatabaseArgs;
use crate::dlq::explain::CLASSES;
use crate::dlq::hole::{self, Hole, Standing, State};
use crate::dlq::letter::Letter;
use crate::dlq::place::DeadLetterTopic;
use crate::dlq::read::Reader;
use crate::dlq::store;
use crate::ending::{BadConfiguration, Ending};
use crate::kafka::KafkaArgs;
use crate::output::{Output, Table};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    kafka: KafkaArgs,

    /// Only those of this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// Only those whose origin is this topic.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,

    /// Only those that died for this reason.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,

    /// Only those of this class.
    #[arg(long, value_name = "CLASS", value_parser = CLASSES)]
    class: Option<String>,

    /// Only those that are open, redriven or dropped, as far as the database tells.
    #[arg(long, value_name = "STATE")]
    state: Option<State>,

    #[command(flatten)]
    database: OptionalDatabaseArgs,

    /// No more than so many, and look at no more than so many in each partition.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// A letter, and what became of it.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    letter: Letter,
    /// None where no row of the database tells.
    state: Option<State>,
    closed_at: Option<DateTime<Utc>>,
    operator: Option<String>,
    #[serde(skip)]
    hole: Option<Hole>,
}

/// Lists the newest dead letters; none is a good answer.
pub(crate) async fn run(args: &ListArgs, output: &Output) -> anyhow::Result<Ending> {
    let reader = Reader::connect(&args.kafka, |topic| {
        args.service
            .as_ref()
            .is_none_or(|service| *service == topic.service)
            && args.topic.as_ref().is_none_or(|origin| *origin == topic.origin)
    })?;
    let mut letters = args.read(&reader)?;
    args.look_up(&mut letters, output).await?;
    letters.retain(|listed| args.state.is_none() || args.state == listed.state);
    letters.sort_by_key(|listed| Reverse(listed.letter.place.at));
    letters.truncate(usize::try_from(args.limit)?);
    let topics = reader.topics().count();
    output.answer(&letters, |letters| table(letters, topics))?;
    Ok(Ending::Done)
}

impl ListArgs {
    fn read(&self, reader: &Reader) -> anyhow::Result<Vec<Listed>> {
        let mut letters = Vec::new();
        let mut reading = reader.begin(Some(i64::from(self.limit)))?;
        while let Some(record) = reading.next()? {
            let letter = Letter::of(&record);
            let is_wanted = (self.reason.is_none() || self.reason == letter.reason)
                && (self.class.is_none() || self.class == letter.class);
            if is_wanted {
                let topic = DeadLetterTopic::parse(&record.topic);
                letters.push(Listed {
                    hole: topic.map(|topic| Hole::of(&letter, &topic)),
                    letter,
                    state: None,
                    closed_at: None,
                    operator: None,
                });
            }
        }
        Ok(letters)
    }

    /// What the rows say. A service without a database keeps no row of an open hole, so none means that it is open.
    async fn look_up(&self, letters: &mut [Listed], output: &Output) -> anyhow::Result<()> {
        let holes: Vec<Hole> = letters.iter().filter_map(|listed| listed.hole.clone()).collect();
        let standings = match self.standings(&holes).await {
            Ok(standings) => standings,
            Err(error) if error.is::<BadConfiguration>() => return Err(error),
            // Whoever looks at dead letters may do so since the database is gone.
            Err(error) => {
                output.progress(&format!(
                    "which letters are redriven or dropped is not known: {error:#}"
                ));
                return Ok(());
            }
        };
        for listed in letters {
            let Some(hole) = &listed.hole else { continue };
            match standings.get(hole) {
                Some(standing) => {
                    listed.state = Some(standing.state);
                    listed.closed_at = standing.closed_at;
                    listed.operator.clone_from(&standing.operator);
                }
                None if hole.service == Service::RecurringSvc.name() => listed.state = Some(State::Open),
                None => {}
            }
        }
        Ok(())
    }

    async fn standings(&self, holes: &[Hole]) -> anyhow::Result<HashMap<Hole, Standing>> {
        let database = self.database.given().context("DATABASE_URL is not set")?;
        let mut database = database.connect("taskctl dlq list").await?;
        let rows = store::rows(&mut database, holes).await;
        Ok(hole::standings(rows.context(
            "cannot read outbox.hole; is the database migrated (`taskctl migrate`)?",
        )?))
    }
}

fn table(letters: &[Listed], topics: usize) -> String {
    if letters.is_empty() {
        return format!("no dead letters in {topics} topics\n");
    }
    let mut table = Table::new(["id", "state", "died", "class", "reason", "attempts", "error"]);
    for listed in letters {
        let letter = &listed.letter;
        table.row([
            letter.id.clone(),
            listed.state.map_or_else(unknown, |state| state.name().to_owned()),
            letter.died_at().unwrap_or_else(unknown),
            letter.class.clone().unwrap_or_else(unknown),
            letter.reason.clone().unwrap_or_else(unknown),
            letter
                .attempts
                .map_or_else(unknown, |attempts| attempts.to_string()),
            shortened(letter.error.as_deref().unwrap_or_default(), 60),
        ]);
    }
    format!(
        "{table}\n{}\nto look at one: taskctl dlq show ID; to give it back: taskctl dlq redrive ID --dry-run --reason TEXT\n",
        summary(letters)
    )
}

/// How many of which kind: a hundred letters of one reason are one problem.
fn summary(letters: &[Listed]) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for Listed { letter, .. } in letters {
        let service = letter.service.as_deref().unwrap_or("?");
        let reason = letter.reason.as_deref().unwrap_or("?");
        *counts.entry((service, reason)).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|((service, reason), count)| format!("{count} {reason} ({service})"))
        .collect();
    parts.join(", ")
}

fn unknown() -> String {
    "?".to_owned()
}

/// The first line, and no more than so many characters of it.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    line.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_cut_to_one_line() {
        assert_eq!(shortened("short\nand more", 60), "short");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }
}
