//! The figures of a dashboard: what is read depends on days, and not on tasks.

use backend_api::domain::stats::{AsOf, Calendar};
use chrono::{DateTime, Utc};
use recurrence::Zone;
use sqlx::PgConnection;

use super::explain::{complaints, plan, statement};
use super::{id, quoted};

/// The days and projects of open tasks, twice; each hour of thirty days; a row for each day of a streak.
const MOST: i64 = 2 * 8 * 8 + 31 * 24 + 1_096 + 1;

pub(super) async fn read(conn: &mut PgConnection) -> Vec<String> {
    let now = sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(&mut *conn)
        .await;
    let now = now.unwrap();
    let (as_of, calendar) = (AsOf::new(now), Calendar::up_to(now, Zone::UTC, 30));
    let array = |times: &[DateTime<Utc>]| {
        let times: Vec<_> = times.iter().map(|at| format!("\"{at}\"")).collect();
        quoted(format!("{{{}}}", times.join(",")))
    };
    let nil = "00000000-0000-0000-0000-000000000000".to_owned();
    let last = "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned();
    let mut found = Vec::new();
    for (first, last) in [(nil, last), (id(2, 4), id(2, 4))] {
        let values = [
            quoted("user 1"),
            quoted(first),
            quoted(last),
            quoted(as_of.at),
            quoted(as_of.quarter),
            quoted(as_of.midnight),
            quoted(calendar.today()),
            quoted(calendar.tomorrow()),
            array(&calendar.begins()),
            quoted(calendar.window_begins()),
            array(&calendar.ends()),
        ];
        let plan = plan(
            conn,
            &statement(&["tasks.stat_open", "WITH ORDINALITY AS day"]),
            &values,
        )
        .await;
        let complaints = complaints(&plan, MOST, Some("quarter")).into_iter();
        found.extend(complaints.map(|complaint| format!("figures: {complaint}")));
    }
    found
}
