//! How the tasks of a list with `q` were found.

use std::ops::Range;

use serde::Serialize;
use shared_events::ids::TaskId;
use utoipa::ToSchema;

use crate::domain::words::Query;
use crate::store::search::Found;

/// How a task was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit {
    #[schema(value_type = String, format = Uuid)]
    task_id: TaskId,
    /// Whole words count more than beginnings of words, and these more than words that are only like those searched for;
    /// the title counts more than names of tags and the project, and these more than the description.
    #[schema(example = 16)]
    score: i32,
    /// Where words of the title begin like one that was searched for, or are like it.
    title: Vec<Place>,
    /// The same of the first 4,000 characters of the description.
    description: Vec<Place>,
}

/// A part of a text, in characters (Unicode scalar values).
#[derive(Debug, Serialize, ToSchema)]
pub struct Place {
    /// The first character of it.
    #[schema(example = 4)]
    start: usize,
    /// The first character after it.
    #[schema(example = 8)]
    end: usize,
}

impl Hit {
    pub(super) fn new(query: &Query, found: &Found) -> Self {
        let places = |text: &str| {
            query
                .places(&found.alike, text)
                .into_iter()
                .map(Place::from)
                .collect()
        };
        let details = &found.task.details;
        Self {
            task_id: found.task.id,
            score: found.score,
            title: places(details.title.as_str()),
            description: details
                .description
                .as_ref()
                .map(|text| places(text.as_str()))
                .unwrap_or_default(),
        }
    }
}

impl From<Range<usize>> for Place {
    fn from(Range { start, end }: Range<usize>) -> Self {
        Self { start, end }
    }
}
