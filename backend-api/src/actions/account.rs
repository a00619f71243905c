//! The end of an account: everything of a user is deleted, a part at a time, so that nobody waits long for the lock.

use serde::Serialize;
use shared_events::event::task::kind;
use shared_events::ids::{SettingsId, Version};
use utoipa::ToSchema;

use crate::actions::tasks;
use crate::change::Change;
use crate::domain::settings::Settings;
use crate::error::Error;

/// So many tasks at a time.
const PART: i64 = 200;

/// More than a user can have.
const ALL: i64 = 10_000;

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Deleted {
    tasks: usize,
    projects: usize,
    tags: usize,
    filters: usize,
}

/// Whether there is more to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    More,
    Done,
}

/// Deletes a part of the tasks, and once there are none all the rest.
pub async fn delete_part(change: &mut Change<'_>, deleted: &mut Deleted) -> Result<Progress, Error> {
    let part = change.some_tasks(PART).await?;
    if !part.is_empty() {
        tasks::delete_all(change, &part).await?;
        deleted.tasks += part.len();
        return Ok(Progress::More);
    }
    for project in change.some_projects(ALL).await? {
        let gone = project.deleted(change.next_position(), change.now());
        change.update(kind::PROJECT_DELETED, &project, &gone, ()).await?;
        deleted.projects += 1;
    }
    for tag in change.some_tags(ALL).await? {
        let gone = tag.deleted(change.next_position(), change.now());
        change.update(kind::TAG_DELETED, &tag, &gone, ()).await?;
        deleted.tags += 1;
    }
    for filter in change.some_filters(ALL).await? {
        let gone = filter.deleted(change.next_position(), change.now());
        change.update(kind::FILTER_DELETED, &filter, &gone, ()).await?;
        deleted.filters += 1;
    }
    let id = SettingsId::of(change.user());
    let settings = change.find::<Settings>(id).await?;
    if let Some(settings) = settings.filter(|it| it.deleted_at.is_none() && it.version > Version(0)) {
        let gone = settings.deleted(change.next_position(), change.now());
        change
            .update(kind::SETTINGS_DELETED, &settings, &gone, ())
            .await?;
    }
    Ok(Progress::Done)
}
