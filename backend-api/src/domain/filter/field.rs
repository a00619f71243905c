//! The fields that a filter can name.

/// What a filter asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Text(TextField),
    Status,
    Priority,
    Tag,
    Project,
    Time(TimeField),
    Estimate,
    /// One that there is or is not, and about which there is no more to ask.
    Only(Part),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    Title,
    Description,
    /// Title or description.
    Either,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeField {
    Due,
    Start,
    Created,
    Updated,
    Completed,
}

/// The fields that can be held against a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeField {
    Text(TextField),
    /// Any of the tags' names.
    Tag,
    Project,
}

/// What a task can be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Description,
    Tags,
    Project,
    Due,
    Start,
    Completed,
    Estimate,
    Recurrence,
    Parent,
    SubTasks,
    Reminders,
}

/// Each under the name that is shown, then under others.
const NAMES: [(&str, Field); 21] = [
    ("title", Field::Text(TextField::Title)),
    ("description", Field::Text(TextField::Description)),
    ("text", Field::Text(TextField::Either)),
    ("status", Field::Status),
    ("priority", Field::Priority),
    ("tag", Field::Tag),
    ("project", Field::Project),
    ("due", Field::Time(TimeField::Due)),
    ("start", Field::Time(TimeField::Start)),
    ("created", Field::Time(TimeField::Created)),
    ("updated", Field::Time(TimeField::Updated)),
    ("completed", Field::Time(TimeField::Completed)),
    ("estimate", Field::Estimate),
    ("recurrence", Field::Only(Part::Recurrence)),
    ("parent", Field::Only(Part::Parent)),
    ("subtasks", Field::Only(Part::SubTasks)),
    ("reminders", Field::Only(Part::Reminders)),
    ("tags", Field::Tag),
    ("recurring", Field::Only(Part::Recurrence)),
    ("sub-tasks", Field::Only(Part::SubTasks)),
    ("reminder", Field::Only(Part::Reminders)),
];

/// What an error offers where a field is missing.
pub(super) const FIELDS: &str = "title, description, text, status, priority, tag, project, due, start, created, updated, completed, \
     estimate";
/// What an error offers after `has`.
pub(super) const PARTS: &str =
    "description, tags, project, due, start, completed, estimate, recurrence, parent, subtasks, reminders";

impl Field {
    pub(super) fn named(word: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        named.map(|(_, field)| *field)
    }

    pub(super) fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(_, field)| *field == self);
        named.map_or("", |(name, _)| name)
    }

    /// None of what every task has.
    pub(super) const fn part(self) -> Option<Part> {
        match self {
            Self::Text(TextField::Description) => Some(Part::Description),
            Self::Tag => Some(Part::Tags),
            Self::Project => Some(Part::Project),
            Self::Time(TimeField::Due) => Some(Part::Due),
            Self::Time(TimeField::Start) => Some(Part::Start),
            Self::Time(TimeField::Completed) => Some(Part::Completed),
            Self::Estimate => Some(Part::Estimate),
            Self::Only(part) => Some(part),
            Self::Text(_) | Self::Status | Self::Priority | Self::Time(_) => None,
        }
    }

    /// Whether it can be held against a pattern.
    pub(super) const fn like(self) -> Option<LikeField> {
        match self {
            Self::Text(field) => Some(LikeField::Text(field)),
            Self::Tag => Some(LikeField::Tag),
            Self::Project => Some(LikeField::Project),
            _ => None,
        }
    }

    /// Whether one value of it is more than another.
    pub(super) const fn has_order(self) -> bool {
        matches!(self, Self::Priority | Self::Time(_) | Self::Estimate)
    }
}

impl Part {
    /// As it stands after `has`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Tags => "tags",
            Self::Project => "project",
            Self::Due => "due",
            Self::Start => "start",
            Self::Completed => "completed",
            Self::Estimate => "estimate",
            Self::Recurrence => "recurrence",
            Self::Parent => "parent",
            Self::SubTasks => "subtasks",
            Self::Reminders => "reminders",
        }
    }
}

impl From<LikeField> for Field {
    fn from(field: LikeField) -> Self {
        match field {
            LikeField::Text(field) => Self::Text(field),
            LikeField::Tag => Self::Tag,
            LikeField::Project => Self::Project,
        }
    }
}
