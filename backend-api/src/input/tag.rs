//! Tags, as requests give them.

use serde::Deserialize;
use utoipa::ToSchema;

use super::patch::Patch;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::tag::TagName;

/// What is sent to create a tag.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "garden"})))]
pub struct NewTag {
    /// What people call it, on one line. Case makes no difference between two tags.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub name: TagName,
}

/// A merge-patch of a tag: absent is untouched.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "balcony"})))]
pub struct TagPatch {
    /// What people call it; cannot be cleared.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 64)]
    name: Patch<TagName>,
}

impl TagPatch {
    /// The name that the tag is to have, if another.
    pub fn name(self) -> Result<Option<TagName>, Invalid> {
        match self.name {
            Patch::Absent => Ok(None),
            Patch::Null => Err(Pointer::root().child("name").missing()),
            Patch::Value(name) => Ok(Some(name)),
        }
    }
}
