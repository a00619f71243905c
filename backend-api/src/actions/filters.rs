//! What can be done to filters.

mod create;
mod delete;
mod edit;

pub use create::create;
pub use delete::delete;
pub use edit::{edit, relocate};

use crate::change::Change;
use crate::domain::saved_filter::{FilterName, SavedFilter};
use crate::error::{Conflict, Error};

/// Refuses a name that another filter of the user has, whatever its case.
async fn check_name(
    change: &mut Change<'_>,
    name: &FilterName,
    before: Option<&SavedFilter>,
) -> Result<(), Error> {
    match change.filter_named(name).await? {
        Some(other) if before.map(|before| before.id) != Some(other) => {
            Err(Conflict::FilterExists(other).into())
        }
        _ => Ok(()),
    }
}
