//! Why a request is refused or fails, and the problem document that says so.

use actix_web::http::{StatusCode, header};
use serde_json::Value;
use service_kit::http::retry_after;
use service_kit::problem::Problem;
use shared_events::ids::{FilterId, ProjectId, TagId, Version};
use shared_events::outbox::EnqueueError;

use crate::domain::aggregate::Aggregate;
use crate::domain::invalid::{Invalid, Rule};
use crate::domain::project::{MAX_PER_USER as MAX_PROJECTS, MAX_TASKS_DELETED};
use crate::domain::saved_filter::MAX_PER_USER as MAX_FILTERS;
use crate::domain::tag::MAX_PER_USER;
use crate::domain::task::MAX_SUB_TASKS;

/// Everything that a request can end with instead of success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// This user has none of that name with that id: see [`Error::not_found`].
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// `If-Match` names another version than the current one.
    #[error("it is at version {current}")]
    VersionMismatch {
        current: Version,
        /// It as it is now.
        representation: Box<Value>,
    },
    /// The request makes no sense in the state things are in.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The Idempotency-Key was used for another request.
    #[error("the Idempotency-Key was used for another request; send a new one")]
    KeyReused,
    /// The change needs this plan to be checked first: see [`crate::domain::recurrence::CheckedPlan`].
    #[error("the rule was not checked")]
    Unchecked(Box<recurrence::Series>),
    /// The change cannot be made by [`crate::change::at_once`].
    #[error("the change needs the user's lock")]
    NeedsLock,
    /// A problem that was described where it was found.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The events of the change cannot be written.
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    #[error(transparent)]
    Database(sqlx::Error),
}

/// The constraint that no two tasks, of whatever users, have the same id.
const ONE_TASK_AN_ID: &str = "task_pkey";

impl From<sqlx::Error> for Error {
    /// A client may choose the id of a new task, and choose one that there is.
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.constraint()) {
            Some(ONE_TASK_AN_ID) => Conflict::IdTaken.into(),
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// This user has none with that id.
    #[must_use]
    pub fn not_found<T: Aggregate>() -> Self {
        Self::NotFound(T::NAME)
    }
}

/// What stands against a request in the state things are in; each is a problem type of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Only an open task can be completed or skipped.
    #[error("the task is {0}, not open; reopen it first")]
    NotOpen(&'static str),
    /// Only the newest occurrence carries the rule of its series.
    #[error("a newer occurrence of the series exists; change the rule there")]
    NotNewestOccurrence,
    /// Nothing follows in it any more.
    #[error("the series has ended; give its newest occurrence a rule to go on")]
    SeriesEnded,
    /// A task that recurs takes so many sub-tasks with it and no more.
    #[error("a task that recurs has at most {MAX_SUB_TASKS} sub-tasks")]
    TooManySubTasks,
    /// A request with the same Idempotency-Key has not ended yet.
    #[error("a request with the same Idempotency-Key is being worked on; ask again")]
    KeyInFlight,
    /// Another tag of the user has this name, whatever its case.
    #[error("another tag has this name; case makes no difference")]
    TagExists(TagId),
    /// A user has so many tags and no more.
    #[error("there are {MAX_PER_USER} tags already, and that is the most")]
    TooManyTags,
    /// Another project of the user has this name, whatever its case.
    #[error("another project has this name; case makes no difference")]
    ProjectExists(ProjectId),
    /// A user has so many projects and no more.
    #[error("there are {MAX_PROJECTS} projects already, and that is the most")]
    TooManyProjects,
    /// Another filter of the user has this name, whatever its case.
    #[error("another filter has this name; case makes no difference")]
    FilterExists(FilterId),
    /// A user has so many filters and no more.
    #[error("there are {MAX_FILTERS} filters already, and that is the most")]
    TooManyFilters,
    /// A project is deleted with so many tasks and no more.
    #[error("the project has more than {MAX_TASKS_DELETED} tasks; delete or move some of them first")]
    TooManyTasks,
    /// Two neighbours lie so close to each other that nothing fits between them.
    #[error("there is no room left between its neighbours; move one of them first")]
    NoRoom,
    /// The id that a client chose for a new task was used for another.
    #[error("there was a request for another task with this id; choose a new id")]
    IdTaken,
}

impl Conflict {
    fn problem(self) -> Problem {
        let of = |slug, title| Problem::new(StatusCode::CONFLICT, slug, title);
        match self {
            Self::NotOpen(_) => of("not-open", "The task is not open"),
            Self::NotNewestOccurrence => {
                of("not-newest-occurrence", "Not the newest occurrence").pointer("/recurrence")
            }
            Self::SeriesEnded => of("series-ended", "The series has ended"),
            Self::TooManySubTasks => of("too-many-sub-tasks", "There are too many sub-tasks"),
            Self::TagExists(id) => of("tag-exists", "There is such a tag")
                .pointer("/name")
                .with("tag_id", id.to_string()),
            Self::TooManyTags => of("too-many-tags", "There are too many tags"),
            Self::ProjectExists(id) => of("project-exists", "There is such a project")
                .pointer("/name")
                .with("project_id", id.to_string()),
            Self::TooManyProjects => of("too-many-projects", "There are too many projects"),
            Self::FilterExists(id) => of("filter-exists", "There is such a filter")
                .pointer("/name")
                .with("filter_id", id.to_string()),
            Self::TooManyFilters => of("too-many-filters", "There are too many filters"),
            Self::TooManyTasks => of("too-many-tasks", "There are too many tasks"),
            Self::NoRoom => of("no-room", "There is no room"),
            Self::IdTaken => of("id-taken", "The id is taken").pointer("/id"),
            Self::KeyInFlight => {
                let (name, value) = retry_after(1);
                of("idempotency-key-in-flight", "The same request is being worked on").header(name, value)
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(invalid) => refused(invalid),
            Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail(detail),
            Error::VersionMismatch {
                current,
                representation,
            } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version-mismatch",
                "It has changed",
            )
            .detail(format!("If-Match names another version; {detail}"))
            .with("current_version", current.get())
            .with("current", *representation)
            .header(header::ETAG, format!("\"{current}\"")),
            Error::Conflict(conflict) => conflict.problem().detail(detail),
            Error::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The key was used already",
            )
            .detail(detail),
            Error::Unchecked(_) | Error::NeedsLock => Self::internal(detail),
            Error::Problem(problem) => problem,
            Error::Enqueue(EnqueueError::TooLarge(_)) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "task-too-large",
                "The task is too large",
            )
            .detail(detail),
            Error::Enqueue(EnqueueError::Encode(error)) => Self::internal(error),
            Error::Enqueue(EnqueueError::Database(error)) | Error::Database(error) => Self::from(error),
        }
    }
}

fn refused(invalid: Invalid) -> Problem {
    let (slug, title) = match invalid.rule {
        Rule::Field => ("validation", "The request body is not valid"),
        Rule::PastDue => ("past-due", "It lies in the past"),
    };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, slug, title)
        .detail(invalid.detail)
        .pointer(invalid.pointer);
    match invalid.column {
        Some(column) => problem.with("column", column),
        None => problem,
    }
}

/// An [`Error`] on its way out: actix asks for the response by reference, so the problem is made once, here.
impl From<Error> for actix_web::Error {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}
