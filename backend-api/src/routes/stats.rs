//! `GET /v1/stats`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use recurrence::Zone;
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_query};
use service_kit::problem::Problem;
use shared_events::ids::ProjectId;
use utoipa::{IntoParams, ToSchema};

use crate::domain::project;
use crate::domain::stats::{AsOf, Calendar, DAYS, MAX_DAYS, Stats, Streak, Sums};
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;

/// Whose days, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// The number of days of `done`, of which today is the last.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<usize>,
    /// IANA zone of the days; that of the settings if absent, and UTC if they have none.
    #[param(format = "zone", min_length = 1)]
    timezone: Option<String>,
    /// Only tasks of this project.
    #[param(value_type = Option<Uuid>)]
    project_id: Option<String>,
}

/// How many tasks there are to do, and were done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stats, examples(json!({
    "as_of": "2026-11-22T09:30:00Z", "timezone": "Europe/Berlin", "open": 12, "overdue": 2, "due_today": 3,
    "done": [{"date": "2026-11-21", "count": 4}, {"date": "2026-11-22", "count": 1}],
    "streak": {"current": 5, "longest": 21},
    "projects": [
        {"project_id": null, "open": 7, "overdue": 2, "due_today": 1, "done": 2},
        {"project_id": "018f4e6e-0000-7000-8000-000000000001", "open": 5, "overdue": 0, "due_today": 2, "done": 3},
    ],
})))]
pub struct StatsView {
    /// The moment that the figures are of.
    as_of: DateTime<Utc>,
    /// The zone of the days.
    timezone: &'static str,
    #[schema(minimum = 0)]
    open: i64,
    /// Open tasks that were due before `as_of`; one that is due a whole day, once that day is over in its zone.
    #[schema(minimum = 0)]
    overdue: i64,
    /// Open tasks that are due today, also those that are overdue already.
    #[schema(minimum = 0)]
    due_today: i64,
    /// Tasks that were completed, day by day, the oldest first, and each day is there. A task that is deleted later was done
    /// all the same; one that was reopened or skipped was not.
    #[schema(max_items = 366)]
    done: Vec<DoneView>,
    streak: StreakView,
    /// Each project in the order of projects, after what belongs to none.
    #[schema(max_items = 501)]
    projects: Vec<ProjectStatsView>,
}

/// A day of the calendar.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DoneOnDay)]
pub struct DoneView {
    date: NaiveDate,
    #[schema(minimum = 0)]
    count: i64,
}

/// How many days in a row at least one task was done, looked for in the last 1,096 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Streak)]
pub struct StreakView {
    /// Up to today, or to yesterday while nothing was done today.
    #[schema(minimum = 0, maximum = 1096)]
    current: usize,
    #[schema(minimum = 0, maximum = 1096)]
    longest: usize,
}

/// The same of one project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectStats)]
pub struct ProjectStatsView {
    /// Null: of no project.
    #[schema(value_type = Option<Uuid>)]
    project_id: Option<ProjectId>,
    #[schema(minimum = 0)]
    open: i64,
    #[schema(minimum = 0)]
    overdue: i64,
    #[schema(minimum = 0)]
    due_today: i64,
    /// On all days of `done` together.
    #[schema(minimum = 0)]
    done: i64,
}

/// Read the figures of a dashboard
///
/// They are kept by each change, not counted over the tasks. Those of a project that was deleted count in the whole alone. With
/// `project_id` everything is about that project.
#[utoipa::path(
    get, path = "/v1/stats", operation_id = "get_stats", tag = "stats", params(StatsQuery),
    responses(
        (status = 200, body = StatsView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>, query: Query<StatsQuery>) -> Result<HttpResponse, Error> {
    let window = read_days(query.days)?;
    let asked = query.timezone.as_deref().map(read_zone).transpose()?;
    let only = query.project_id.as_deref().map(read_project).transpose()?;
    let user = &call.user;
    let view = api.read(user, async |conn| {
        let (now, chosen) = store::stats::now(conn, user).await?;
        let (as_of, zone) = (AsOf::new(now), asked.or(chosen).unwrap_or(Zone::UTC));
        let calendar = Calendar::up_to(now, zone, window);
        let counted = store::stats::counted(conn, user, only, &as_of, &calendar).await?;
        let projects = store::projects::page(conn, user, None, project::MAX_PER_USER).await?;
        let ids = projects.into_iter().map(|project| Some(project.id));
        let shown = std::iter::once(None).chain(ids);
        let shown = shown.filter(|id| only.is_none() || *id == only);
        let stats = Stats::add_up(&calendar, &counted);
        Ok(StatsView::new(now, zone, &stats, shown))
    });
    Ok(HttpResponse::Ok().json(view.await?))
}

impl StatsView {
    fn new(
        as_of: DateTime<Utc>,
        zone: Zone,
        stats: &Stats,
        projects: impl Iterator<Item = Option<ProjectId>>,
    ) -> Self {
        let done = stats.done.iter();
        let Streak { current, longest } = stats.streak;
        Self {
            as_of,
            timezone: zone.name(),
            open: stats.all.open,
            overdue: stats.all.overdue,
            due_today: stats.all.due_today,
            done: done
                .map(|(date, count)| DoneView {
                    date: *date,
                    count: *count,
                })
                .collect(),
            streak: StreakView { current, longest },
            projects: projects
                .map(|id| ProjectStatsView::new(id, stats.of(id)))
                .collect(),
        }
    }
}

impl ProjectStatsView {
    fn new(project_id: Option<ProjectId>, sums: Sums) -> Self {
        Self {
            project_id,
            open: sums.open,
            overdue: sums.overdue,
            due_today: sums.due_today,
            done: sums.done,
        }
    }
}

fn read_days(asked: Option<usize>) -> Result<usize, Problem> {
    let days = asked.unwrap_or(DAYS);
    let is_usable = (1..=MAX_DAYS).contains(&days);
    is_usable
        .then_some(days)
        .ok_or_else(|| bad_query("days", format!("must be from 1 to {MAX_DAYS}")))
}

fn read_zone(name: &str) -> Result<Zone, Problem> {
    name.parse()
        .map_err(|error: recurrence::ZoneError| bad_query("timezone", format!("is an {error}")))
}

fn read_project(text: &str) -> Result<ProjectId, Problem> {
    text.parse()
        .map_err(|_| bad_query("project_id", "must be the id of a project"))
}
