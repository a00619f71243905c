//! The statements for the figures of a dashboard, which triggers keep.

use chrono::{DateTime, Utc};
use recurrence::Zone;
use shared_events::ids::{ProjectId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{corrupt, read};
use crate::domain::stats::{AsOf, Calendar, Counted, Figure};

/// Postgres' clock, and the zone that the user chose.
pub async fn now(
    conn: &mut PgConnection,
    user: &UserId,
) -> Result<(DateTime<Utc>, Option<Zone>), sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT clock_timestamp() AS "now!",
                  (SELECT timezone FROM tasks.settings WHERE user_id = $1 AND deleted_at IS NULL) AS timezone"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok((row.now, row.timezone.as_deref().map(read).transpose()?))
}

/// What counts for the figures, of all projects or of one; in one statement, so that all are of the same moment.
///
/// What is overdue is added up from the days before this one, the quarters of an hour before this one, and the tasks that
/// were due in this one. For a streak each day since the first is looked up by itself.
pub async fn counted(
    conn: &mut PgConnection,
    user: &UserId,
    project: Option<ProjectId>,
    as_of: &AsOf,
    calendar: &Calendar,
) -> Result<Vec<Counted>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CountedRow,
        r#"WITH due AS (
               SELECT stat.project_id, (stat.day + quarter * interval '15 minutes') AT TIME ZONE 'UTC' AS begins_at,
                      stat.quarters[quarter] AS count
                 FROM tasks.stat_open AS stat CROSS JOIN LATERAL generate_subscripts(stat.quarters, 1) AS quarter
                WHERE stat.user_id = $1 AND stat.project_id BETWEEN $2 AND $3 AND stat.quarters[quarter] > 0
                  AND stat.day BETWEEN (least($6::timestamptz, $7::timestamptz) AT TIME ZONE 'UTC')::date
                                   AND ($8::timestamptz AT TIME ZONE 'UTC')::date
           ),
           done AS (
               SELECT project_id, width_bucket(quarter, $9::timestamptz[]) AS day, count
                 FROM tasks.stat_done
                WHERE user_id = $1 AND project_id BETWEEN $2 AND $3 AND quarter >= $10::timestamptz AND quarter < $8
           )
           SELECT 'open' AS "figure!", project_id, NULL::integer AS day, sum(count)::bigint AS "count!"
             FROM tasks.stat_open
            WHERE user_id = $1 AND project_id BETWEEN $2 AND $3 GROUP BY project_id
            UNION ALL
           SELECT 'overdue', project_id, NULL, sum(count)::bigint
             FROM tasks.stat_open
            WHERE user_id = $1 AND project_id BETWEEN $2 AND $3 AND day < ($6 AT TIME ZONE 'UTC')::date
            GROUP BY project_id
            UNION ALL
           SELECT 'overdue', project_id, NULL, sum(count) FROM due WHERE begins_at >= $6 AND begins_at < $5 GROUP BY project_id
            UNION ALL
           SELECT 'overdue', project_id, NULL, count(*)
             FROM tasks.task
            WHERE user_id = $1 AND status = 'open' AND deleted_at IS NULL
              AND coalesce(project_id, '00000000-0000-0000-0000-000000000000') BETWEEN $2 AND $3
              AND due_soonest BETWEEN $5::timestamptz AND $4::timestamptz
              AND tasks.due_as_counted(due_at, due_local) >= $5 AT TIME ZONE 'UTC'
              AND tasks.due_as_counted(due_at, due_local) < $4 AT TIME ZONE 'UTC'
            GROUP BY project_id
            UNION ALL
           SELECT 'due_today', project_id, NULL, sum(count) FROM due WHERE begins_at >= $7 AND begins_at < $8 GROUP BY project_id
            UNION ALL
           SELECT 'done', project_id, day, sum(count)::bigint FROM done GROUP BY GROUPING SETS ((project_id), (day))
            UNION ALL
           SELECT 'streak', NULL, day.number::integer, 1
             FROM unnest($9, $11::timestamptz[]) WITH ORDINALITY AS day (begins, ends, number)
            WHERE day.ends > (SELECT min(quarter) FROM tasks.stat_done
                               WHERE user_id = $1 AND project_id BETWEEN $2 AND $3 AND quarter >= ($9::timestamptz[])[1])
              AND EXISTS (SELECT FROM tasks.stat_done AS done
                           WHERE done.user_id = $1 AND done.project_id BETWEEN $2 AND $3
                             AND done.quarter >= day.begins AND done.quarter < day.ends)"#,
        user.as_str(),
        project.map_or(Uuid::nil(), |id| id.as_uuid()),
        project.map_or(Uuid::max(), |id| id.as_uuid()),
        as_of.at,
        as_of.quarter,
        as_of.midnight,
        calendar.today(),
        calendar.tomorrow(),
        &calendar.begins(),
        calendar.window_begins(),
        &calendar.ends(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Counted::try_from).collect()
}

struct CountedRow {
    figure: String,
    /// Nil in what is kept, null in a task's row, where there is no project.
    project_id: Option<Uuid>,
    /// Numbered from 1.
    day: Option<i32>,
    count: i64,
}

impl TryFrom<CountedRow> for Counted {
    type Error = sqlx::Error;

    fn try_from(row: CountedRow) -> Result<Self, sqlx::Error> {
        let day = row.day.and_then(|day| usize::try_from(day).ok()?.checked_sub(1));
        let figure = match (row.figure.as_str(), day) {
            ("open", None) => Figure::Open,
            ("overdue", None) => Figure::Overdue,
            ("due_today", None) => Figure::DueToday,
            ("done", None) => Figure::Done,
            ("done", Some(day)) => Figure::DoneOn(day),
            ("streak", Some(day)) => Figure::Streak(day),
            (other, day) => return Err(corrupt(format!("the figure {other} of {day:?}"))),
        };
        Ok(Self {
            figure,
            project: row.project_id.filter(|id| !id.is_nil()).map(ProjectId::from_uuid),
            count: row.count,
        })
    }
}
