//! Which occurrences of a series a call is for.

use serde::Deserialize;
use service_kit::http::bad_query;
use service_kit::problem::Problem;
use utoipa::IntoParams;

use crate::domain::task::Scope;

/// Of a task that recurs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScopeQuery {
    /// `this` is this occurrence alone, `following` it and all later ones, `all` every open one and those to come. Of a
    /// task that does not recur it says nothing.
    #[param(pattern = "^(this|following|all)$")]
    scope: Option<String>,
}

impl ScopeQuery {
    /// The scope, if there is one.
    pub fn read(&self) -> Result<Option<Scope>, Problem> {
        match self.scope.as_deref() {
            None => Ok(None),
            Some("this") => Ok(Some(Scope::This)),
            Some("following") => Ok(Some(Scope::Following)),
            Some("all") => Ok(Some(Scope::All)),
            Some(_) => Err(bad_query("scope", "must be this, following or all")),
        }
    }
}
