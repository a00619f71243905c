//! The transactional outbox: the only way to publish from a service that has a database.
//!
//! [`enqueue`] writes an encoded event into the caller's transaction; the relay sends it after the commit and deletes
//! the row after the broker's acknowledgement. A row that exists is pending: there is no cursor to be wrong about.

mod encoded;
pub mod lease;
pub mod operator;
pub(crate) mod store;
pub mod wake;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use service_kit::config::BadConfiguration;
use service_kit::pg::{self, PgArgs};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use self::encoded::{Columns, Encoded};
pub use self::wake::{Notifier, Waker};
use crate::codec::avro::EncodeError;
use crate::event::Event;
use crate::event::task::TaskEvent;
use crate::ids::Epoch;
use crate::topic::Service;

/// The largest Avro body that may be enqueued, in bytes: far below what the broker takes, so that no committed row
/// can ever be refused for its size.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// Why an event could not be enqueued.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum EnqueueError {
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// It is larger than [`MAX_BODY_BYTES`].
    #[error("event of {0} bytes is larger than the {MAX_BODY_BYTES} allowed")]
    TooLarge(usize),
    #[error("cannot write to the outbox: {0}")]
    Database(#[from] sqlx::Error),
}

/// Writes one event into the caller's transaction.
///
/// # Errors
/// [`EnqueueError`]; the transaction is then to be rolled back.
pub async fn enqueue<E: Event>(
    conn: &mut PgConnection,
    source: Service,
    event: &E,
) -> Result<(), EnqueueError> {
    enqueue_all(conn, &[Encoded::new(source, event)?]).await
}

/// Writes what an operator did into the transaction that does it; `taskctl` is its source.
///
/// # Errors
/// [`EnqueueError`]; the transaction is then to be rolled back.
pub async fn enqueue_operator_action(conn: &mut PgConnection, event: &TaskEvent) -> Result<(), EnqueueError> {
    enqueue_all(conn, &[Encoded::by("taskctl", event)?]).await
}

/// Writes that a service follows an offset which an operator committed in Kafka, into the transaction that does so. It
/// needs no right to write to the outbox.
///
/// # Errors
/// [`EnqueueError`]; the transaction is then to be rolled back.
pub async fn enqueue_adopted_offset(conn: &mut PgConnection, event: &TaskEvent) -> Result<(), EnqueueError> {
    let encoded = Encoded::by("consumer", event)?;
    Ok(store::tell_of_adopted_offset(conn, &encoded).await?)
}

/// Writes encoded events into the caller's transaction, in their order, in one statement.
///
/// # Errors
/// [`EnqueueError::Database`]; the transaction is then to be rolled back.
pub async fn enqueue_all(conn: &mut PgConnection, events: &[Encoded]) -> Result<(), EnqueueError> {
    if !events.is_empty() {
        store::insert(conn, events).await?;
    }
    Ok(())
}

/// Makes the transaction a user's own: by row-level security it sees and writes that user's rows and no others. To be
/// called first in each transaction.
///
/// # Errors
/// Those of the database.
pub async fn act_as(conn: &mut PgConnection, user: &str) -> Result<(), sqlx::Error> {
    store::act_as(conn, user).await
}

/// The rows of one topic, key and source, which are published in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Lane {
    pub topic: Arc<str>,
    pub key: Arc<str>,
    /// Who wrote the rows: two services write under the same key without sharing a lock.
    pub source: Arc<str>,
}

/// Which row was published. Ids recur after a restore of the database, event ids do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Published {
    pub id: i64,
    pub event_id: Uuid,
}

/// The epoch that events of this transaction belong to.
///
/// # Errors
/// Those of the database.
pub async fn current_epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    store::epoch(conn).await.map(Epoch)
}

/// Compares the stored epoch with Postgres' own identity and raises it when they differ: what the relay asks of a new
/// connection.
///
/// # Errors
/// Those of the database. One that is in recovery, a standby for example, refuses with SQLSTATE 25006 and says the way
/// out; such a connection must not be used.
pub async fn verify_epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    store::verify_epoch(conn).await.map(Epoch)
}

/// The same for whoever writes: also refuses a start of the server that no relay has confirmed yet (ADR 0023).
///
/// # Errors
/// Those of [`verify_epoch`], and SQLSTATE 57P03, which says what is waited for.
pub async fn confirmed_epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    store::epoch::confirmed(conn).await.map(Epoch)
}

/// [`confirmed_epoch`] for [`service_kit::pg::watch`]: a service whose new connections are refused is not ready.
#[must_use]
pub fn admit(conn: &mut PgConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
    Box::pin(async move { confirmed_epoch(conn).await.map(drop) })
}

/// The pool of a service that publishes: each new connection first finds out whether the database was restored or
/// promoted meanwhile, and is refused until this start of the server is confirmed.
///
/// # Errors
/// A URL that cannot be used.
pub fn connect(args: &PgArgs, service: Service) -> Result<PgPool, BadConfiguration> {
    let pool = pg::connect(args, service.name())?;
    let options = pool
        .options()
        .clone()
        .after_connect(|connection, _| admit(connection));
    Ok(options.connect_lazy_with(pool.connect_options().as_ref().clone()))
}
