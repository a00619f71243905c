//! What changes as a whole, under one id and one version: a task, a series, a tag, a project, a filter, the settings.

use shared_events::ids::{FilterId, Position, ProjectId, SeriesId, SettingsId, TagId, TaskId, Version};
use uuid::Uuid;

use super::project::Project;
use super::recurrence::Series;
use super::saved_filter::SavedFilter;
use super::settings::Settings;
use super::tag::Tag;
use super::task::Task;

pub trait Aggregate: Sized {
    /// As messages and events call it.
    const NAME: &'static str;
    type Id: Copy + std::fmt::Display + From<Uuid>;

    fn id(&self) -> Self::Id;
    /// Rises by 1 with every change.
    fn version(&self) -> Version;
    /// The user's position of the last change.
    fn position(&self) -> Position;
    /// True when only its tombstone is left.
    fn is_deleted(&self) -> bool;
}

/// The versions that a change may be made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    Any,
    OneOf(Vec<Version>),
}

#[derive(Debug, Clone)]
pub struct Target<T: Aggregate> {
    pub id: T::Id,
    pub versions: Expected,
}

impl Expected {
    /// True when this version is meant.
    #[must_use]
    pub fn includes(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

macro_rules! aggregates {
    ($($type:ty = $name:literal, $id:ty, $is_deleted:expr;)+) => {$(
        impl Aggregate for $type {
            const NAME: &'static str = $name;
            type Id = $id;

            fn id(&self) -> $id {
                self.id
            }

            fn version(&self) -> Version {
                self.version
            }

            fn position(&self) -> Position {
                self.position
            }

            fn is_deleted(&self) -> bool {
                let is_deleted: fn(&Self) -> bool = $is_deleted;
                is_deleted(self)
            }
        }
    )+};
}

aggregates! {
    Task = "task", TaskId, |task| task.deleted_at.is_some();
    // A series that ended is still there: its tasks name it.
    Series = "series", SeriesId, |_| false;
    Tag = "tag", TagId, |tag| tag.deleted_at.is_some();
    Project = "project", ProjectId, |project| project.deleted_at.is_some();
    SavedFilter = "filter", FilterId, |filter| filter.deleted_at.is_some();
    Settings = "settings", SettingsId, |settings| settings.deleted_at.is_some();
}
