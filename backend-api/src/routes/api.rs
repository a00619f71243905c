//! What every handler works with: a transaction for a change, a transaction for reading.

use std::sync::Arc;

use actix_web::HttpResponse;
use shared_events::event::user_actor;
use shared_events::ids::{ActionId, UserId};
use sqlx::{PgConnection, PgPool};

use super::answer::Answer;
use super::call::Call;
use crate::change::{Actor, Change, Finished};
use crate::error::Error;
use crate::store;

/// The database, and the bell that wakes the relay.
#[derive(Clone)]
pub struct Api {
    pool: PgPool,
    wake_relay: Arc<dyn Fn() + Send + Sync>,
}

impl Api {
    /// Works on `pool`, and rings the bell after each commit of a change.
    #[must_use]
    pub fn new(pool: PgPool, wake_relay: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            pool,
            wake_relay: Arc::new(wake_relay),
        }
    }

    /// Makes one change in one transaction: all of it is committed before the answer is given, or nothing is.
    pub async fn change(
        &self,
        call: &Call,
        intent: &'static str,
        make: impl AsyncFnOnce(&mut Change<'_>) -> Result<Answer, Error>,
    ) -> Result<HttpResponse, Error> {
        let mut transaction = self.pool.begin().await?;
        let mut change = Change::begin(&mut transaction, actor(&call.user, intent)).await?;
        let answer = make(&mut change).await?;
        if change.finish().await? == Finished::Changed {
            transaction.commit().await?;
            (self.wake_relay)();
        }
        Ok(answer.into())
    }

    /// Reads rows of one user, and of nobody else.
    pub async fn read<T>(
        &self,
        user: &UserId,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut transaction = self.pool.begin().await?;
        store::users::act_as(&mut transaction, user).await?;
        let found = read(&mut transaction).await?;
        transaction.commit().await?;
        Ok(found)
    }
}

fn actor(user: &UserId, intent: &'static str) -> Actor {
    Actor {
        user: user.clone(),
        name: user_actor(user),
        action: ActionId::new(),
        cause: None,
        intent,
    }
}
