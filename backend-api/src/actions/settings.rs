//! What can be done to settings.

use shared_events::event::task::kind;
use shared_events::ids::Version;

use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::settings::Settings;
use crate::error::Error;
use crate::input::settings::SettingsPatch;

/// Changes what a user chose. A patch that changes nothing makes no new version.
pub async fn edit(
    change: &mut Change<'_>,
    target: &Target<Settings>,
    patch: &SettingsPatch,
) -> Result<Settings, Error> {
    let before = target.check(change.settings().await?)?;
    let choices = patch.over(&before.choices)?;
    if choices == before.choices {
        return Ok(before);
    }
    let after = before.changed(choices, change.next_position(), change.now());
    if before.version == Version(0) {
        change.create(&after, ()).await?;
    } else {
        change.update(kind::SETTINGS_UPDATED, &before, &after, ()).await?;
    }
    Ok(after)
}
