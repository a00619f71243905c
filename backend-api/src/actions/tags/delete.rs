//! The end of a tag.

use shared_events::event::task::kind;

use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::tag::Tag;
use crate::error::Error;

/// Deletes a tag, which tasks may go on holding.
pub async fn delete(change: &mut Change<'_>, target: &Target<Tag>) -> Result<Tag, Error> {
    let tag = change.get(target).await?;
    let deleted = tag.deleted(change.next_position(), change.now());
    change.update(kind::TAG_DELETED, &tag, &deleted, ()).await?;
    Ok(deleted)
}
