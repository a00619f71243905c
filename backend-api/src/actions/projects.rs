//! What can be done to projects.

mod create;
mod delete;
mod edit;

pub use create::create;
pub use delete::delete;
pub use edit::{edit, relocate};

use crate::change::Change;
use crate::domain::project::{Project, ProjectName};
use crate::error::{Conflict, Error};

/// Refuses a name that another project of the user has, whatever its case.
async fn check_name(
    change: &mut Change<'_>,
    name: &ProjectName,
    before: Option<&Project>,
) -> Result<(), Error> {
    match change.project_named(name).await? {
        Some(other) if before.map(|before| before.id) != Some(other) => {
            Err(Conflict::ProjectExists(other).into())
        }
        _ => Ok(()),
    }
}
