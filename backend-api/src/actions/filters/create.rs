//! A new filter.

use super::check_name;
use crate::change::Change;
use crate::domain::saved_filter::{FilterDetails, MAX_PER_USER, SavedFilter};
use crate::error::{Conflict, Error};

/// Creates a filter whose name no other has.
pub async fn create(change: &mut Change<'_>, details: FilterDetails) -> Result<SavedFilter, Error> {
    check_name(change, &details.name, None).await?;
    if change.filters().await? >= MAX_PER_USER {
        return Err(Conflict::TooManyFilters.into());
    }
    let filter = SavedFilter::new(details, change.next_position(), change.now());
    change.create(&filter, ()).await?;
    Ok(filter)
}
