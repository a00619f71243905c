//! Where something is moved to, as requests give it.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::invalid::{Invalid, Pointer};
use crate::store::Side;

/// A place beside another one of the kind: exactly one of `after` and `before`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// The one that it comes right after.
    #[schema(nullable = false)]
    after: Option<Uuid>,
    /// The one that it comes right before.
    #[schema(nullable = false)]
    before: Option<Uuid>,
}

impl PlaceInput {
    /// The other one, on which side of it, and the field that names it.
    pub fn beside(&self) -> Result<(Uuid, Side, &'static str), Invalid> {
        match (self.after, self.before) {
            (Some(after), None) => Ok((after, Side::After, "after")),
            (None, Some(before)) => Ok((before, Side::Before, "before")),
            (Some(_), Some(_)) => Err(Pointer::root().invalid("has both `after` and `before`: give one")),
            (None, None) => Err(Pointer::root().invalid("has neither `after` nor `before`: give one")),
        }
    }
}
