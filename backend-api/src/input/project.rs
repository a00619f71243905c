//! Projects, as requests give them.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::patch::Patch;
use super::required;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::project::{Color, ProjectDetails, ProjectName};

/// A merge-patch of a project: absent is untouched, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Garden", "color": "#2e7d32"})))]
pub struct ProjectPatch {
    /// What people call it, on one line; cannot be cleared. Case makes no difference between two projects.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 120)]
    name: Patch<ProjectName>,
    /// `#rrggbb`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Patch<Color>,
    /// True puts it out of the way; null is false.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    archived: Patch<bool>,
}

/// What is sent to create a project: a patch of nothing, which must have a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct NewProject(ProjectPatch);

impl NewProject {
    pub fn details(&self) -> Result<ProjectDetails, Invalid> {
        self.0.over(None)
    }
}

impl ProjectPatch {
    /// What the project says after the patch.
    pub fn over(&self, before: Option<&ProjectDetails>) -> Result<ProjectDetails, Invalid> {
        let name = self.name.over(before.map(|before| before.name.clone()));
        Ok(ProjectDetails {
            name: name.ok_or_else(|| Pointer::root().child("name").missing())?,
            color: self.color.over(before.and_then(|before| before.color.clone())),
            archived: self
                .archived
                .over(before.map(|before| before.archived))
                .unwrap_or_default(),
        })
    }
}

impl PartialSchema for NewProject {
    /// That of a patch, with a name that must be there.
    fn schema() -> RefOr<Schema> {
        required::<ProjectPatch>(
            &["name"],
            "What is sent to create a project. Only `name` must be there.",
        )
    }
}

impl ToSchema for NewProject {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NewProject")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ProjectPatch::schemas(schemas);
    }
}
