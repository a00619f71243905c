//! What operators see of the outbox, and what they may do about it: `taskctl outbox`.

use sqlx::PgConnection;

use super::store::epoch;
pub use super::store::epoch::Standing;
use super::store::relay as store;
pub use super::store::relay::{Backlog, Parked};
use super::wake::{CHANNEL, UNPARKED};
use crate::ids::Epoch;

/// Pending rows are counted up to this.
pub const COUNTED: i64 = 100_000;

/// The lanes that are parked, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn parked(conn: &mut PgConnection) -> Result<Vec<Parked>, sqlx::Error> {
    store::parked(conn).await
}

/// How much waits to be published, counted up to [`COUNTED`].
///
/// # Errors
/// Those of the database.
pub async fn backlog(conn: &mut PgConnection) -> Result<Backlog, sqlx::Error> {
    store::backlog(conn, COUNTED).await
}

/// Which parked lanes are meant.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Which<'a> {
    /// Those of a topic and key: of one source, or of all.
    Of {
        topic: &'a str,
        key: &'a str,
        /// Who wrote the rows; none means anybody.
        source: Option<&'a str>,
    },
    All,
}

/// Gives parked lanes free, to be tried again at once, and says which they were.
///
/// # Errors
/// Those of the database.
pub async fn retry(conn: &mut PgConnection, which: Which<'_>) -> Result<Vec<Parked>, sqlx::Error> {
    let freed = match which {
        Which::Of { topic, key, source } => store::unpark(conn, Some(topic), Some(key), source).await?,
        Which::All => store::unpark(conn, None, None, None).await?,
    };
    if !freed.is_empty() {
        store::notify(conn, CHANNEL, UNPARKED).await?;
    }
    Ok(freed)
}

/// Which life of the database this is.
///
/// # Errors
/// Those of the database.
pub async fn standing(conn: &mut PgConnection) -> Result<Standing, sqlx::Error> {
    epoch::standing(conn).await
}

/// Begins another epoch in the caller's transaction, whose first statement it has to be: it waits for every other
/// transaction that has read the epoch.
///
/// # Errors
/// Those of the database; SQLSTATE 55P03 when a transaction took longer than 5 s.
pub async fn raise_epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    epoch::raise(conn, 0).await.map(Epoch)
}
