//! A new tag.

use super::check_name;
use crate::change::Change;
use crate::domain::tag::{MAX_PER_USER, Tag, TagName};
use crate::error::{Conflict, Error};

/// Creates a tag whose name no other has.
pub async fn create(change: &mut Change<'_>, name: TagName) -> Result<Tag, Error> {
    check_name(change, &name, None).await?;
    if change.tags().await? >= MAX_PER_USER {
        return Err(Conflict::TooManyTags.into());
    }
    let tag = Tag::new(name, change.next_position(), change.now());
    change.create(&tag, ()).await?;
    Ok(tag)
}
