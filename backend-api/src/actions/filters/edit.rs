//! Another description of a filter, or another place among the others.

use shared_events::event::task::kind;

use super::check_name;
use crate::actions::order;
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::saved_filter::SavedFilter;
use crate::error::Error;
use crate::input::filter::FilterPatch;
use crate::input::place::PlaceInput;

/// Changes what a filter says. A patch that changes nothing makes no new version.
pub async fn edit(
    change: &mut Change<'_>,
    target: &Target<SavedFilter>,
    patch: &FilterPatch,
) -> Result<SavedFilter, Error> {
    let before = change.get(target).await?;
    let details = patch.over(Some(&before.details))?;
    if details == before.details {
        return Ok(before);
    }
    check_name(change, &details.name, Some(&before)).await?;
    let after = before.edited(details, change.next_position(), change.now());
    change.update(kind::FILTER_UPDATED, &before, &after, ()).await?;
    Ok(after)
}

/// Moves a filter right before or after another.
pub async fn relocate(
    change: &mut Change<'_>,
    target: &Target<SavedFilter>,
    place: &PlaceInput,
) -> Result<SavedFilter, Error> {
    let before = change.get(target).await?;
    let Some(order) = order::place(change, &before, place).await? else {
        return Ok(before);
    };
    let after = before.moved(order, change.next_position(), change.now());
    change.update(kind::FILTER_UPDATED, &before, &after, ()).await?;
    Ok(after)
}
