//! The hole that a dead letter left, and whether it is closed: rows of `outbox.hole`. Pure.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::dlq::letter::Letter;
use crate::dlq::place::DeadLetterTopic;

/// Which hole: the record that died, as the service that could not handle it names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hole {
    pub(crate) service: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

impl Hole {
    /// Of a letter; one that names no record of its own service is known by where it lies.
    pub(crate) fn of(letter: &Letter, topic: &DeadLetterTopic) -> Self {
        Self::named(&letter.id, topic).unwrap_or_else(|| Self {
            service: topic.service.clone(),
            topic: topic.name.clone(),
            partition: letter.place.partition,
            offset: letter.place.offset,
        })
    }

    fn named(id: &str, topic: &DeadLetterTopic) -> Option<Self> {
        let (service, place) = id.split_once('/')?;
        let (place, offset) = place.rsplit_once('/')?;
        let (read, partition) = place.rsplit_once('/')?;
        let is_ours = service == topic.service && (read == topic.origin || read == topic.retry());
        is_ours.then_some(Self {
            service: service.to_owned(),
            topic: read.to_owned(),
            partition: partition.parse().ok()?,
            offset: offset.parse().ok()?,
        })
    }
}

/// What became of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Nobody has decided.
    Open,
    /// Given back to its service.
    Redriven,
    /// Wanted by nobody.
    Dropped,
}

impl State {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Redriven, Self::Dropped]
            .into_iter()
            .find(|state| state.name() == text)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Redriven => "redriven",
            Self::Dropped => "dropped",
        }
    }
}

/// One row of `outbox.hole`.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) group_id: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) state: String,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) operator: Option<String>,
}

/// What the rows say of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    pub(crate) state: State,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// Who closed it with `taskctl`; none where the service met the letter on its retry topic first.
    pub(crate) operator: Option<String>,
    /// The groups whose hole it is.
    pub(crate) groups: Vec<String>,
}

/// The rows by hole. Where several groups of a service have one, it is open while one of them is.
pub(crate) fn standings(rows: Vec<Row>) -> HashMap<Hole, Standing> {
    let mut found: HashMap<Hole, Standing> = HashMap::new();
    for row in rows {
        let (Some(state), Some((service, _))) = (State::parse(&row.state), row.group_id.split_once('.'))
        else {
            continue;
        };
        let hole = Hole {
            service: service.to_owned(),
            topic: row.topic,
            partition: row.partition,
            offset: row.offset,
        };
        let standing = found.entry(hole).or_insert_with(|| Standing {
            state,
            closed_at: row.closed_at,
            operator: row.operator.clone(),
            groups: Vec::new(),
        });
        if state == State::Open {
            standing.state = State::Open;
            standing.closed_at = None;
            standing.operator = None;
        }
        standing.groups.push(row.group_id);
    }
    found
}

#[cfg(test)]
mod tests {
    use shared_events::codec::headers;
    use shared_events::record::RawRecord;

    use super::*;

    fn hole_of(id: &str) -> Hole {
        let record = RawRecord {
            topic: "task-events.audit-svc.dlq".to_owned(),
            partition: 0,
            offset: 5,
            timestamp: None,
            key: None,
            payload: None,
            headers: vec![headers::text("x-dlq-id", id)],
        };
        let topic = DeadLetterTopic::parse(&record.topic).unwrap();
        Hole::of(&Letter::of(&record), &topic)
    }

    #[test]
    fn a_letters_hole_is_where_its_record_was_read_or_where_it_lies_itself() {
        let (own, again) = (
            hole_of("audit-svc/task-events/3/17"),
            hole_of("audit-svc/task-events.audit-svc.retry/0/2"),
        );
        assert_eq!(
            (own.topic.as_str(), own.partition, own.offset),
            ("task-events", 3, 17)
        );
        assert_eq!(
            (again.topic.as_str(), again.offset),
            ("task-events.audit-svc.retry", 2)
        );
        for other in [
            "recurring-svc/task-events/3/17",
            "audit-svc/reminders/3/17",
            "nonsense",
        ] {
            let place = hole_of(other);
            assert_eq!(
                (place.topic.as_str(), place.offset),
                ("task-events.audit-svc.dlq", 5),
                "{other}"
            );
        }
    }

    #[test]
    fn a_hole_is_open_while_one_group_has_it_open() {
        let row = |group: &str, state: &str| Row {
            group_id: group.to_owned(),
            topic: "task-events".to_owned(),
            partition: 3,
            offset: 17,
            state: state.to_owned(),
            closed_at: None,
            operator: Some("carol".to_owned()),
        };
        let both = standings(vec![
            row("audit-svc.log.v1", "dropped"),
            row("audit-svc.log.v2", "open"),
        ]);
        let standing = &both[&hole_of("audit-svc/task-events/3/17")];
        assert_eq!(
            (standing.state, standing.operator.as_deref()),
            (State::Open, None)
        );
        assert_eq!(standing.groups, ["audit-svc.log.v1", "audit-svc.log.v2"]);
    }
}
