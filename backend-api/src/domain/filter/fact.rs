//! What conditions mean to one user at one time: ids where names stood, and stretches of time where dates stood.

use chrono::{DateTime, Utc};
use shared_events::ids::{ProjectId, TagId};

use super::date::{Calendar, Date};
use super::field::{LikeField, Part, TextField, TimeField};
use super::tree::{Order, Pattern, Spanned, Term, Test};
use super::{Filter, FilterError};
use crate::domain::project::ProjectName;
use crate::domain::tag::TagName;
use crate::domain::task::{Priority, Status};

/// A condition on a task, of which everything is known. About what a task does not have it is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Has(Part),
    Like(LikeField, Pattern),
    /// One of them, but for case.
    Text(TextField, Vec<String>),
    Tag(Vec<TagId>),
    Project(Vec<ProjectId>),
    Status(Vec<Status>),
    Priority(Vec<Priority>),
    /// In minutes.
    Estimate(Vec<Window<i64>>),
    Time(TimeField, Vec<Window<DateTime<Utc>>>),
}

/// Everything from one value on, until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<V> {
    pub from: Option<V>,
    pub until: Option<V>,
}

/// What the names in a filter are names of: one id for each, in the order in which they stand, or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    pub tags: Vec<(TagName, Option<TagId>)>,
    pub projects: Vec<(ProjectName, Option<ProjectId>)>,
}

impl Filter {
    /// The names in it, which are to be looked up.
    #[must_use]
    pub fn names(&self) -> (Vec<&TagName>, Vec<&ProjectName>) {
        let (mut tags, mut projects) = (Vec::new(), Vec::new());
        for term in self.expr().conditions() {
            match term {
                Term::Tag(names) => tags.extend(names.iter().map(|name| &name.value)),
                Term::Project(names) => projects.extend(names.iter().map(|name| &name.value)),
                _ => {}
            }
        }
        (tags, projects)
    }

    /// Whether it means something else to another user at another time.
    #[must_use]
    pub fn needs_calendar(&self) -> bool {
        let is_time = |term: &&Term| matches!(term, Term::Time(..));
        self.expr().conditions().iter().any(is_time)
    }
}

pub(super) fn meant(term: &Term, calendar: &Calendar, names: &Names) -> Result<Fact, FilterError> {
    Ok(match term {
        Term::Has(part) => Fact::Has(*part),
        Term::Like(field @ LikeField::Text(_), pattern) => Fact::Like(*field, pattern.clone()),
        Term::Like(field, pattern) => Fact::Like(*field, pattern.composed()),
        Term::Text(field, texts) => Fact::Text(*field, texts.clone()),
        Term::Tag(tags) => Fact::Tag(known(tags, &names.tags, "tag", TagName::as_str)?),
        Term::Project(projects) => {
            Fact::Project(known(projects, &names.projects, "project", ProjectName::as_str)?)
        }
        Term::Status(statuses) => Fact::Status(statuses.clone()),
        Term::Priority(test) => Fact::Priority(priorities(test)),
        Term::Estimate(test) => {
            let minute = |minutes: &u32| {
                let from = i64::from(*minutes);
                Ok(Window {
                    from: Some(from),
                    until: Some(from + 1),
                })
            };
            Fact::Estimate(test.windows(minute)?)
        }
        Term::Time(field, test) => Fact::Time(*field, test.windows(|date| window(date, calendar))?),
    })
}

fn known<N: PartialEq, Id: Copy>(
    wanted: &[Spanned<N>],
    names: &[(N, Option<Id>)],
    kind: &str,
    text: fn(&N) -> &str,
) -> Result<Vec<Id>, FilterError> {
    let id = |name: &Spanned<N>| {
        let found = names.iter().find(|(known, _)| *known == name.value);
        found.and_then(|(_, id)| *id).ok_or_else(|| {
            let detail = format!("there is no {kind} called {:?}", text(&name.value));
            FilterError::new(name.span, detail)
        })
    };
    wanted.iter().map(id).collect()
}

fn window(date: &Spanned<Date>, calendar: &Calendar) -> Result<Window<DateTime<Utc>>, FilterError> {
    date.value.window(calendar).ok_or_else(|| {
        FilterError::new(
            date.span,
            "expected a time in the years 1970 to 9999; this one comes to another",
        )
    })
}

/// There are four: the ones that pass.
fn priorities(test: &Test<Priority>) -> Vec<Priority> {
    // Urgency falls as the priority rises.
    let passes = |priority: &Priority| match test {
        Test::OneOf(wanted) => wanted.contains(priority),
        Test::Than(order, than) => order.holds(than.urgency().cmp(&priority.urgency())),
    };
    [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Critical,
    ]
    .into_iter()
    .filter(passes)
    .collect()
}

impl Order {
    /// Whether a value that compares so with another is in this order to it.
    fn holds(self, compared: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => compared.is_lt(),
            Self::AtMost => compared.is_le(),
            Self::More => compared.is_gt(),
            Self::AtLeast => compared.is_ge(),
        }
    }
}

impl<V> Test<V> {
    /// The stretches in which values pass; `of` is the one that a value covers.
    fn windows<W>(
        &self,
        of: impl Fn(&V) -> Result<Window<W>, FilterError>,
    ) -> Result<Vec<Window<W>>, FilterError> {
        match self {
            Self::OneOf(values) => values.iter().map(of).collect(),
            Self::Than(order, value) => Ok(vec![of(value)?.beside(*order)]),
        }
    }
}

impl<V> Window<V> {
    /// What lies before it, or after it, with it or without it.
    fn beside(self, order: Order) -> Self {
        let (from, until) = match order {
            Order::Less => (None, self.from),
            Order::AtMost => (None, self.until),
            Order::More => (self.until, None),
            Order::AtLeast => (self.from, None),
        };
        Self { from, until }
    }
}
