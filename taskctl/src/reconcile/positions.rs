//! Which positions of a user's stream a topic has told of. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

/// Positions from one to another, both included, of one life of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Span {
    pub(crate) epoch: i64,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// What the records of one user and stream told, in the order of the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    epoch: i64,
    /// The first position of the first record.
    first: i64,
    /// The last position of this epoch.
    last: i64,
    /// Records of an epoch before this one came first.
    is_older_epoch_told: bool,
    missing: Vec<Span>,
}

/// Where a user's stream stands according to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) epoch: i64,
    pub(crate) position: i64,
    /// The oldest position that must still be on the topic, if any must.
    pub(crate) oldest: Option<i64>,
    /// Whether the last position must still be on the topic.
    pub(crate) is_last_retained: bool,
}

impl Told {
    pub(crate) fn first(span: Span) -> Self {
        Self {
            epoch: span.epoch,
            first: span.from,
            last: span.to,
            is_older_epoch_told: false,
            missing: Vec::new(),
        }
    }

    /// Takes the next record. Copies are harmless; a record of an older life that comes late tells nothing new.
    pub(crate) fn add(&mut self, span: Span) {
        if span.epoch < self.epoch {
            return;
        }
        if span.epoch > self.epoch {
            self.epoch = span.epoch;
            self.is_older_epoch_told = true;
            // A restore takes positions back, and never ahead: what lies between must have been told in one life or the other.
            self.last = self.last.min(span.from - 1);
        }
        if span.from > self.last + 1 {
            self.missing.push(Span {
                from: self.last + 1,
                to: span.from - 1,
                ..span
            });
        } else {
            self.fill(span);
        }
        self.last = self.last.max(span.to);
    }

    /// What had been passed over came after all.
    fn fill(&mut self, told: Span) {
        if self.missing.is_empty() {
            return;
        }
        self.missing = subtract(&self.missing, &[told]);
    }
}

/// What is missing of a stream, by the records and the database.
pub(crate) fn missing(told: Option<&Told>, standing: &Standing) -> Vec<Span> {
    let span = |from, to| Span {
        epoch: standing.epoch,
        from,
        to,
    };
    let Some(told) = told else {
        let from = standing.oldest.unwrap_or(standing.position);
        let is_missing = standing.is_last_retained && standing.position > 0;
        return Vec::from_iter(is_missing.then(|| span(from, standing.position)));
    };
    let mut missing = told.missing.clone();
    if let Some(oldest) = standing.oldest
        && !told.is_older_epoch_told
        && told.epoch == standing.epoch
        && oldest < told.first
    {
        missing.push(span(oldest, told.first - 1));
    }
    if told.epoch == standing.epoch && told.last < standing.position {
        missing.push(span(told.last + 1, standing.position));
    }
    if told.epoch < standing.epoch && standing.is_last_retained && told.last < standing.position {
        // Nothing was told since the restore, so only the last position is sure to belong to this life.
        missing.push(span(standing.position, standing.position));
    }
    missing.sort_unstable();
    missing
}

/// The first without what is in the second.
pub(crate) fn subtract(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = spans.to_vec();
    for other in others {
        let parts = left.into_iter().flat_map(|span| {
            if span.epoch != other.epoch || other.to < span.from || other.from > span.to {
                return [Some(span), None];
            }
            let before = Span {
                to: other.from - 1,
                ..span
            };
            let after = Span {
                from: other.to + 1,
                ..span
            };
            [before, after].map(|part| (part.from <= part.to).then_some(part))
        });
        left = parts.flatten().collect();
    }
    left
}

/// Of every user and stream.
#[derive(Debug, Default)]
pub(crate) struct Streams(BTreeMap<Box<str>, [Option<Told>; 2]>);

/// The two streams of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stream {
    Tasks,
    Notifications,
}

impl Stream {
    pub(crate) const ALL: [Self; 2] = [Self::Tasks, Self::Notifications];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Notifications => "notifications",
        }
    }
}

impl Streams {
    pub(crate) fn add(&mut self, user: &str, stream: Stream, span: Span) {
        if !self.0.contains_key(user) {
            self.0.insert(user.into(), [None, None]);
        }
        let Some([tasks, notifications]) = self.0.get_mut(user) else {
            return;
        };
        let told = match stream {
            Stream::Tasks => tasks,
            Stream::Notifications => notifications,
        };
        match told {
            Some(told) => told.add(span),
            None => *told = Some(Told::first(span)),
        }
    }

    pub(crate) fn of(&self, user: &str, stream: Stream) -> Option<&Told> {
        let [tasks, notifications] = self.0.get(user)?;
        match stream {
            Stream::Tasks => tasks.as_ref(),
            Stream::Notifications => notifications.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(epoch: i64, from: i64, to: i64) -> Span {
        Span { epoch, from, to }
    }

    fn told(spans: &[(i64, i64, i64)]) -> Told {
        let mut spans = spans.iter().map(|&(epoch, from, to)| span(epoch, from, to));
        let mut told = Told::first(spans.next().unwrap());
        spans.for_each(|span| told.add(span));
        told
    }

    fn standing(position: i64) -> Standing {
        Standing {
            epoch: 1,
            position,
            oldest: Some(1),
            is_last_retained: true,
        }
    }

    #[test]
    fn one_position_after_the_other_misses_nothing_and_copies_do_no_harm() {
        let told = told(&[
            (1, 1, 1),
            (1, 2, 2),
            (1, 2, 2),
            (1, 1, 1),
            (1, 3, 200),
            (1, 201, 201),
        ]);
        assert_eq!(missing(Some(&told), &standing(201)), []);
    }

    #[test]
    fn what_is_left_out_is_missing_until_it_comes() {
        let mut told = told(&[(1, 1, 1), (1, 5, 5)]);
        assert_eq!(missing(Some(&told), &standing(5)), [span(1, 2, 4)]);
        told.add(span(1, 3, 3));
        assert_eq!(missing(Some(&told), &standing(5)), [span(1, 2, 2), span(1, 4, 4)]);
    }

    #[test]
    fn the_beginning_and_the_end_are_missing_too() {
        let told = told(&[(1, 3, 3)]);
        assert_eq!(missing(Some(&told), &standing(6)), [span(1, 1, 2), span(1, 4, 6)]);
        let expired = Standing {
            oldest: Some(3),
            ..standing(3)
        };
        assert_eq!(missing(Some(&told), &expired), []);
    }

    #[test]
    fn who_was_told_nothing_misses_what_must_still_be_there() {
        assert_eq!(missing(None, &standing(4)), [span(1, 1, 4)]);
        let idle = Standing {
            is_last_retained: false,
            oldest: None,
            ..standing(4)
        };
        assert_eq!(missing(None, &idle), []);
        assert_eq!(missing(None, &standing(0)), []);
    }

    #[test]
    fn a_restore_takes_positions_back_and_what_it_leaves_out_is_missing() {
        let restored = Standing {
            epoch: 9,
            ..standing(8)
        };
        assert_eq!(
            missing(Some(&told(&[(1, 1, 7), (9, 6, 6), (9, 7, 8)])), &restored),
            []
        );
        assert_eq!(
            missing(Some(&told(&[(1, 1, 4), (9, 7, 8)])), &restored),
            [span(9, 5, 6)]
        );
        assert_eq!(missing(Some(&told(&[(1, 1, 7)])), &restored), [span(9, 8, 8)]);
        assert_eq!(missing(Some(&told(&[(1, 1, 8)])), &restored), []);
    }

    #[test]
    fn what_waits_is_left_out_of_what_is_missing() {
        let waiting = [span(1, 3, 3), span(1, 6, 9), span(2, 4, 4)];
        assert_eq!(
            subtract(&[span(1, 2, 4), span(1, 6, 7)], &waiting),
            [span(1, 2, 2), span(1, 4, 4)]
        );
    }
}
