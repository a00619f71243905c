//! The unit of work: one user action in one transaction.
//!
//! The user's lock is taken first; then the function that [`alone`] or [`within`] was given reads and writes rows through a
//! [`Change`], where each changed aggregate takes the next position and tells of itself; the events are written last.
//! What changed nothing leaves nothing behind, not even a position.

mod reading;

use chrono::{DateTime, Utc};
use service_kit::problem::Problem;
use shared_events::event::{Event, EventMeta, Timestamp};
use shared_events::ids::{ActionId, EventId, Position, SeriesId, UserId};
use shared_events::outbox::{self, Encoded};
use shared_events::topic::Service;
use sqlx::{PgConnection, PgPool};

use crate::domain::aggregate::{Expected, Target};
use crate::domain::idempotency::{Answer, Fingerprint, Key};
use crate::domain::reminder_plan;
use crate::domain::settings::Choices;
use crate::domain::task::Task;
use crate::error::Error;
use crate::facts::{Action, Told};
use crate::store::tasks::at_once::{Kept, Seen};
use crate::store::users::Locked;
use crate::store::{self, Stored};
use crate::view::Shown;

/// Who acts and why.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user: UserId,
    /// Who does it: `user:…` or `service:…`.
    pub name: String,
    pub action: ActionId,
    /// The event that made a service act.
    pub cause: Option<EventId>,
    /// Why: see [`shared_events::event::intent`].
    pub intent: &'static str,
    /// True when the request could have named the version that it changes, and did not.
    pub unconditional: bool,
}

/// What a change reads and writes with.
#[derive(Debug)]
enum Session<'c> {
    /// A transaction that holds the user's lock.
    Locked(&'c mut PgConnection),
    /// None: all that can be done is to create one task, which is written at the end.
    Unlocked {
        created: Option<Box<Task>>,
        choices: Choices,
    },
}

impl Session<'_> {
    fn locked(&mut self) -> Result<&mut PgConnection, Error> {
        match self {
            Self::Locked(conn) => Ok(conn),
            Self::Unlocked { .. } => Err(Error::NeedsLock),
        }
    }
}

/// A change being made by the holder of the user's lock, or [`at_once`].
#[derive(Debug)]
pub struct Change<'c> {
    session: Session<'c>,
    action: Action,
    /// The last position that was given out, here or before.
    last: Position,
    /// The last position according to the database, with what was taken along with the lock.
    stored: Position,
    events: Vec<Encoded>,
    updates: Updates,
}

/// What screens are told: one update for each changed aggregate, unless they are many.
#[derive(Debug, Default)]
struct Updates {
    /// Where the first ones lie among the events.
    places: Vec<usize>,
    /// Those of the first and the last.
    ends: Option<(EventMeta, EventMeta)>,
    are_many: bool,
}

/// A transaction that changes more than so many aggregates tells its user's screens to fetch them.
const PUSHED_ONE_BY_ONE: usize = 100;

/// What a change came to, once its transaction is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Rows and events were committed.
    Changed(T),
    /// Nothing changed, and the transaction was rolled back.
    Unchanged(T),
}

impl<T> Outcome<T> {
    /// What it came to, changed or not.
    pub fn into_inner(self) -> T {
        match self {
            Self::Changed(inner) | Self::Unchanged(inner) => inner,
        }
    }
}

/// Most changes are of one aggregate, so the statement that takes the lock takes a position too; one that is not used is
/// given back.
pub const RESERVED: i64 = 1;

/// Makes one change in a transaction of its own, which is committed if anything changed and rolled back otherwise.
pub async fn alone<T>(
    pool: &PgPool,
    actor: Actor,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<T, Error>,
) -> Result<Outcome<T>, Error> {
    let mut transaction = pool.begin().await?;
    let locked = store::users::lock(&mut transaction, &actor.user, RESERVED).await?;
    match within(&mut transaction, actor, locked, make).await? {
        Outcome::Changed(made) => {
            transaction.commit().await?;
            Ok(Outcome::Changed(made))
        }
        Outcome::Unchanged(made) => {
            transaction.rollback().await?;
            Ok(Outcome::Unchanged(made))
        }
    }
}

/// Makes one change in the caller's transaction, which took the lock and goes on whether or not anything changes.
pub async fn within<T>(
    conn: &mut PgConnection,
    actor: Actor,
    locked: Locked,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<T, Error>,
) -> Result<Outcome<T>, Error> {
    let mut change = Change::new(Session::Locked(conn), actor, locked);
    let made = make(&mut change).await?;
    Ok(if change.finish().await? {
        Outcome::Changed(made)
    } else {
        Outcome::Unchanged(made)
    })
}

/// Like [`within`], for a user who must be known; none if they are not.
pub async fn within_known<T>(
    conn: &mut PgConnection,
    actor: Actor,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    match store::users::lock_known(conn, &actor.user).await? {
        Some(locked) => Ok(Some(within(conn, actor, locked, make).await?.into_inner())),
        None => Ok(None),
    }
}

/// Creates one task and reads nothing, in one statement and with nothing locked before it; none if that is not all there is
/// to do, or if the user or the key went on meanwhile. Then nothing was done, and it is to be done under the lock.
pub async fn at_once(
    conn: &mut PgConnection,
    actor: Actor,
    seen: &Seen,
    key: Option<(&Key, &Fingerprint)>,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
) -> Result<Option<Answer>, Error> {
    let locked = Locked {
        position: seen.position.next(),
        reserved: RESERVED,
        epoch: seen.epoch,
        at: seen.at,
    };
    let session = Session::Unlocked {
        created: None,
        choices: seen.choices.clone(),
    };
    let mut change = Change::new(session, actor, locked);
    let answer = match make(&mut change).await {
        Err(Error::NeedsLock) => return Ok(None),
        made => made?,
    };
    let Session::Unlocked {
        created: Some(task), ..
    } = &change.session
    else {
        return Ok(None);
    };
    if change.last != change.stored {
        return Ok(None);
    }
    let kept = key.map(|(key, fingerprint)| Kept {
        key,
        fingerprint,
        answer: &answer,
    });
    let user = &change.action.user;
    let written = store::tasks::at_once::create(conn, user, seen, task, &change.events, kept).await?;
    Ok(written.then_some(answer))
}

impl<'c> Change<'c> {
    fn new(session: Session<'c>, actor: Actor, locked: Locked) -> Self {
        let action = Action {
            user: actor.user,
            actor: actor.name,
            id: actor.action,
            cause: actor.cause,
            intent: actor.intent,
            epoch: locked.epoch,
            at: Timestamp::new(locked.at),
            unconditional: actor.unconditional,
        };
        Self {
            session,
            action,
            last: Position(locked.position.get() - locked.reserved),
            stored: locked.position,
            events: Vec::new(),
            updates: Updates::default(),
        }
    }

    /// Whose change it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.action.user
    }

    /// Says for what comes now whether its request names a version.
    pub fn name_version(&mut self, versions: &Expected) {
        self.action.unconditional = *versions == Expected::Any;
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

    /// Writes a new aggregate; a task's reminders are scheduled.
    pub async fn create<T: Stored + Told>(&mut self, new: &T, beside: T::Beside<'_>) -> Result<(), Error> {
        match (&mut self.session, new.as_task()) {
            (
                Session::Unlocked {
                    created: created @ None,
                    ..
                },
                Some(task),
            ) => *created = Some(Box::new(task.clone())),
            (session, _) => new.insert(session.locked()?, &self.action.user).await?,
        }
        self.tell_change(T::CREATED, None, new, beside)?;
        match new.as_task() {
            Some(task) => self.announce_reminders(&[], task, false).await,
            None => Ok(()),
        }
    }

    /// Writes a changed aggregate; a task's reminders move along.
    pub async fn update<T: Stored + Told>(
        &mut self,
        kind: &str,
        before: &T,
        after: &T,
        beside: T::Beside<'_>,
    ) -> Result<(), Error> {
        after.update(self.session.locked()?, &self.action.user).await?;
        self.tell_change(kind, Some(before), after, beside)?;
        match before.as_task().zip(after.as_task()) {
            Some((before, after)) => self.move_reminders(before, after).await,
            None => Ok(()),
        }
    }

    /// Counts one more occurrence of a series; false if it is not the next one. The series itself does not change:
    /// the count follows from the occurrence.
    pub async fn advance_series(&mut self, id: SeriesId, ordinal: i32) -> Result<bool, Error> {
        Ok(store::series::advance(self.session.locked()?, &self.action.user, id, ordinal).await?)
    }

    /// Writes the last position and the events; false if nothing changed.
    async fn finish(mut self) -> Result<bool, Error> {
        self.gather_updates()?;
        if self.last != self.stored {
            store::users::set_position(self.session.locked()?, &self.action.user, self.last).await?;
        }
        outbox::enqueue_all(self.session.locked()?, &self.events).await?;
        Ok(!self.events.is_empty())
    }

    fn tell_change<T: Told>(
        &mut self,
        kind: &str,
        before: Option<&T>,
        after: &T,
        beside: T::Beside<'_>,
    ) -> Result<(), Error> {
        let (fact, update) = self.action.facts(kind, before, after, beside);
        self.tell(&fact)?;
        let meta = &update.meta;
        let first = self
            .updates
            .ends
            .take()
            .map_or_else(|| meta.clone(), |(first, _)| first);
        self.updates.ends = Some((first, meta.clone()));
        if self.updates.places.len() == PUSHED_ONE_BY_ONE {
            self.updates.are_many = true;
            return Ok(());
        }
        self.updates.places.push(self.events.len());
        self.tell(&update)
    }

    /// Has one update stand for all of them, if they are many.
    fn gather_updates(&mut self) -> Result<(), Error> {
        let updates = std::mem::take(&mut self.updates);
        let Some((first, last)) = updates.ends.filter(|_| updates.are_many) else {
            return Ok(());
        };
        for place in updates.places.into_iter().rev() {
            self.events.remove(place);
        }
        self.tell(&self.action.refresh(&first, last))
    }

    async fn move_reminders(&mut self, before: &Task, after: &Task) -> Result<(), Error> {
        // What is announced of a task is of reminders that it has, or it was cancelled when they went.
        if before.details.reminders.is_empty() && after.details.reminders.is_empty() {
            return Ok(());
        }
        let announced =
            store::reminders::of_task(self.session.locked()?, &self.action.user, after.id).await?;
        let told = |task: &Task| (task.details.title.clone(), task.details.due, task.due_at);
        let retold = told(before) != told(after);
        self.announce_reminders(&announced, after, retold).await
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
        Ok(store::reminders::announce(self.session.locked()?, &self.action.user, task.id, &rows).await?)
    }

    fn tell<E: Event>(&mut self, event: &E) -> Result<(), Error> {
        self.events.push(Encoded::new(Service::BackendApi, event)?);
        Ok(())
    }
}

impl<T: Shown> Target<T> {
    /// What was found, if it is at a version that the caller accepts.
    pub fn check(&self, found: T) -> Result<T, Error> {
        if self.versions.includes(found.version()) {
            return Ok(found);
        }
        let representation = serde_json::to_value(found.view()).map_err(Problem::internal)?;
        Err(Error::VersionMismatch {
            current: found.version(),
            representation: Box::new(representation),
        })
    }
}
