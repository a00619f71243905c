//! The unit of work: one user action in one transaction.
//!
//! [`Change::begin`] takes the user's lock first; then rows are read and written, each changed aggregate takes the next
//! position and tells of itself; [`Change::finish`] writes the events. The caller commits, and wakes the relay.

use chrono::{DateTime, Utc};
use shared_events::event::task::kind;
use shared_events::event::{Event, Timestamp};
use shared_events::ids::{ActionId, EventId, Position, SeriesId, TagId, TaskId, UserId};
use shared_events::outbox::{self, Encoded};
use shared_events::topic::Service;
use sqlx::PgConnection;

use crate::domain::facts::Action;
use crate::domain::recurrence::Series;
use crate::domain::reminder_plan;
use crate::domain::tag::{Tag, TagName};
use crate::domain::task::Task;
use crate::error::Error;
use crate::store;

/// Who acts and why.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Whose data is changed.
    pub user: UserId,
    /// Who does it: `user:…` or `service:…`.
    pub name: String,
    /// The user action that it belongs to.
    pub action: ActionId,
    /// The event that made a service act.
    pub cause: Option<EventId>,
    /// Why: see [`shared_events::event::intent`].
    pub intent: &'static str,
}

/// A change being made by the holder of the user's lock.
#[derive(Debug)]
pub struct Change<'c> {
    conn: &'c mut PgConnection,
    action: Action,
    /// The last position that was given out, here or before.
    last: Position,
    /// The last position according to the database, which some may be reserved of.
    stored: Position,
    events: Vec<Encoded>,
}

/// Whether there is anything to commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Rows and events were written.
    Changed,
    /// Nothing was: the transaction is to be rolled back.
    Unchanged,
}

/// How many positions are taken along with the lock, in the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// None: the transaction goes on whether or not anything changes.
    Nothing,
    /// One, as most changes are of one aggregate: a change of none is to be rolled back.
    One,
}

impl Reserve {
    const fn count(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::One => 1,
        }
    }
}

impl<'c> Change<'c> {
    /// Takes the lock of a user who may be new.
    pub async fn begin(conn: &'c mut PgConnection, actor: Actor, reserve: Reserve) -> Result<Self, Error> {
        store::users::act_as(conn, &actor.user).await?;
        let locked = match store::users::lock(conn, &actor.user, reserve.count()).await? {
            Some(locked) => locked,
            None => {
                store::users::insert(conn, &actor.user).await?;
                let locked = store::users::lock(conn, &actor.user, reserve.count()).await?;
                locked.ok_or(sqlx::Error::RowNotFound)?
            }
        };
        Ok(Self::new(conn, actor, locked, reserve))
    }

    /// Takes the lock of a user who must exist.
    pub async fn begin_known(
        conn: &'c mut PgConnection,
        actor: Actor,
        reserve: Reserve,
    ) -> Result<Option<Self>, Error> {
        store::users::act_as(conn, &actor.user).await?;
        let locked = store::users::lock(conn, &actor.user, reserve.count()).await?;
        Ok(locked.map(|locked| Self::new(conn, actor, locked, reserve)))
    }

    fn new(conn: &'c mut PgConnection, actor: Actor, locked: store::users::Locked, reserve: Reserve) -> Self {
        let action = Action {
            user: actor.user,
            actor: actor.name,
            id: actor.action,
            cause: actor.cause,
            intent: actor.intent,
            epoch: locked.epoch,
            at: Timestamp::new(locked.at),
        };
        let last = Position(locked.position.get() - reserve.count());
        Self {
            conn,
            action,
            last,
            stored: locked.position,
            events: Vec::new(),
        }
    }

    /// When this change is made: Postgres' clock, read after the lock was taken.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.action.at.at()
    }

    /// Gives out the next position, to exactly one changed aggregate.
    pub fn next_position(&mut self) -> Position {
        self.last = self.last.next();
        self.last
    }

    /// A task of this user.
    pub async fn task(&mut self, id: TaskId) -> Result<Task, Error> {
        store::tasks::get(self.conn, &self.action.user, id)
            .await?
            .ok_or(Error::NotFound("task"))
    }

    /// A tag of this user.
    pub async fn tag(&mut self, id: TagId) -> Result<Tag, Error> {
        store::tags::get(self.conn, &self.action.user, id)
            .await?
            .ok_or(Error::NotFound("tag"))
    }

    /// The tag that has this name, whatever its case.
    pub async fn tag_named(&mut self, name: &TagName) -> Result<Option<TagId>, Error> {
        Ok(store::tags::named(self.conn, &self.action.user, name.as_str()).await?)
    }

    /// How many tags the user has.
    pub async fn tags(&mut self) -> Result<i64, Error> {
        Ok(store::tags::count(self.conn, &self.action.user).await?)
    }

    /// Which of these are tags of this user.
    pub async fn existing_tags(&mut self, ids: &[TagId]) -> Result<Vec<TagId>, Error> {
        Ok(store::tags::existing(self.conn, &self.action.user, ids).await?)
    }

    /// The series of a task, if it has one.
    pub async fn series_of(&mut self, task: &Task) -> Result<Option<Series>, Error> {
        match task.occurrence {
            Some(occurrence) => self.series(occurrence.series).await,
            None => Ok(None),
        }
    }

    /// A series of this user.
    pub async fn series(&mut self, id: SeriesId) -> Result<Option<Series>, Error> {
        Ok(store::series::get(self.conn, &self.action.user, id).await?)
    }

    /// An occurrence of a series, deleted or not.
    pub async fn occurrence(&mut self, series: SeriesId, ordinal: i32) -> Result<Option<Task>, Error> {
        Ok(store::tasks::occurrence(self.conn, &self.action.user, series, ordinal).await?)
    }

    /// The open occurrences of a series.
    pub async fn open_occurrences(&mut self, series: SeriesId) -> Result<Vec<Task>, Error> {
        Ok(store::tasks::open_occurrences(self.conn, &self.action.user, series).await?)
    }

    /// A task and the tasks that it is a part of; empty if there is no such task.
    pub async fn with_ancestors(&mut self, id: TaskId) -> Result<Vec<TaskId>, Error> {
        let line = store::tasks::with_ancestors(self.conn, &self.action.user, id).await?;
        Ok(line.into_iter().map(TaskId::from_uuid).collect())
    }

    /// Writes a new series; `frontier` is its first occurrence, which is written next.
    pub async fn create_series(&mut self, series: &Series, frontier: &Task) -> Result<(), Error> {
        store::series::insert(self.conn, &self.action.user, series).await?;
        self.tell_series(kind::SERIES_CREATED, None, series, frontier)
    }

    /// Writes a changed series; `frontier` is its newest occurrence as it will be.
    pub async fn update_series(
        &mut self,
        kind: &str,
        before: &Series,
        after: &Series,
        frontier: &Task,
    ) -> Result<(), Error> {
        store::series::update(self.conn, &self.action.user, after).await?;
        self.tell_series(kind, Some(before), after, frontier)
    }

    /// Counts one more occurrence of a series; false if it is not the next one. The series itself does not change:
    /// the count follows from the occurrence.
    pub async fn advance_series(&mut self, id: SeriesId, ordinal: i32) -> Result<bool, Error> {
        Ok(store::series::advance(self.conn, &self.action.user, id, ordinal).await?)
    }

    /// Writes a new tag.
    pub async fn create_tag(&mut self, tag: &Tag) -> Result<(), Error> {
        store::tags::insert(self.conn, &self.action.user, tag).await?;
        self.tell_tag(kind::TAG_CREATED, None, tag)
    }

    /// Writes a changed tag.
    pub async fn update_tag(&mut self, kind: &str, before: &Tag, after: &Tag) -> Result<(), Error> {
        store::tags::update(self.conn, &self.action.user, after).await?;
        self.tell_tag(kind, Some(before), after)
    }

    /// Writes a new task and schedules its reminders.
    pub async fn create_task(&mut self, task: &Task, series: Option<&Series>) -> Result<(), Error> {
        store::tasks::insert(self.conn, &self.action.user, task).await?;
        self.tell_task(kind::TASK_CREATED, None, task, series)?;
        self.announce_reminders(&[], task, false).await
    }

    /// Writes a changed task and moves its reminders along.
    pub async fn update_task(
        &mut self,
        kind: &str,
        before: &Task,
        after: &Task,
        series: Option<&Series>,
    ) -> Result<(), Error> {
        store::tasks::update(self.conn, &self.action.user, after).await?;
        self.tell_task(kind, Some(before), after, series)?;
        let announced = store::reminders::of_task(self.conn, &self.action.user, after.id).await?;
        let retold = before.details.title != after.details.title || before.details.due != after.details.due;
        self.announce_reminders(&announced, after, retold).await
    }

    /// Writes the last position and the events. After [`Finished::Unchanged`] the transaction is to be rolled back,
    /// unless nothing was reserved.
    pub async fn finish(self) -> Result<Finished, Error> {
        if self.events.is_empty() {
            return Ok(Finished::Unchanged);
        }
        if self.last != self.stored {
            store::users::set_position(self.conn, &self.action.user, self.last).await?;
        }
        outbox::enqueue_all(self.conn, &self.events).await?;
        Ok(Finished::Changed)
    }

    fn tell_task(
        &mut self,
        kind: &str,
        before: Option<&Task>,
        after: &Task,
        series: Option<&Series>,
    ) -> Result<(), Error> {
        let (fact, update) = self.action.task(kind, before, after, series);
        self.tell(&fact)?;
        self.tell(&update)
    }

    fn tell_series(
        &mut self,
        kind: &str,
        before: Option<&Series>,
        after: &Series,
        frontier: &Task,
    ) -> Result<(), Error> {
        let (fact, update) = self.action.series(kind, before, after, Some(frontier));
        self.tell(&fact)?;
        self.tell(&update)
    }

    fn tell_tag(&mut self, kind: &str, before: Option<&Tag>, after: &Tag) -> Result<(), Error> {
        let (fact, update) = self.action.tag(kind, before, after);
        self.tell(&fact)?;
        self.tell(&update)
    }

    async fn announce_reminders(
        &mut self,
        announced: &[reminder_plan::Announced],
        task: &Task,
        retold: bool,
    ) -> Result<(), Error> {
        let announcements = reminder_plan::plan(announced, task, retold, self.now());
        if announcements.is_empty() {
            return Ok(());
        }
        for announcement in &announcements {
            let event = self.action.reminder(task, announcement);
            self.tell(&event)?;
        }
        let rows: Vec<_> = announcements
            .iter()
            .map(|announcement| &announcement.now)
            .collect();
        Ok(store::reminders::announce(self.conn, &self.action.user, task.id, &rows).await?)
    }

    fn tell<E: Event>(&mut self, event: &E) -> Result<(), Error> {
        self.events.push(Encoded::new(Service::BackendApi, event)?);
        Ok(())
    }
}
