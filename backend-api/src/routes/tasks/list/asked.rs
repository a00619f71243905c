//! What a request for a list of tasks asks for, and its cursors.

use chrono::{DateTime, Datelike as _, Utc};
use service_kit::http::{bad_cursor, bad_query};
use service_kit::page;
use service_kit::problem::Problem;
use sha2::{Digest as _, Sha256};
use shared_events::ids::ProjectId;

use super::{ListQuery, refused};
use crate::domain::filter::{Calendar, Filter};
use crate::domain::saved_filter::FilterDetails;
use crate::domain::settings::FirstDay;
use crate::domain::sort::{NotASort, Place, Sort};
use crate::domain::task::{Status, Task};
use crate::domain::words;
use crate::store::search::Rank;

/// The parameters of a list, but for its pages.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) status: Option<Status>,
    pub(super) project: Option<ProjectId>,
    pub(super) filter: Option<Filter>,
    /// The parameter that the filter comes from.
    pub(super) filtered_by: &'static str,
    /// With these the best come first, and there is no other order.
    pub(super) words: Option<words::Query>,
    pub(super) sort: Sort,
}

/// Where a list goes on.
#[derive(Debug, Default)]
pub(super) struct Continued {
    /// What times are counted from, in a list with a filter.
    pub(super) calendar: Option<Calendar>,
    /// The last task of the page before, in the order asked for.
    pub(super) place: Option<Place>,
    /// The last task of the page before, where the best come first.
    pub(super) rank: Option<Rank>,
}

impl Asked {
    pub(super) fn read(query: &ListQuery, saved: Option<&FilterDetails>) -> Result<Self, Problem> {
        let sort = query.sort.as_deref().map(str::parse).transpose();
        let (filter, filtered_by) = match saved {
            Some(saved) => (Some(saved.text.as_str()), "filter_id"),
            None => (query.filter.as_deref(), "filter"),
        };
        let filter = filter.map(Filter::parse).transpose();
        let words = query.q.as_deref().map(words::Query::parse).transpose();
        if query.q.is_some() && query.sort.is_some() {
            return Err(bad_query(
                "sort",
                "must be left out together with q: the best come first",
            ));
        }
        Ok(Self {
            status: query.status.as_deref().map(read_status).transpose()?,
            project: query.project_id.as_deref().map(read_project).transpose()?,
            filter: filter.map_err(|error| refused(filtered_by, &error))?,
            filtered_by,
            words: words.map_err(|error| bad_query("q", error))?,
            sort: sort
                .map_err(|error: NotASort| bad_query("sort", error.to_string()))?
                .or_else(|| saved.and_then(|saved| saved.sort.clone()))
                .unwrap_or_default(),
        })
    }

    pub(super) fn continued(&self, cursor: Option<&str>) -> Result<Continued, Problem> {
        match cursor {
            None => Ok(Continued::default()),
            Some(cursor) => self.read_cursor(cursor).ok_or_else(bad_cursor),
        }
    }

    /// Where the list goes on after a task.
    pub(super) fn cursor(&self, calendar: Option<Calendar>, last: &Task) -> String {
        self.encoded(calendar, self.sort.place(last).parts())
    }

    /// Where a search goes on after a task.
    pub(super) fn search_cursor(&self, calendar: Option<Calendar>, last: Rank) -> String {
        self.encoded(calendar, vec![last.score.to_string(), last.id.to_string()])
    }

    fn encoded(&self, calendar: Option<Calendar>, place: Vec<String>) -> String {
        let mut parts = calendar.map(written).unwrap_or_default();
        parts.extend(place);
        page::encode(&self.name(), &parts)
    }

    fn read_cursor(&self, cursor: &str) -> Option<Continued> {
        let parts = page::parts(&self.name(), cursor)?;
        let (calendar, place) = match &self.filter {
            None => (None, parts.as_slice()),
            Some(_) => {
                let (calendar, place) = parts.split_first_chunk()?;
                (Some(read_calendar(calendar)?), place)
            }
        };
        let (place, rank) = match &self.words {
            None => (Some(self.sort.read_place(place)?), None),
            Some(_) => (None, Some(read_rank(place)?)),
        };
        Some(Continued {
            calendar,
            place,
            rank,
        })
    }

    /// What a cursor is of. A filter may be long: it is told by its hash, whatever way it was written.
    fn name(&self) -> String {
        let status = self.status.map(Status::as_str).unwrap_or_default();
        let project = self.project.map(|id| id.to_string()).unwrap_or_default();
        let order = match &self.words {
            None => self.sort.to_string(),
            Some(query) => format!("q {}", query.words().join(" ")),
        };
        let name = format!("tasks {status} {project} {order}");
        match &self.filter {
            None => name,
            Some(filter) => {
                let hash = Sha256::digest(filter.to_string());
                let short: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
                format!("{name} {short}")
            }
        }
    }
}

/// As a cursor carries it, without a full stop.
fn written(calendar: Calendar) -> Vec<String> {
    vec![
        calendar.now.timestamp_micros().to_string(),
        calendar.zone.to_string(),
        FirstDay::from(calendar.first_day).to_string(),
    ]
}

fn read_calendar([now, zone, first_day]: &[String; 3]) -> Option<Calendar> {
    let now: DateTime<Utc> = DateTime::from_timestamp_micros(now.parse().ok()?)?;
    let first_day: FirstDay = first_day.parse().ok()?;
    (1970..10_000).contains(&now.year()).then_some(Calendar {
        now,
        zone: zone.parse().ok()?,
        first_day: first_day.weekday(),
    })
}

fn read_rank(parts: &[String]) -> Option<Rank> {
    let [score, id] = parts else { return None };
    Some(Rank {
        score: score.parse().ok()?,
        id: id.parse().ok()?,
    })
}

fn read_status(word: &str) -> Result<Status, Problem> {
    word.parse()
        .map_err(|_| bad_query("status", "must be one of open, done, skipped"))
}

fn read_project(text: &str) -> Result<ProjectId, Problem> {
    text.parse()
        .map_err(|_| bad_query("project_id", "must be the id of a project"))
}
