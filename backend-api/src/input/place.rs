//! Where something is moved to, as requests give it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::invalid::{Invalid, Pointer};
use crate::store::Side;

/// A place beside another one of the kind: exactly one of `after` and `before`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// The one that it comes right after.
    #[serde(default, deserialize_with = "read_id")]
    #[schema(nullable = false)]
    after: Option<Uuid>,
    /// The one that it comes right before.
    #[serde(default, deserialize_with = "read_id")]
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

/// Text alone: a UUID by itself is read from a list of 16 numbers too.
fn read_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let read = |text: String| text.parse().map_err(|_| D::Error::custom("must be a UUID"));
    text.map(read).transpose()
}
