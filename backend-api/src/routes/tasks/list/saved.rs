//! The saved filter that a request for a list names.

use service_kit::http::bad_query;
use shared_events::ids::FilterId;

use super::ListQuery;
use crate::domain::saved_filter::FilterDetails;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;

/// What the filter says that is named, if one is. One of another user is not there.
pub(super) async fn find(call: &Call, api: &Api, query: &ListQuery) -> Result<Option<FilterDetails>, Error> {
    let Some(id) = query.filter_id.as_deref() else {
        return Ok(None);
    };
    if query.filter.is_some() {
        return Err(bad_query("filter_id", "takes the place of filter: give one").into());
    }
    let id: FilterId = id
        .parse()
        .map_err(|_| bad_query("filter_id", "must be the id of a filter"))?;
    let found = api
        .read_at_once(async |conn| store::filters::get_at_once(conn, &call.user, id).await)
        .await?;
    match found {
        Some(filter) => Ok(Some(filter.details)),
        None => Err(bad_query(
            "filter_id",
            "must be the id of a filter that is there; /v1/filters lists them",
        )
        .into()),
    }
}
