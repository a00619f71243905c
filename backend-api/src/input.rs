//! What requests say: each body is one type, which is read, documented and checked here.
//!
//! serde reads it and says where a value is not what it must be; what depends on several fields, or on the task that a
//! patch is for, is checked when the input becomes a type of [`crate::domain`].

pub mod batch;
pub mod filter;
pub mod moment;
pub mod patch;
pub mod place;
pub mod preview;
pub mod project;
pub mod quick_add;
pub mod recurrence;
pub mod reminder;
pub mod series;
pub mod settings;
pub mod tag;
pub mod task;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::domain::moment::Instant;
use crate::domain::project::{Color, ProjectName};
use crate::domain::reminder::Before;
use crate::domain::saved_filter::FilterName;
use crate::domain::settings::FirstDay;
use crate::domain::sort::Sort;
use crate::domain::tag::TagName;
use crate::domain::task::Priority;
use crate::domain::text::{Description, QuickText, Title};

/// Types that are written as text, and how that is read.
macro_rules! read_from_text {
    ($($type:ty = $parse:expr;)+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $parse(&text).map_err(D::Error::custom)
            }
        }
    )+};
}

read_from_text! {
    Title = Title::parse;
    Description = Description::parse;
    QuickText = QuickText::parse;
    Priority = str::parse::<Self>;
    TagName = str::parse::<Self>;
    ProjectName = str::parse::<Self>;
    Color = str::parse::<Self>;
    FilterName = str::parse::<Self>;
    Sort = str::parse::<Self>;
    FirstDay = str::parse::<Self>;
    Instant = str::parse::<Self>;
    Before = str::parse::<Self>;
    moment::Timed = str::parse::<Self>;
    moment::Day = str::parse::<Self>;
}

/// The schema of a patch in which some fields must be there, since nothing is there before.
fn required<Patch: PartialSchema>(fields: &[&str], description: &str) -> RefOr<Schema> {
    let mut schema = Patch::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.required = fields.iter().map(ToString::to_string).collect();
        object.description = Some(description.to_owned());
    }
    schema
}
