//! Saved filters, as requests give them.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::patch::Patch;
use super::required;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::saved_filter::{FilterDetails, FilterName, FilterText};
use crate::domain::sort::Sort;

/// A merge-patch of a saved filter: absent is untouched, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Soon at home", "filter": "due < today + 7d and has due", "sort": "-priority,due"})))]
pub struct FilterPatch {
    /// What people call it, on one line; cannot be cleared. Case makes no difference between two filters.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 120)]
    name: Patch<FilterName>,
    /// What it says of tasks, as `docs/FILTERS.md` describes it; cannot be cleared. It is kept as it is written. Names in it are
    /// looked up when it is used.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, format = "filter", min_length = 1, max_length = 2000)]
    filter: Patch<String>,
    /// The order of its list, as `sort` of `GET /v1/tasks` has it; null for the usual one.
    #[serde(default)]
    #[schema(
        value_type = Option<String>,
        pattern = "^-?(due|priority|created|updated|order)(,-?(due|priority|created|updated|order)){0,2}$"
    )]
    sort: Patch<Sort>,
}

/// What is sent to save a filter: a patch of nothing, which must have a name and a filter.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct NewFilter(FilterPatch);

impl NewFilter {
    pub fn details(&self) -> Result<FilterDetails, Invalid> {
        self.0.over(None)
    }
}

impl FilterPatch {
    /// What the filter says after the patch.
    pub fn over(&self, before: Option<&FilterDetails>) -> Result<FilterDetails, Invalid> {
        let name = self.name.over(before.map(|before| before.name.clone()));
        let text = self
            .filter
            .merged(before.map(|before| before.text.clone()), |text, _| read(text))?;
        Ok(FilterDetails {
            name: name.ok_or_else(|| Pointer::root().child("name").missing())?,
            text: text.ok_or_else(|| Pointer::root().child("filter").missing())?,
            sort: self.sort.over(before.and_then(|before| before.sort.clone())),
        })
    }
}

/// By itself and not by serde, which would lose the column.
fn read(text: &str) -> Result<FilterText, Invalid> {
    FilterText::parse(text).map_err(|error| Invalid {
        column: Some(error.column()),
        ..Pointer::root().child("filter").invalid(error)
    })
}

impl PartialSchema for NewFilter {
    /// That of a patch, with a name and a filter that must be there.
    fn schema() -> RefOr<Schema> {
        required::<FilterPatch>(
            &["name", "filter"],
            "What is sent to save a filter. `name` and `filter` must be there.",
        )
    }
}

impl ToSchema for NewFilter {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NewFilter")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        FilterPatch::schemas(schemas);
    }
}
