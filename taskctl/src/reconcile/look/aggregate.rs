//! The kinds of aggregates whose versions the audit log has.

use shared_events::topic::Topic;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::reconcile::store;
use crate::reconcile::store::Coverage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aggregate {
    Task,
    Series,
    Tag,
    Project,
    Filter,
    Settings,
    Reminder,
    Notification,
}

impl Aggregate {
    pub(super) const ALL: [Self; 8] = [
        Self::Task,
        Self::Series,
        Self::Tag,
        Self::Project,
        Self::Filter,
        Self::Settings,
        Self::Reminder,
        Self::Notification,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Series => "series",
            Self::Tag => "tag",
            Self::Project => "project",
            Self::Filter => "filter",
            Self::Settings => "settings",
            Self::Reminder => "reminder",
            Self::Notification => "notification",
        }
    }

    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Task => "tasks",
            Self::Series => "series",
            Self::Tag => "tags",
            Self::Project => "projects",
            Self::Filter => "filters",
            Self::Settings => "settings",
            Self::Reminder => "reminders",
            Self::Notification => "notifications",
        }
    }

    pub(super) const fn topic(self) -> Topic {
        match self {
            Self::Task | Self::Series | Self::Tag | Self::Project | Self::Filter | Self::Settings => {
                Topic::TaskEvents
            }
            Self::Reminder => Topic::Reminders,
            Self::Notification => Topic::NotificationEvents,
        }
    }

    pub(super) async fn page(self, conn: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Coverage>> {
        match self {
            Self::Task => store::tasks(conn, after).await,
            Self::Series => store::series(conn, after).await,
            Self::Tag => store::tags(conn, after).await,
            Self::Project => store::projects(conn, after).await,
            Self::Filter => store::filters(conn, after).await,
            Self::Settings => store::settings(conn, after).await,
            Self::Reminder => store::reminders(conn, after).await,
            Self::Notification => store::notifications(conn, after).await,
        }
    }
}
