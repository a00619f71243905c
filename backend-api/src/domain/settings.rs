//! What a user chose for all tasks: the zone of wall times, the first day of the week, reminders of new tasks.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc, Weekday};
use recurrence::Zone;
use shared_events::ids::{Position, SettingsId, UserId, Version};

use super::reminder::{Before, Reminder};

/// The first day of a week on a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstDay(Weekday);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of monday, tuesday, wednesday, thursday, friday, saturday, sunday")]
pub struct NotADay;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Of wall times that name none.
    pub zone: Option<Zone>,
    pub first_day_of_week: FirstDay,
    /// Reminders of new tasks that are due and name none: how long before the due time.
    pub default_reminders: Vec<Before>,
}

/// The settings as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub id: SettingsId,
    pub choices: Choices,
    /// Rises by 1 with every change; 0 before the first.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// None before the first change.
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    /// When they went with their user's account.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Choices {
    /// What a new task is reminded of that is due and says nothing about it.
    #[must_use]
    pub fn reminders(&self) -> Vec<Reminder> {
        self.default_reminders
            .iter()
            .map(|before| Reminder::Before(*before))
            .collect()
    }
}

impl Settings {
    /// Those of a user who never chose anything, which are not stored.
    #[must_use]
    pub fn initial(user: &UserId) -> Self {
        Self {
            id: SettingsId::of(user),
            choices: Choices::default(),
            version: Version(0),
            position: Position(0),
            created_at: None,
            updated_at: None,
            deleted_at: None,
        }
    }

    /// Those of a user who begins anew where they were deleted: what everybody begins with, at the version after which they go
    /// on.
    #[must_use]
    pub fn or_anew(self) -> Self {
        match self.deleted_at {
            None => self,
            Some(_) => Self {
                choices: Choices::default(),
                deleted_at: None,
                ..self
            },
        }
    }

    #[must_use]
    pub fn deleted(&self, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            deleted_at: Some(now),
            ..self.changed(self.choices.clone(), position, now)
        }
    }

    #[must_use]
    pub fn changed(&self, choices: Choices, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            id: self.id,
            choices,
            version: self.version.next(),
            position,
            created_at: self.created_at.or(Some(now)),
            updated_at: Some(now),
            deleted_at: None,
        }
    }
}

impl FirstDay {
    const NAMES: [(&'static str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];

    #[must_use]
    pub const fn weekday(self) -> Weekday {
        self.0
    }

    /// The word of the API and of the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(_, day)| *day == self.0);
        named.map_or("monday", |(name, _)| name)
    }
}

impl From<Weekday> for FirstDay {
    fn from(day: Weekday) -> Self {
        Self(day)
    }
}

impl Default for FirstDay {
    /// ISO 8601.
    fn default() -> Self {
        Self(Weekday::Mon)
    }
}

impl FromStr for FirstDay {
    type Err = NotADay;

    fn from_str(word: &str) -> Result<Self, NotADay> {
        let named = Self::NAMES.iter().find(|(name, _)| *name == word);
        named.map(|(_, day)| Self(*day)).ok_or(NotADay)
    }
}

impl fmt::Display for FirstDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_name() {
        for (name, _) in FirstDay::NAMES {
            assert_eq!(name.parse::<FirstDay>().map(FirstDay::as_str), Ok(name));
        }
        assert_eq!("Monday".parse::<FirstDay>(), Err(NotADay));
        assert_eq!(FirstDay::default().as_str(), "monday");
    }
}
