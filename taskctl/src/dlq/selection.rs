//! Which dead letters are meant. Pure.

use std::str::FromStr;

use clap::Args;

use crate::dlq::explain::CLASSES;
use crate::dlq::letter::Letter;
use crate::dlq::place::{DeadLetterTopic, LetterId};
use crate::ending::BadConfiguration;

#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Dead letters, as `taskctl dlq list` names them: service/topic/partition/offset.
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<LetterId>,

    /// Only those of this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// Only those of this consumer group's service; where the hole is known, only those of the group itself.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Only those whose origin is this topic.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,

    /// Only those from FROM to TO, both counted: offsets of the origin, or, with a dead-letter topic, of the letters.
    #[arg(long, value_name = "TOPIC/PARTITION/FROM-TO")]
    range: Option<Range>,

    /// Only those of this class.
    #[arg(long, value_name = "CLASS", value_parser = CLASSES)]
    class: Option<String>,

    /// Only those that died for this reason, as `taskctl dlq list` prints it.
    #[arg(long, value_name = "REASON")]
    cause: Option<String>,

    /// Every dead letter there is.
    #[arg(long, conflicts_with_all = ["ids", "service", "group", "topic", "range", "class", "cause"])]
    all: bool,
}

impl SelectArgs {
    /// # Errors
    /// When nothing says which letters are meant: all of them are never meant by accident.
    pub(crate) fn expect_any(&self) -> Result<(), BadConfiguration> {
        let filters = [&self.service, &self.group, &self.topic, &self.class, &self.cause];
        let some = filters.iter().any(|filter| filter.is_some());
        if some || self.all || self.range.is_some() || !self.ids.is_empty() {
            return Ok(());
        }
        let message = "say which dead letters are meant: their ids, --service, --group, --topic, --range, --class, \
                       --cause, or --all";
        Err(BadConfiguration(message.to_owned()))
    }

    /// Whether a dead-letter topic can hold one of them.
    pub(crate) fn may_lie_in(&self, topic: &DeadLetterTopic) -> bool {
        let named = self.ids.is_empty() || self.ids.iter().any(|id| id.topic() == topic.name);
        let of_group = self
            .group
            .as_ref()
            .is_none_or(|group| group.split('.').next() == Some(topic.service.as_str()));
        let in_range = self
            .range
            .as_ref()
            .is_none_or(|range| range.topic == topic.origin || range.topic == topic.name);
        named
            && of_group
            && in_range
            && self
                .service
                .as_ref()
                .is_none_or(|service| *service == topic.service)
            && self.topic.as_ref().is_none_or(|origin| *origin == topic.origin)
    }

    /// Whether a letter is meant, as far as it can tell itself.
    pub(crate) fn is_meant(&self, letter: &Letter) -> bool {
        let equal = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        (self.ids.is_empty() || self.ids.iter().any(|id| id.is_of(letter)))
            && self.range.as_ref().is_none_or(|range| range.holds(letter))
            && equal(&self.class, &letter.class)
            && equal(&self.cause, &letter.reason)
    }
}

/// Offsets of one partition, both ends counted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    topic: String,
    partition: i32,
    from: i64,
    to: i64,
}

impl Range {
    fn holds(&self, letter: &Letter) -> bool {
        let offset = if letter.place.topic == self.topic {
            (letter.place.partition == self.partition).then_some(letter.place.offset)
        } else {
            let origin = &letter.origin;
            let is_here =
                origin.topic.as_ref() == Some(&self.topic) && origin.partition == Some(self.partition);
            origin.offset.filter(|_| is_here)
        };
        offset.is_some_and(|offset| (self.from..=self.to).contains(&offset))
    }
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = || {
            let (place, range) = text.rsplit_once('/')?;
            let (topic, partition) = place.rsplit_once('/')?;
            let (from, to) = range.split_once('-')?;
            let range = Self {
                topic: topic.to_owned(),
                partition: partition.parse().ok().filter(|partition| *partition >= 0)?,
                from: from.parse().ok()?,
                to: to.parse().ok()?,
            };
            Some(range).filter(|range| !range.topic.is_empty() && range.from <= range.to)
        };
        parts().ok_or_else(|| "not TOPIC/PARTITION/FROM-TO, as in task-events/3/17-40".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use shared_events::codec::headers::text;
    use shared_events::record::RawRecord;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn select(arguments: &[&str]) -> SelectArgs {
        Cli::try_parse_from([&["test"], arguments].concat())
            .unwrap()
            .select
    }

    fn letter() -> Letter {
        Letter::of(&RawRecord {
            topic: "task-events.audit-svc.dlq".to_owned(),
            partition: 0,
            offset: 5,
            timestamp: None,
            key: None,
            payload: None,
            headers: vec![
                text("x-dlq-id", "audit-svc/task-events/3/17"),
                text("x-dlq-topic", "task-events"),
                text("x-dlq-partition", "3"),
                text("x-dlq-offset", "17"),
                text("x-dlq-class", "poison"),
                text("x-dlq-reason", "bad_avro"),
            ],
        })
    }

    #[test]
    fn each_filter_keeps_what_it_names() {
        for (arguments, expected) in [
            (&["audit-svc/task-events/3/17"][..], true),
            (&["task-events.audit-svc.dlq/0/5"], true),
            (&["audit-svc/task-events/3/18"], false),
            (&["--range", "task-events/3/10-17"], true),
            (&["--range", "task-events/3/18-40"], false),
            (&["--range", "task-events/2/10-17"], false),
            (&["--range", "task-events.audit-svc.dlq/0/5-5"], true),
            (&["--range", "task-events.audit-svc.dlq/0/6-17"], false),
            (&["--class", "poison", "--cause", "bad_avro"], true),
            (&["--class", "exhausted"], false),
            (&["--class", "poison", "--cause", "bad_magic"], false),
            (&["--all"], true),
        ] {
            assert_eq!(select(arguments).is_meant(&letter()), expected, "{arguments:?}");
        }
    }

    #[test]
    fn only_topics_that_can_hold_one_are_read() {
        let topic = DeadLetterTopic::parse("task-events.audit-svc.dlq").unwrap();
        for (arguments, expected) in [
            (&["--group", "audit-svc.log.v1"][..], true),
            (&["--group", "recurring-svc.successor.v1"], false),
            (&["--service", "audit-svc", "--topic", "task-events"], true),
            (&["--topic", "reminders"], false),
            (&["recurring-svc/task-events/3/17"], false),
            (&["--range", "task-events/0/0-9"], true),
        ] {
            assert_eq!(select(arguments).may_lie_in(&topic), expected, "{arguments:?}");
        }
    }

    #[test]
    fn everything_is_never_meant_by_accident() {
        assert!(select(&[]).expect_any().is_err());
        assert!(select(&["--all"]).expect_any().is_ok());
        for wrong in [
            "task-events/3",
            "task-events/3/9-1",
            "task-events/x/1-2",
            "/3/1-2",
        ] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
