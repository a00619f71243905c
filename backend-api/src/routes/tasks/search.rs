//! `GET /v1/tasks?q=`: the tasks that are found by words, the best first.

use std::ops::Range;

use actix_web::HttpResponse;
use serde::Serialize;
use service_kit::http::{bad_cursor, bad_query};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::ids::{ProjectId, TaskId};
use utoipa::ToSchema;

use super::list::TaskPage;
use crate::domain::task::Status;
use crate::domain::words::{NotAQuery, Query};
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store::search::{self, Found, Rank, Search};

/// What is searched for, and among which tasks.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) query: Query,
    pub(super) status: Option<Status>,
    pub(super) project: Option<ProjectId>,
}

/// A page of what is found.
pub(super) async fn find(
    call: &Call,
    api: &Api,
    wanted: &Wanted,
    cursor: Option<&str>,
    limit: i64,
) -> Result<HttpResponse, Error> {
    let after = cursor.map(|cursor| wanted.read_cursor(cursor).ok_or_else(bad_cursor));
    let search = Search {
        user: &call.user,
        query: &wanted.query,
        status: wanted.status,
        project: wanted.project,
        after: after.transpose()?,
        limit: limit + 1,
    };
    let found = api.read_at_once(async |conn| search::find(conn, &search).await);
    let mut found = found.await?;
    let next_cursor = page::cut(&mut found, limit).map(|last| wanted.cursor(last.rank()));
    let hits = found.iter().map(|found| Hit::new(&wanted.query, found)).collect();
    let page = TaskPage::new(found.iter().map(|found| &found.task), next_cursor);
    Ok(HttpResponse::Ok().json(page.with_hits(hits)))
}

pub(super) fn read_query(text: &str) -> Result<Query, Problem> {
    Query::parse(text).map_err(|error: NotAQuery| bad_query("q", error))
}

impl Wanted {
    fn cursor(&self, last: Rank) -> String {
        page::encode(&self.name(), &[last.score.to_string(), last.id.to_string()])
    }

    fn read_cursor(&self, cursor: &str) -> Option<Rank> {
        let [score, id] = page::decode(&self.name(), cursor)?;
        Some(Rank {
            score: score.parse().ok()?,
            id: id.parse().ok()?,
        })
    }

    /// What a cursor is of.
    fn name(&self) -> String {
        let status = self.status.map(Status::as_str).unwrap_or_default();
        let project = self.project.map(|id| id.to_string()).unwrap_or_default();
        format!("found {status} {project} {}", self.query.words().join(" "))
    }
}

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
