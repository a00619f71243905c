//! The orders in which tasks are listed, and where a list goes on in them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, SecondsFormat, Utc};
use shared_events::ids::TaskId;

use super::order::OrderKey;
use super::task::Task;

/// What tasks are ordered by, the first term first; the id decides between equal ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(Vec<Term>);

/// One of the things that tasks are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub key: SortKey,
    /// `-` in a request.
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// Tasks that are not due come last, whichever the direction.
    Due,
    /// Ascending from low to critical.
    Priority,
    Created,
    Updated,
    /// The user's own order.
    Order,
}

/// The values of a page's last item, after which the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// One for each term.
    pub values: Vec<Value>,
    pub id: TaskId,
}

/// What a task is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// None of a task that is not due.
    Time(Option<DateTime<Utc>>),
    /// 0 is critical, 3 is low.
    Urgency(i16),
    Position(i64),
    Order(OrderKey),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one to three different ones of due, priority, created, updated, order, each with - before it for the other way round, like -priority,due"
)]
pub struct NotASort;

const MAX_TERMS: usize = 3;

impl Sort {
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Where the list goes on after this task.
    #[must_use]
    pub fn place(&self, task: &Task) -> Place {
        Place {
            values: self.0.iter().map(|term| term.key.value(task)).collect(),
            id: task.id,
        }
    }

    /// Reads the parts of a cursor that [`Place::parts`] wrote; none if they are of another order.
    #[must_use]
    pub fn read_place(&self, parts: &[String]) -> Option<Place> {
        let (id, values) = parts.split_last()?;
        if values.len() != self.0.len() {
            return None;
        }
        let read = self.0.iter().zip(values).map(|(term, text)| term.key.read(text));
        Some(Place {
            values: read.collect::<Option<_>>()?,
            id: id.parse().ok()?,
        })
    }
}

impl Default for Sort {
    /// Due soonest, then the most urgent.
    fn default() -> Self {
        let due = Term {
            key: SortKey::Due,
            descending: false,
        };
        let priority = Term {
            key: SortKey::Priority,
            descending: true,
        };
        Self(vec![due, priority])
    }
}

impl FromStr for Sort {
    type Err = NotASort;

    fn from_str(text: &str) -> Result<Self, NotASort> {
        let mut terms: Vec<Term> = Vec::new();
        for word in text.split(',') {
            let (name, descending) = match word.strip_prefix('-') {
                Some(name) => (name, true),
                None => (word, false),
            };
            let key = SortKey::ALL.into_iter().find(|key| key.name() == name);
            let key = key.ok_or(NotASort)?;
            if terms.len() == MAX_TERMS || terms.iter().any(|term| term.key == key) {
                return Err(NotASort);
            }
            terms.push(Term { key, descending });
        }
        Ok(Self(terms))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let minus = if term.descending { "-" } else { "" };
            write!(f, "{comma}{minus}{}", term.key.name())?;
        }
        Ok(())
    }
}

impl SortKey {
    const ALL: [Self; 5] = [
        Self::Due,
        Self::Priority,
        Self::Created,
        Self::Updated,
        Self::Order,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Priority => "priority",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Order => "order",
        }
    }

    fn value(self, task: &Task) -> Value {
        match self {
            Self::Due => Value::Time(task.due_at),
            Self::Created => Value::Time(Some(task.created_at)),
            Self::Priority => Value::Urgency(task.details.priority.urgency()),
            Self::Updated => Value::Position(task.position.get()),
            Self::Order => Value::Order(task.order.clone()),
        }
    }

    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Due if text.is_empty() => Some(Value::Time(None)),
            Self::Due | Self::Created => {
                let at = DateTime::from_timestamp_micros(text.parse().ok()?)?;
                // Postgres does not read others as they are written here.
                (1..10_000).contains(&at.year()).then_some(Value::Time(Some(at)))
            }
            Self::Priority => text.parse().ok().map(Value::Urgency),
            Self::Updated => text.parse().ok().map(Value::Position),
            Self::Order => text.parse().ok().map(Value::Order),
        }
    }
}

impl Place {
    /// The parts of a cursor, none of which has a full stop.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let values = self.values.iter().map(|value| match value {
            Value::Time(at) => at.map(|at| at.timestamp_micros().to_string()).unwrap_or_default(),
            Value::Urgency(urgency) => urgency.to_string(),
            Value::Position(position) => position.to_string(),
            Value::Order(order) => order.to_string(),
        });
        values.chain([self.id.to_string()]).collect()
    }
}

impl Value {
    /// As Postgres reads it; `never` takes the place of no time.
    #[must_use]
    pub fn text(&self, never: &str) -> String {
        match self {
            Self::Time(Some(at)) => at.to_rfc3339_opts(SecondsFormat::Micros, true),
            Self::Time(None) => never.to_owned(),
            Self::Urgency(urgency) => urgency.to_string(),
            Self::Position(position) => position.to_string(),
            Self::Order(order) => order.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared_events::ids::Position;

    use super::*;

    #[test]
    fn an_order_is_up_to_three_different_keys() {
        for text in ["due", "-priority,due", "order", "-updated,created,-due"] {
            let sort: Sort = text.parse().expect(text);
            assert_eq!(sort.to_string(), text);
        }
        assert_eq!("due,-priority".parse(), Ok(Sort::default()));
        for text in [
            "",
            "due,",
            "--due",
            "due,-due",
            "title",
            "Due",
            "due,priority,created,order",
            "due, priority",
        ] {
            assert_eq!(text.parse::<Sort>(), Err(NotASort), "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_cursor_are_read_back_and_those_of_another_order_are_not() {
        let sort: Sort = "due,order".parse().expect("an order");
        let order = OrderKey::at(
            DateTime::from_timestamp(1_796_000_000, 0).expect("a time"),
            Position(7),
        );
        for due in [None, DateTime::from_timestamp_micros(1_796_000_000_000_001)] {
            let place = Place {
                values: vec![Value::Time(due), Value::Order(order.clone())],
                id: TaskId::new(),
            };
            assert_eq!(sort.read_place(&place.parts()), Some(place.clone()));
            assert_eq!(Sort::default().read_place(&place.parts()), None);
        }
        assert_eq!(sort.read_place(&[]), None);
    }
}
