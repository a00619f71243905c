//! What can go wrong while reminders are fired and delivered.

use service_kit::pg::is_outage;
use shared_events::ids::InvalidUserId;
use shared_events::outbox::EnqueueError;
use thiserror::Error;

/// Why a piece of work was not done. Its transaction is rolled back.
#[derive(Debug, Error)]
pub enum WorkError {
    /// The database did not do its part.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The event could not be put into the outbox.
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    /// A stored user id is none.
    #[error(transparent)]
    User(#[from] InvalidUserId),
    /// A row that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl WorkError {
    /// Whether the same work can be expected to succeed later.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Database(error) | Self::Enqueue(EnqueueError::Database(error)) => is_outage(error),
            Self::Enqueue(_) | Self::User(_) | Self::Missing(_) => false,
        }
    }
}
