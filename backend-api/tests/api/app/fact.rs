//! Events as they wait in the outbox.

use shared_events::codec::{avro, schema};
use shared_events::event::EventMeta;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::UserUpdate;
use shared_events::topic::Topic;

/// An event that waits in the outbox.
#[derive(Debug)]
pub(crate) enum Fact {
    Task(TaskEvent),
    Reminder(ReminderEvent),
    Update(UserUpdate),
}

impl Fact {
    /// Reads a row, whose key must be that of its event.
    pub(super) fn decode(topic: &str, key: &str, body: &[u8]) -> Self {
        let topic = Topic::from_name(topic).unwrap();
        let schema = &schema::current(topic).unwrap().avro;
        let fact = match topic {
            Topic::TaskEvents => Self::Task(avro::decode(schema, body).unwrap()),
            Topic::Reminders => Self::Reminder(avro::decode(schema, body).unwrap()),
            Topic::TaskUpdates => Self::Update(avro::decode(schema, body).unwrap()),
            other => panic!("backend-api does not write to {other}"),
        };
        let expected = match &fact {
            Self::Task(event) => event.meta.aggregate_id.clone(),
            Self::Reminder(event) => event.task_id.to_string(),
            Self::Update(event) => event.meta.user_id.to_string(),
        };
        assert_eq!(key, expected, "the key of {}", fact.meta().kind);
        fact
    }

    pub(crate) fn meta(&self) -> &EventMeta {
        match self {
            Self::Task(event) => &event.meta,
            Self::Reminder(event) => &event.meta,
            Self::Update(event) => &event.meta,
        }
    }

    #[track_caller]
    pub(crate) fn task(&self) -> &TaskEvent {
        match self {
            Self::Task(event) => event,
            other => panic!("no task event: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn reminder(&self) -> &ReminderEvent {
        match self {
            Self::Reminder(event) => event,
            other => panic!("no reminder event: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn update(&self) -> &UserUpdate {
        match self {
            Self::Update(event) => event,
            other => panic!("no update: {other:?}"),
        }
    }
}

/// `topic kind version position`, so that a list of facts reads like a log.
impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let topic = match self {
            Self::Task(_) => "event",
            Self::Reminder(_) => "reminder",
            Self::Update(_) => "update",
        };
        let meta = self.meta();
        write!(f, "{topic} {} v{} p{}", meta.kind, meta.version, meta.position)
    }
}
