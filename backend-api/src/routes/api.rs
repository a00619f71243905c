//! What every handler works with: a transaction for a change, a transaction for reading.

mod batch;

use std::time::Duration;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde_json::Value;
use service_kit::permits::{Permit, Permits};
use service_kit::problem::Problem;
use shared_events::event::{intent, user_actor};
use shared_events::ids::{ActionId, UserId};
use shared_events::outbox;
use shared_events::outbox::wake::Waker;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::call::Call;
use super::searches::Searches;
use crate::actions::account::{self, Deleted, Progress};
use crate::answer;
use crate::change::{self, Actor, Change, Outcome};
use crate::domain::idempotency::{Answer, Fingerprint, Key};
use crate::domain::recurrence::CheckedPlan;
use crate::error::{Conflict, Error};
use crate::store::idempotency::Begun;
use crate::store::tasks::at_once::{self, Looked};
use crate::store::{self, Stored};

/// A user's changes are made one after another anyway: so many of them hold a connection while they wait for the lock.
const WRITERS_OF_A_USER: usize = 3;
/// So many lists with filters of a user are made at once: each may take a connection for two seconds.
const FILTERED_OF_A_USER: usize = 3;
/// As long as the lock itself is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// So often a rule is checked for one change, while the task that it is for is changed by others.
const RULE_CHECKS: usize = 3;

/// What the handlers share: the pool, the relay to wake after a commit, and the limits per user.
#[derive(Debug, Clone)]
pub struct Api {
    pool: PgPool,
    writers: Permits,
    /// For what filters make take long.
    filtered_pool: PgPool,
    filtered: Permits,
    relay: Waker,
    searches: Searches,
}

impl Api {
    /// Works on `pool`, and wakes the relay after each commit of a change.
    #[must_use]
    pub fn new(pool: PgPool, relay: Waker) -> Self {
        Self {
            filtered_pool: store::filter::pool(&pool),
            pool,
            writers: Permits::new(WRITERS_OF_A_USER),
            filtered: Permits::new(FILTERED_OF_A_USER),
            relay,
            searches: Searches::new(),
        }
    }

    /// Makes one change in one transaction: all of it is committed before the answer is given, or nothing is.
    pub async fn change(
        &self,
        call: &Call,
        intent: &'static str,
        body: Option<&Value>,
        make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
    ) -> Result<HttpResponse, Error> {
        let _place = self.writer(&call.user).await?;
        let actor = actor(call, intent);
        match &call.key {
            None => self.change_once(actor, make).await,
            Some(key) => {
                self.change_or_replay(actor, key, &call.fingerprint(body), make)
                    .await
            }
        }
        .map(answer::response)
    }

    /// Like [`Api::change`], for what creates one task and reads nothing, in two round trips to Postgres. None if it has to be
    /// made by [`Api::change`]; nothing was done then. `key` is the call's, or that of the task's own id.
    pub async fn change_at_once(
        &self,
        call: &Call,
        intent: &'static str,
        body: &Value,
        key: Option<&Key>,
        make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
    ) -> Result<Option<HttpResponse>, Error> {
        let place = self.writer(&call.user).await?;
        // Of two at once, one would be made in vain.
        if !place.is_alone() {
            return Ok(None);
        }
        let mut conn = self.pool.acquire().await?;
        let fingerprint = call.fingerprint(Some(body));
        let seen = match at_once::look(&mut conn, &call.user, key).await? {
            Looked::NewUser => return Ok(None),
            Looked::Answered(known, answer) if known == fingerprint => {
                return Ok(Some(answer::response(answer)));
            }
            Looked::Answered(..) if call.key.is_some() => return Err(Error::KeyReused),
            Looked::Answered(..) => return Err(Conflict::IdTaken.into()),
            Looked::Seen(seen) => seen,
        };
        let key = key.map(|key| (key, &fingerprint));
        let made = change::at_once(&mut conn, actor(call, intent), &seen, key, make).await?;
        if made.is_some() {
            self.relay.wake();
        }
        Ok(made.map(answer::response))
    }

    /// Like [`Api::change`], for what needs a plan that was checked: that takes long, so it is done while no lock is held.
    /// `plan` is the one that will be needed, if that is known; otherwise `make` says with [`Error::Unchecked`] which.
    pub async fn change_with_plan(
        &self,
        call: &Call,
        intent: &'static str,
        body: &Value,
        plan: Option<recurrence::Series>,
        make: impl AsyncFn(&mut Change<'_>, Option<&CheckedPlan>) -> Result<Answer, Error>,
    ) -> Result<HttpResponse, Error> {
        self.with_plan(&call.user, plan, async |checked| {
            self.change(call, intent, Some(body), async |change| {
                make(change, checked).await
            })
            .await
        })
        .await
    }

    /// Attempts what may need a plan that was checked, first with `plan` and then with the one that was missed.
    async fn with_plan<T>(
        &self,
        user: &UserId,
        plan: Option<recurrence::Series>,
        attempt: impl AsyncFn(Option<&CheckedPlan>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut wanted = plan;
        for _ in 0..RULE_CHECKS {
            let checked = match wanted {
                Some(plan) => Some(self.check(user, plan).await?),
                None => None,
            };
            match attempt(checked.as_ref()).await {
                Err(Error::Unchecked(plan)) => wanted = Some(*plan),
                decided => return decided,
            }
        }
        Err(being_changed())
    }

    /// Deletes everything of the caller, in as many transactions as it takes, all of one action.
    pub async fn delete_account(&self, call: &Call) -> Result<Deleted, Error> {
        let actor = actor(call, intent::BULK);
        let mut deleted = Deleted::default();
        loop {
            let _place = self.writer(&call.user).await?;
            let made = change::alone(&self.pool, actor.clone(), async |change| {
                account::delete_part(change, &mut deleted).await
            });
            let progress = made.await?;
            self.relay.wake();
            // What another device creates in between is deleted as well.
            if progress.into_inner() == Progress::Done && self.erase(&call.user).await? {
                return Ok(deleted);
            }
        }
    }

    async fn erase(&self, user: &UserId) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        outbox::act_as(&mut transaction, user.as_str()).await?;
        let erased = store::users::erase(&mut transaction).await?;
        if erased {
            transaction.commit().await?;
        }
        Ok(erased)
    }

    async fn writer(&self, user: &UserId) -> Result<Permit, Problem> {
        let place = self.writers.enter(user.as_str(), PATIENCE).await;
        place.ok_or_else(|| Problem::unavailable("Too many of your changes wait for each other."))
    }

    async fn change_once(
        &self,
        actor: Actor,
        make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
    ) -> Result<Answer, Error> {
        match change::alone(&self.pool, actor, make).await? {
            Outcome::Changed(answer) => {
                self.relay.wake();
                Ok(answer)
            }
            Outcome::Unchanged(answer) => Ok(answer),
        }
    }

    /// A key is held from the first statement on, and its outcome is committed along with the change.
    async fn change_or_replay(
        &self,
        actor: Actor,
        key: &Key,
        fingerprint: &Fingerprint,
        make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
    ) -> Result<Answer, Error> {
        let mut transaction = self.pool.begin().await?;
        let outcome = keyed(&mut transaction, actor, key, fingerprint, make).await;
        if let Ok(Outcome::Changed(answer)) = outcome {
            transaction.commit().await?;
            self.relay.wake();
            return Ok(answer);
        }
        // Before the answer, as a dropped transaction holds the key a while longer: the caller's next request would be
        // told that this one is still being worked on. A connection that is lost has let go of it.
        let _ = transaction.rollback().await;
        outcome.map(Outcome::into_inner)
    }

    /// Computes what may take long, when it is this user's turn.
    pub async fn search<T: Send + 'static>(
        &self,
        user: &UserId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(self.searches.run(user, work).await?)
    }

    async fn check(&self, user: &UserId, plan: recurrence::Series) -> Result<CheckedPlan, Error> {
        Ok(self.search(user, move || CheckedPlan::new(plan)).await??)
    }

    pub async fn now(&self) -> Result<DateTime<Utc>, Error> {
        Ok(store::clock::now(&self.pool).await?)
    }

    /// One of the caller's.
    pub async fn get<T: Stored>(&self, call: &Call) -> Result<T, Error> {
        let id = call.id::<T>()?;
        let found = self.read(&call.user, async |conn| Ok(T::get(conn, &call.user, id).await?));
        found.await?.ok_or_else(Error::not_found::<T>)
    }

    /// Reads by one statement that says itself whose transaction it is: one round trip instead of four.
    pub async fn read_at_once<T>(
        &self,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let mut connection = self.pool.acquire().await?;
        Ok(read(&mut connection).await?)
    }

    /// Like [`Api::read_at_once`], for what a filter makes take long, when it is this user's turn.
    pub async fn read_filtered<T>(
        &self,
        user: &UserId,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let place = self.filtered.enter(user.as_str(), PATIENCE).await;
        let _place = place
            .ok_or_else(|| Problem::unavailable("Too many of your lists with filters are being made."))?;
        let mut connection = self.filtered_pool.acquire().await?;
        read(&mut connection).await
    }

    /// Reads rows of one user, and of nobody else.
    pub async fn read<T>(
        &self,
        user: &UserId,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut transaction = self.pool.begin().await?;
        outbox::act_as(&mut transaction, user.as_str()).await?;
        let found = read(&mut transaction).await?;
        transaction.commit().await?;
        Ok(found)
    }
}

/// What is refused when a rule is needed that changes faster than it can be checked.
fn being_changed() -> Error {
    Problem::unavailable("The task is being changed at the same time; ask again.").into()
}

/// What the key was answered before, or else the change and the answer for next time.
async fn keyed(
    transaction: &mut Transaction<'_, Postgres>,
    actor: Actor,
    key: &Key,
    fingerprint: &Fingerprint,
    make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
) -> Result<Outcome<Answer>, Error> {
    let user = actor.user.clone();
    let locked = match store::idempotency::begin(transaction, &user, key, change::RESERVED).await? {
        Begun::InFlight => return Err(Conflict::KeyInFlight.into()),
        Begun::Answered(known, answer) if known == *fingerprint => return Ok(Outcome::Unchanged(answer)),
        Begun::Answered(..) => return Err(Error::KeyReused),
        Begun::Locked(locked) => locked,
    };
    let answer = change::within(transaction, actor, locked, make)
        .await?
        .into_inner();
    store::idempotency::keep(transaction, &user, key, fingerprint, &answer).await?;
    Ok(Outcome::Changed(answer))
}

fn actor(call: &Call, intent: &'static str) -> Actor {
    Actor {
        user: call.user.clone(),
        name: user_actor(&call.user),
        action: ActionId::new(),
        cause: None,
        intent,
        unconditional: call.is_unconditional(),
    }
}
