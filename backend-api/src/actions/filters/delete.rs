//! The end of a filter.

use shared_events::event::task::kind;

use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::saved_filter::SavedFilter;
use crate::error::Error;

/// Deletes a filter. What it lists stays as it is.
pub async fn delete(change: &mut Change<'_>, target: &Target<SavedFilter>) -> Result<SavedFilter, Error> {
    let filter = change.get(target).await?;
    let deleted = filter.deleted(change.next_position(), change.now());
    change.update(kind::FILTER_DELETED, &filter, &deleted, ()).await?;
    Ok(deleted)
}
