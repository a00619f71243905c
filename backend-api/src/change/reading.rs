//! What a change reads: rows as they are once the user's lock is held.

use shared_events::ids::{FilterId, ProjectId, SeriesId, SettingsId, TagId, TaskId};

use super::{Change, Session};
use crate::domain::aggregate::Target;
use crate::domain::idempotency::{Answer, Fingerprint, Key};
use crate::domain::order::{NoRoom, OrderKey};
use crate::domain::project::{Project, ProjectName};
use crate::domain::recurrence::Series;
use crate::domain::saved_filter::{FilterName, SavedFilter};
use crate::domain::settings::{Choices, Settings};
use crate::domain::tag::{Tag, TagName};
use crate::domain::task::{Ancestor, RESTORABLE, Task};
use crate::error::{Conflict, Error};
use crate::store::{self, Ordered, Side, Stored};
use crate::view::Shown;

impl Change<'_> {
    /// Deleted ones are not found.
    pub async fn find<T: Stored>(&mut self, id: T::Id) -> Result<Option<T>, Error> {
        Ok(T::get(self.session.locked()?, &self.action.user, id).await?)
    }

    /// Like [`Change::find`], and only at a version that the caller accepts.
    pub async fn get<T: Stored + Shown>(&mut self, target: &Target<T>) -> Result<T, Error> {
        let found = self.find::<T>(target.id).await?;
        target.check(found.ok_or_else(Error::not_found::<T>)?)
    }

    /// What a new task goes by that leaves something out.
    pub async fn choices(&mut self) -> Result<Choices, Error> {
        match &self.session {
            Session::Unlocked { choices, .. } => Ok(choices.clone()),
            Session::Locked(_) => Ok(self.settings().await?.choices),
        }
    }

    /// The user's settings, or those that everybody begins with.
    pub async fn settings(&mut self) -> Result<Settings, Error> {
        let id = SettingsId::of(&self.action.user);
        let known = self.find::<Settings>(id).await?.map(Settings::or_anew);
        Ok(known.unwrap_or_else(|| Settings::initial(&self.action.user)))
    }

    /// What an earlier request with this key came to.
    pub async fn answered(&mut self, key: &Key) -> Result<Option<(Fingerprint, Answer)>, Error> {
        Ok(store::idempotency::find(self.session.locked()?, &self.action.user, key).await?)
    }

    /// Keeps what this request came to under one more key.
    pub async fn keep(&mut self, key: &Key, fingerprint: &Fingerprint, answer: &Answer) -> Result<(), Error> {
        Ok(store::idempotency::keep(
            self.session.locked()?,
            &self.action.user,
            key,
            fingerprint,
            answer,
        )
        .await?)
    }

    /// A task that was deleted so short a time ago that it can be restored.
    pub async fn restorable(&mut self, id: TaskId) -> Result<Option<Task>, Error> {
        let after = self.now() - RESTORABLE;
        Ok(store::tasks::deleted_after(self.session.locked()?, &self.action.user, id, after).await?)
    }

    /// Some of the user's tasks.
    pub async fn some_tasks(&mut self, limit: i64) -> Result<Vec<Task>, Error> {
        Ok(store::tasks::some(self.session.locked()?, &self.action.user, limit).await?)
    }

    /// Some of the user's projects.
    pub async fn some_projects(&mut self, limit: i64) -> Result<Vec<Project>, Error> {
        Ok(store::projects::page(self.session.locked()?, &self.action.user, None, limit).await?)
    }

    /// Some of the user's filters.
    pub async fn some_filters(&mut self, limit: i64) -> Result<Vec<SavedFilter>, Error> {
        Ok(store::filters::page(self.session.locked()?, &self.action.user, None, limit).await?)
    }

    /// The filter that has this name, whatever its case.
    pub async fn filter_named(&mut self, name: &FilterName) -> Result<Option<FilterId>, Error> {
        Ok(store::filters::named(self.session.locked()?, &self.action.user, name.as_str()).await?)
    }

    pub async fn filters(&mut self) -> Result<i64, Error> {
        Ok(store::filters::count(self.session.locked()?, &self.action.user).await?)
    }

    /// Some of the user's tags.
    pub async fn some_tags(&mut self, limit: i64) -> Result<Vec<Tag>, Error> {
        Ok(store::tags::page(self.session.locked()?, &self.action.user, None, limit).await?)
    }

    pub async fn tasks_of(&mut self, project: ProjectId, limit: usize) -> Result<Vec<Task>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(store::tasks::of_project(self.session.locked()?, &self.action.user, project, limit).await?)
    }

    /// The project that has this name, whatever its case.
    pub async fn project_named(&mut self, name: &ProjectName) -> Result<Option<ProjectId>, Error> {
        Ok(store::projects::named(self.session.locked()?, &self.action.user, name.as_str()).await?)
    }

    pub async fn projects(&mut self) -> Result<i64, Error> {
        Ok(store::projects::count(self.session.locked()?, &self.action.user).await?)
    }

    /// A place right beside another aggregate of the kind; none if `moved` lies there already.
    pub async fn place_beside<T: Ordered>(
        &mut self,
        moved: &T,
        beside: &T,
        side: Side,
    ) -> Result<Option<OrderKey>, Error> {
        let (conn, user) = (self.session.locked()?, &self.action.user);
        let next = T::next_place(conn, user, moved.id(), beside, side).await?;
        let (lower, upper) = match side {
            Side::After => (Some(beside.order()), next.as_ref()),
            Side::Before => (next.as_ref(), Some(beside.order())),
        };
        let known = moved.order();
        if lower.is_none_or(|lower| lower < known) && upper.is_none_or(|upper| known < upper) {
            return Ok(None);
        }
        // What comes to be from now on stays behind what is moved to the end.
        let end = OrderKey::at(self.now(), self.last.next());
        let upper = upper.or(Some(&end).filter(|end| Some(*end) > lower));
        OrderKey::between(lower, upper)
            .map(Some)
            .map_err(|NoRoom| Conflict::NoRoom.into())
    }

    /// The tag that has this name, whatever its case.
    pub async fn tag_named(&mut self, name: &TagName) -> Result<Option<TagId>, Error> {
        Ok(store::tags::named(self.session.locked()?, &self.action.user, name.as_str()).await?)
    }

    pub async fn tags(&mut self) -> Result<i64, Error> {
        Ok(store::tags::count(self.session.locked()?, &self.action.user).await?)
    }

    pub async fn existing_tags(&mut self, ids: &[TagId]) -> Result<Vec<TagId>, Error> {
        Ok(store::tags::existing(self.session.locked()?, &self.action.user, ids).await?)
    }

    pub async fn series_of(&mut self, task: &Task) -> Result<Option<Series>, Error> {
        match task.occurrence {
            Some(occurrence) => self.find::<Series>(occurrence.series).await,
            None => Ok(None),
        }
    }

    /// An occurrence of a series, deleted or not.
    pub async fn occurrence(&mut self, series: SeriesId, ordinal: i32) -> Result<Option<Task>, Error> {
        Ok(store::tasks::occurrence(self.session.locked()?, &self.action.user, series, ordinal).await?)
    }

    pub async fn open_occurrences(&mut self, series: SeriesId) -> Result<Vec<Task>, Error> {
        Ok(store::tasks::open_occurrences(self.session.locked()?, &self.action.user, series).await?)
    }

    /// A task and the tasks that it is a part of, upwards, deleted or not, and at most `limit` of them; empty if there is
    /// no such task.
    pub async fn with_ancestors(&mut self, id: TaskId, limit: i32) -> Result<Vec<Ancestor>, Error> {
        Ok(store::tasks::with_ancestors(self.session.locked()?, &self.action.user, id, limit).await?)
    }

    /// How many levels there are from a task down to its lowest sub-task, itself included, counted up to `limit`.
    pub async fn height(&mut self, id: TaskId, limit: i32) -> Result<i32, Error> {
        Ok(store::tasks::height(self.session.locked()?, &self.action.user, id, limit).await?)
    }

    /// How many sub-tasks come back with a task, counted up to `limit`.
    pub async fn count_sub_tasks(&mut self, id: TaskId, limit: usize) -> Result<usize, Error> {
        let limit = i64::try_from(limit).ok();
        Ok(
            store::tasks::sub_tasks(self.session.locked()?, &self.action.user, id, limit)
                .await?
                .len(),
        )
    }

    /// The sub-tasks that come back with a task, each after the one that it is a part of. A series is there with its
    /// newest occurrence alone.
    pub async fn sub_tasks(&mut self, id: TaskId) -> Result<Vec<Task>, Error> {
        let ids = store::tasks::sub_tasks(self.session.locked()?, &self.action.user, id, None).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(store::tasks::all(self.session.locked()?, &self.action.user, &ids).await?)
    }
}
