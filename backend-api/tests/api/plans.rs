//! How Postgres reads: each statement of a read goes by an index, from where the page begins, and reads little more than it gives.

mod explain;
mod filtered;
mod search;
mod stats;

use backend_api::domain::sort::{Place, Sort};
use backend_api::domain::task::Status;
use backend_api::store::tasks::list::{self, List};
use shared_events::ids::{ProjectId, UserId};
use sqlx::PgConnection;

use crate::app::{App, ROLE};
use explain::{complaints, plan, statement};

/// A page and the one more that says whether another follows.
const LIMIT: i64 = 51;

/// The tasks of a project of the first user.
const OF_PROJECT: i64 = 1000;

/// The occurrences of a series of the first user.
const OF_SERIES: i64 = 30;

/// What the statements of a sync have in common.
const CHANGED: &str = "position > $2 AND";

async fn filled() -> App {
    let app = App::start().await;
    let filled = sqlx::raw_sql(include_str!("plans/fill.sql"));
    filled.execute(&app.pool).await.unwrap();
    app
}

fn id(kind: i32, n: i32) -> String {
    format!("0000{kind}000-0000-7000-8000-{:012x}", 100_000 + n)
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("'{text}'")
}

/// What [`list::statement`] binds.
fn bound(list: &List<'_>) -> Vec<String> {
    let statuses = list.status.map_or("open,done,skipped", Status::as_str);
    let mut values = vec![quoted(list.user.as_str()), quoted(format!("{{{statuses}}}"))];
    values.extend(list.project.map(quoted));
    if let Some(place) = list.after {
        values.extend(place.values.iter().map(|value| quoted(value.text("infinity"))));
        values.push(quoted(place.id));
    }
    values.extend([list.limit.to_string(), list.limit.to_string()]);
    values
}

/// Where a list goes on after so many tasks.
async fn place(conn: &mut PgConnection, list: &List<'_>, after: i64) -> Place {
    let list = List {
        after: None,
        limit: after,
        ..*list
    };
    sqlx::query("SELECT set_config('taskwire.user', 'user 1', false)")
        .execute(&mut *conn)
        .await
        .unwrap();
    let tasks = list::list(conn, &list).await.unwrap();
    list.sort.place(tasks.last().unwrap())
}

#[tokio::test]
async fn every_read_goes_by_an_index_and_looks_at_little_more_than_it_gives() {
    let app = filled().await;
    let pool = app.database.pool_as(ROLE).await;
    let mut conn = pool.acquire().await.unwrap();
    let mut found = lists(&mut conn).await;
    found.extend(filtered::read(&mut conn).await);
    found.extend(others(&mut conn).await);
    found.extend(stats::read(&mut conn).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn lists(conn: &mut PgConnection) -> Vec<String> {
    let user = UserId::parse("user 1").unwrap();
    let mut found = Vec::new();
    for (text, key) in [
        ("due,-priority", "due_soonest"),
        ("-priority,due", "urgency"),
        ("created", "created_at"),
        ("-created", "created_at"),
        ("updated", "position"),
        ("-updated", "position"),
        ("order", "order_key"),
        ("-order", "order_key"),
    ] {
        let sort: Sort = text.parse().unwrap();
        for status in [
            None,
            Some(Status::Open),
            Some(Status::Done),
            Some(Status::Skipped),
        ] {
            for project in [None, Some(id(2, 4).parse::<ProjectId>().unwrap())] {
                let first = List {
                    user: &user,
                    status,
                    project,
                    filter: None,
                    sort: &sort,
                    after: None,
                    limit: LIMIT,
                };
                let place = place(conn, &first, if project.is_some() { 2 } else { 60 }).await;
                for after in [None, Some(&place)] {
                    let list = List { after, ..first };
                    let sql = list::statement(&list).into_string();
                    let plan = plan(conn, &sql, &bound(&list)).await;
                    let is_indexed = project.is_none() || key == "due_soonest";
                    let most = if is_indexed { 3 * LIMIT } else { OF_PROJECT };
                    let key = after.filter(|_| is_indexed).map(|_| key);
                    for complaint in complaints(&plan, most, key) {
                        found.push(format!(
                            "{text} {status:?} {} {}: {complaint}",
                            project.is_some(),
                            after.is_some()
                        ));
                    }
                }
            }
        }
    }
    found
}

/// Parts of a statement, its values, how many rows may be looked at, and the column that the reading begins at.
type Case = (&'static [&'static str], Vec<String>, i64, Option<&'static str>);

async fn others(conn: &mut PgConnection) -> Vec<String> {
    let (user, limit) = (quoted("user 1"), LIMIT.to_string());
    let (task, project, series) = (quoted(id(1, 5000)), quoted(id(2, 4)), quoted(id(3, 50)));
    let filter = quoted(id(6, 4));
    let key = quoted("0649A4B2C3D50080");
    let since = |values: &[&str]| -> Vec<String> { values.iter().map(|value| (*value).to_owned()).collect() };
    let cases: Vec<Case> = vec![
        (
            &["FROM tasks.task t", CHANGED, "LIMIT $4"],
            since(&[&user, "9000", "20000", &limit]),
            LIMIT,
            Some("position"),
        ),
        (
            &["FROM tasks.series", CHANGED, "LIMIT $4"],
            since(&[&user, "100", "20000", &limit]),
            LIMIT,
            Some("position"),
        ),
        (
            &["FROM tasks.tag", CHANGED, "LIMIT $4"],
            since(&[&user, "100", "20000", &limit]),
            LIMIT,
            Some("position"),
        ),
        (
            &["FROM tasks.project", CHANGED, "LIMIT $4"],
            since(&[&user, "100", "20000", &limit]),
            LIMIT,
            Some("position"),
        ),
        (
            &["FROM tasks.filter", CHANGED, "LIMIT $4"],
            since(&[&user, "100", "20000", &limit]),
            LIMIT,
            Some("position"),
        ),
        (
            &["FROM tasks.settings", CHANGED],
            since(&[&user, "0", "20000"]),
            1,
            None,
        ),
        (
            &["FROM tasks.settings", "id = $2"],
            since(&[&user, &quoted(id(5, 1))]),
            1,
            None,
        ),
        (
            &["FROM tasks.task t", "t.id = $2 AND t.deleted_at IS NULL"],
            since(&[&user, &task]),
            1,
            Some("id"),
        ),
        (
            &["entered CROSS JOIN LATERAL", "FROM tasks.task WHERE", "id = $2"],
            since(&[&user, &task]),
            1,
            Some("id"),
        ),
        (
            &["FROM tasks.task t", "ORDER BY t.ordinal DESC LIMIT $4"],
            since(&[&user, &series, "2147483647", &limit]),
            OF_SERIES,
            Some("series_id"),
        ),
        (
            &["FROM tasks.task t", "ORDER BY t.ordinal DESC LIMIT $4"],
            since(&[&user, &series, "20", &limit]),
            OF_SERIES,
            Some("ordinal"),
        ),
        (
            &["FROM tasks.task t", "t.deleted_at > $3"],
            since(&[&user, &task, "'2026-01-15'"]),
            1,
            Some("id"),
        ),
        (
            &["FROM tasks.task t", "t.id = ANY($2)"],
            since(&[&user, &quoted(format!("{{{}}}", id(1, 7)))]),
            1,
            Some("id"),
        ),
        (
            &["FROM tasks.task t", "t.ordinal = $3"],
            since(&[&user, &series, "3"]),
            1,
            Some("ordinal"),
        ),
        (
            &["FROM tasks.task t", "t.series_id = $2 AND t.status = 'open'"],
            since(&[&user, &series]),
            OF_SERIES,
            Some("series_id"),
        ),
        (
            &["FROM tasks.task t", "t.project_id = $2", "LIMIT $3"],
            since(&[&user, &project, "5001"]),
            OF_PROJECT,
            Some("project_id"),
        ),
        (
            &["SELECT order_key FROM tasks.task", "(order_key, id) >"],
            since(&[&user, &task, &key, &task]),
            2,
            Some("order_key"),
        ),
        (
            &["SELECT order_key FROM tasks.task", "DESC"],
            since(&[&user, &task, &key, &task]),
            2,
            Some("order_key"),
        ),
        (
            &["AS \"height!\""],
            since(&[&user, &task, "10"]),
            10,
            Some("parent_id"),
        ),
        (
            &["line.depth + 1"],
            since(&[&user, &quoted(id(1, 5001)), "10"]),
            10,
            Some("id"),
        ),
        (
            &["part.depth + 1"],
            since(&[&user, &task, "101"]),
            10,
            Some("parent_id"),
        ),
        (
            &["FROM tasks.series WHERE user_id = $1 AND id = $2"],
            since(&[&user, &series]),
            1,
            Some("id"),
        ),
        (
            &["FROM tasks.project WHERE user_id = $1 AND id = $2"],
            since(&[&user, &project]),
            1,
            Some("id"),
        ),
        (
            &["SELECT order_key FROM tasks.project", "DESC"],
            since(&[&user, &project, &key, &project]),
            2,
            Some("order_key"),
        ),
        (
            &["SELECT order_key FROM tasks.project", "(order_key, id) >"],
            since(&[&user, &project, &key, &project]),
            2,
            Some("order_key"),
        ),
        // The policy is checked before a function of a column: all projects of the user are looked at, 500 at most.
        (
            &["FROM tasks.project", "lower(name", "lower($2"],
            since(&[&user, "'PROJECT 7'"]),
            100,
            Some("user_id"),
        ),
        (
            &["FROM tasks.project", "ORDER BY order_key, id LIMIT $4"],
            since(&[&user, &key, &project, &limit]),
            100,
            Some("user_id"),
        ),
        (
            &["entered CROSS JOIN LATERAL", "FROM tasks.filter WHERE", "id = $2"],
            since(&[&user, &filter]),
            1,
            Some("id"),
        ),
        (
            &["FROM tasks.filter WHERE user_id = $1 AND id = $2"],
            since(&[&user, &filter]),
            1,
            Some("id"),
        ),
        (
            &["SELECT order_key FROM tasks.filter", "DESC"],
            since(&[&user, &filter, &key, &filter]),
            2,
            Some("order_key"),
        ),
        (
            &["SELECT order_key FROM tasks.filter", "(order_key, id) >"],
            since(&[&user, &filter, &key, &filter]),
            2,
            Some("order_key"),
        ),
        (
            &["FROM tasks.filter", "lower(name", "lower($2"],
            since(&[&user, "'FILTER 7'"]),
            100,
            Some("user_id"),
        ),
        (
            &["FROM tasks.filter", "ORDER BY order_key, id LIMIT $4"],
            since(&[&user, &key, &filter, &limit]),
            100,
            Some("user_id"),
        ),
        (
            &["count(*)", "FROM tasks.filter WHERE"],
            since(&[&user]),
            100,
            Some("user_id"),
        ),
        (
            &["FROM tasks.tag", "ORDER BY created_at, id LIMIT $4"],
            since(&[&user, "NULL", "NULL", &limit]),
            100,
            Some("user_id"),
        ),
        (
            &["count(*)", "FROM tasks.project WHERE"],
            since(&[&user]),
            100,
            Some("user_id"),
        ),
    ];
    let mut found = Vec::new();
    for (parts, values, most, key) in cases {
        let plan = plan(conn, &statement(parts), &values).await;
        for complaint in complaints(&plan, most, key) {
            found.push(format!("{parts:?}: {complaint}"));
        }
    }
    found
}
