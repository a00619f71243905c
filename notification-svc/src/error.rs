//! What can go wrong while reminders are fired and delivered.

use service_kit::pg::is_outage;
use shared_events::ids::InvalidUserId;
use shared_events::outbox::EnqueueError;
use thiserror::Error;

/// Why a piece of work was not done. Its transaction is rolled back.
#[derive(Debug, Error)]
pub enum WorkError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    /// A stored user id is none.
    #[error(transparent)]
    User(#[from] InvalidUserId),
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
