//! The closed list of topics and of the services that read them; `redpanda/topics/*.yaml` says the same, and a tidy
//! check compares the two.

use std::fmt;

/// Copies of each partition of every topic.
pub const REPLICATION: i32 = 3;

/// Copies that have a record before it counts as acknowledged, of every topic.
pub const MIN_IN_SYNC: i32 = 2;

/// A topic that carries facts or commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// One fact per changed aggregate, keyed by aggregate id.
    TaskEvents,
    /// Reminder scheduled or cancelled, keyed by task id.
    Reminders,
    /// Reminder fired, delivered, failed, suppressed, keyed by task id.
    NotificationEvents,
    /// What a screen needs, keyed by user id.
    TaskUpdates,
    /// Create this occurrence, keyed by series id.
    TaskCommands,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Service {
    BackendApi,
    RecurringSvc,
    NotificationSvc,
    AuditSvc,
    WsGateway,
}

impl Topic {
    /// Every topic, in the order of the design's table.
    pub const ALL: [Self; 5] = [
        Self::TaskEvents,
        Self::Reminders,
        Self::NotificationEvents,
        Self::TaskUpdates,
        Self::TaskCommands,
    ];

    /// The topic's name on the broker.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskEvents => "task-events",
            Self::Reminders => "reminders",
            Self::NotificationEvents => "notification-events",
            Self::TaskUpdates => "task-updates",
            Self::TaskCommands => "task-commands",
        }
    }

    /// The registry subject of the topic's values (TopicNameStrategy).
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Self::TaskEvents => "task-events-value",
            Self::Reminders => "reminders-value",
            Self::NotificationEvents => "notification-events-value",
            Self::TaskUpdates => "task-updates-value",
            Self::TaskCommands => "task-commands-value",
        }
    }

    /// How many partitions it has, for the life of its name (ADR 0008); its dead-letter and retry topics have one.
    #[must_use]
    pub const fn partitions(self) -> i32 {
        match self {
            Self::TaskEvents => 12,
            Self::Reminders => 12,
            Self::NotificationEvents => 12,
            Self::TaskUpdates => 12,
            Self::TaskCommands => 12,
        }
    }

    /// The services that read the topic through the consumer runtime, each with a dead-letter and a retry topic of
    /// its own. The gateway only follows `task-updates` and dead-letters nothing.
    #[must_use]
    pub const fn consumers(self) -> &'static [Service] {
        match self {
            Self::TaskEvents => &[Service::RecurringSvc, Service::AuditSvc],
            Self::Reminders => &[Service::NotificationSvc, Service::AuditSvc],
            Self::NotificationEvents => &[Service::AuditSvc],
            Self::TaskUpdates => &[],
            Self::TaskCommands => &[Service::BackendApi],
        }
    }

    /// The topic with this name on the broker.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Where `service` puts this topic's records that it can never apply.
    #[must_use]
    pub fn dead_letter(self, service: Service) -> String {
        format!("{self}.{service}.dlq")
    }

    /// Where an operator puts dead letters for `service` to read again.
    #[must_use]
    pub fn retry(self, service: Service) -> String {
        format!("{self}.{service}.retry")
    }

    /// The topic that a name belongs to: itself, or the origin of a retry topic.
    #[must_use]
    pub fn origin_of(name: &str) -> Option<Self> {
        let origin = name.split('.').next().unwrap_or(name);
        Self::from_name(origin)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 5] = [
        Self::BackendApi,
        Self::RecurringSvc,
        Self::NotificationSvc,
        Self::AuditSvc,
        Self::WsGateway,
    ];

    /// The service's name: crate, process, Kafka user and prefix of its consumer groups.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BackendApi => "backend-api",
            Self::RecurringSvc => "recurring-svc",
            Self::NotificationSvc => "notification-svc",
            Self::AuditSvc => "audit-svc",
            Self::WsGateway => "ws-gateway",
        }
    }

    /// The service's consumer group. Another number reads everything that the topics hold again. The gateway commits
    /// nothing: its name is for the broker's access list only.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::BackendApi => "backend-api.commands.v1",
            Self::RecurringSvc => "recurring-svc.successor.v1",
            Self::NotificationSvc => "notification-svc.schedule.v1",
            Self::AuditSvc => "audit-svc.log.v1",
            Self::WsGateway => "ws-gateway.feed.v1",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of every topic that must exist: each topic, and each reading service's dead-letter and retry topic.
#[must_use]
pub fn declared() -> Vec<String> {
    let mut names = Vec::new();
    for topic in Topic::ALL {
        names.push(topic.name().to_owned());
        for &service in topic.consumers() {
            names.push(topic.dead_letter(service));
            names.push(topic.retry(service));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_topic_knows_its_origin() {
        let retry = Topic::TaskEvents.retry(Service::AuditSvc);
        assert_eq!(retry, "task-events.audit-svc.retry");
        assert_eq!(Topic::origin_of(&retry), Some(Topic::TaskEvents));
        assert_eq!(Topic::origin_of("elsewhere"), None);
    }

    #[test]
    fn every_reading_service_has_its_dead_letter_and_retry_topic() {
        assert_eq!(declared().len(), 5 + 2 * 6);
    }
}
