//! `taskctl dlq list`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clap::Args;

use crate::dlq::letter::Letter;
use crate::dlq::read::{Go, Reader};
use crate::ending::Ending;
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

    /// No more than so many, and look at no more than so many in each partition.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Lists the newest dead letters; none is a good answer.
pub(crate) fn run(args: &ListArgs, output: &Output) -> anyhow::Result<Ending> {
    let reader = Reader::connect(&args.kafka, |topic| {
        args.service
            .as_ref()
            .is_none_or(|service| *service == topic.service)
            && args.topic.as_ref().is_none_or(|origin| *origin == topic.origin)
    })?;
    let mut letters = Vec::new();
    reader.read(Some(i64::from(args.limit)), |record| {
        let letter = Letter::of(&record);
        if args.reason.is_none() || args.reason == letter.reason {
            letters.push(letter);
        }
        Go::On
    })?;
    letters.sort_by_key(|letter| Reverse(letter.place.at));
    letters.truncate(usize::try_from(args.limit)?);
    let topics = reader.topics().count();
    output.answer(&letters, |letters| table(letters, topics))?;
    Ok(Ending::Done)
}

fn table(letters: &[Letter], topics: usize) -> String {
    if letters.is_empty() {
        return format!("no dead letters in {topics} topics\n");
    }
    let mut table = Table::new(["id", "died", "class", "reason", "attempts", "error"]);
    for letter in letters {
        table.row([
            letter.id.clone(),
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
        "{table}\n{}\nto look at one: taskctl dlq show ID\n",
        summary(letters)
    )
}

/// How many of which kind: a hundred letters of one reason are one problem.
fn summary(letters: &[Letter]) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for letter in letters {
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

fn shortened(text: &str, limit: usize) -> String {
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
