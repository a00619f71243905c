//! The tags and the project that a text names: those that exist, and those that do not.

use serde_json::json;
use service_kit::problem::Problem;
use shared_events::ids::{ProjectId, TagId, UserId};
use sqlx::PgConnection;

use super::answer::Unknown;
use crate::actions::{projects, tags};
use crate::change::Change;
use crate::domain::project::{ProjectDetails, ProjectName};
use crate::domain::tag::TagName;
use crate::error::Error;
use crate::input::quick_add::Understood;
use crate::store;

/// What a text names, each with its id if it exists.
#[derive(Debug)]
pub(super) struct Names {
    tags: Vec<(TagName, Option<TagId>)>,
    project: Option<(ProjectName, Option<ProjectId>)>,
}

impl Names {
    /// As they are now.
    pub(super) async fn stored(
        conn: &mut PgConnection,
        user: &UserId,
        understood: &Understood,
    ) -> Result<Self, Error> {
        let mut tags = Vec::with_capacity(understood.tags.len());
        for name in &understood.tags {
            let id = store::tags::named(conn, user, name.as_str()).await?;
            tags.push((name.clone(), id));
        }
        let project = match &understood.project {
            Some(name) => Some((
                name.clone(),
                store::projects::named(conn, user, name.as_str()).await?,
            )),
            None => None,
        };
        Ok(Self { tags, project })
    }

    /// As they are under the user's lock.
    pub(super) async fn of(change: &mut Change<'_>, understood: &Understood) -> Result<Self, Error> {
        let mut tags = Vec::with_capacity(understood.tags.len());
        for name in &understood.tags {
            tags.push((name.clone(), change.tag_named(name).await?));
        }
        let project = match &understood.project {
            Some(name) => Some((name.clone(), change.project_named(name).await?)),
            None => None,
        };
        Ok(Self { tags, project })
    }

    /// Creates those that do not exist.
    pub(super) async fn create_missing(&mut self, change: &mut Change<'_>) -> Result<(), Error> {
        for (name, id) in &mut self.tags {
            // An earlier one of the text may have been the same but for its case.
            if id.is_none() {
                *id = change.tag_named(name).await?;
            }
            if id.is_none() {
                *id = Some(tags::create(change, name.clone()).await?.id);
            }
        }
        if let Some((name, id @ None)) = &mut self.project {
            let details = ProjectDetails {
                name: name.clone(),
                color: None,
                archived: false,
            };
            *id = Some(projects::create(change, details).await?.id);
        }
        Ok(())
    }

    /// The ids of the tags that exist, each once.
    pub(super) fn tags(&self) -> Vec<TagId> {
        let mut ids = Vec::new();
        for id in self.tags.iter().filter_map(|(_, id)| *id) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    pub(super) fn project(&self) -> Option<ProjectId> {
        self.project.as_ref().and_then(|(_, id)| *id)
    }

    pub(super) fn unknown(&self) -> Unknown {
        let tags = self.tags.iter().filter(|(_, id)| id.is_none());
        let projects = self.project.iter().filter(|(_, id)| id.is_none());
        Unknown {
            tags: tags.map(|(name, _)| name.to_string()).collect(),
            projects: projects.map(|(name, _)| name.to_string()).collect(),
        }
    }

    /// Refuses what does not exist.
    pub(super) fn refuse_unknown(&self) -> Result<(), Error> {
        let unknown = self.unknown();
        if unknown.tags.is_empty() && unknown.projects.is_empty() {
            return Ok(());
        }
        let title = "The text names what does not exist";
        let problem = Problem::new(
            actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
            "unknown-names",
            title,
        )
        .detail("It names tags or a project that do not exist; send \"create_missing\": true to create them.")
        .pointer("/text")
        .with("unknown", json!(unknown));
        Err(problem.into())
    }
}
