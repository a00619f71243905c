//! Another name for a tag.

use shared_events::event::task::kind;

use super::check_name;
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::tag::{Tag, TagName};
use crate::error::Error;

/// The same name once more, or none, changes nothing; the same in another case is another name of the same tag.
pub async fn rename(
    change: &mut Change<'_>,
    target: &Target<Tag>,
    name: Option<TagName>,
) -> Result<Tag, Error> {
    let tag = change.get(target).await?;
    let Some(name) = name.filter(|name| *name != tag.name) else {
        return Ok(tag);
    };
    check_name(change, &name, Some(&tag)).await?;
    let renamed = tag.renamed(name, change.next_position(), change.now());
    change.update(kind::TAG_UPDATED, &tag, &renamed, ()).await?;
    Ok(renamed)
}
