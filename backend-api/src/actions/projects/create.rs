//! A new project.

use super::check_name;
use crate::change::Change;
use crate::domain::project::{MAX_PER_USER, Project, ProjectDetails};
use crate::error::{Conflict, Error};

/// Creates a project whose name no other has.
pub async fn create(change: &mut Change<'_>, details: ProjectDetails) -> Result<Project, Error> {
    check_name(change, &details.name, None).await?;
    if change.projects().await? >= MAX_PER_USER {
        return Err(Conflict::TooManyProjects.into());
    }
    let project = Project::new(details, change.next_position(), change.now());
    change.create(&project, ()).await?;
    Ok(project)
}
