//! What can be done to tags.

mod create;
mod delete;
mod rename;

pub use create::create;
pub use delete::delete;
pub use rename::rename;

use crate::change::Change;
use crate::domain::tag::{Tag, TagName};
use crate::error::{Conflict, Error};

/// Refuses a name that another tag of the user has, whatever its case.
async fn check_name(change: &mut Change<'_>, name: &TagName, before: Option<&Tag>) -> Result<(), Error> {
    match change.tag_named(name).await? {
        Some(other) if before.map(|before| before.id) != Some(other) => {
            Err(Conflict::TagExists(other).into())
        }
        _ => Ok(()),
    }
}
