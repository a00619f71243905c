//! The figures as they are counted over the rows of tasks, by the clocks of Postgres.

use serde_json::{Map, Value, json};
use sqlx::Row as _;

use crate::app::App;

/// Of a user, a project or all, a moment, a zone.
const SUMS: &str = "
    WITH task AS (
        SELECT *, due_at - CASE WHEN length(due_local) = 10 THEN interval '1 microsecond' ELSE interval '0' END AS due,
               (completed_at AT TIME ZONE $3)::date AS done_on, ($2::timestamptz AT TIME ZONE $3)::date AS today
          FROM tasks.task
         WHERE user_id = $1 AND (deleted_at <= (SELECT erased_at FROM tasks.user_state s WHERE s.user_id = $1)) IS NOT TRUE
           AND ($4::uuid[] IS NULL OR project_id = ANY($4) OR ($5 AND project_id IS NULL))),
    live AS (SELECT * FROM task WHERE status = 'open' AND deleted_at IS NULL)
    SELECT (SELECT count(*) FROM live) AS open,
           (SELECT count(*) FROM live WHERE due < $2) AS overdue,
           (SELECT count(*) FROM live WHERE (due AT TIME ZONE $3)::date = today) AS due_today,
           (SELECT array_agg(today - done_on) FROM task WHERE status = 'done') AS done";

/// Open, overdue, due today, and how many days ago each done task was done.
async fn sums(
    app: &App,
    user: &str,
    stats: &Value,
    projects: Option<Vec<sqlx::types::Uuid>>,
    none: bool,
) -> ([i64; 3], Vec<i64>) {
    let row = sqlx::query(SUMS)
        .bind(user)
        .bind(
            stats["as_of"]
                .as_str()
                .unwrap()
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap(),
        )
        .bind(stats["timezone"].as_str().unwrap())
        .bind(projects)
        .bind(none)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let done: Option<Vec<i32>> = row.get("done");
    let done = done.unwrap_or_default().into_iter().map(i64::from).collect();
    (
        ["open", "overdue", "due_today"].map(|figure| row.get(figure)),
        done,
    )
}

/// Days ago, the newest first, without gap.
fn streak(done: &[i64]) -> Value {
    let mut days: Vec<i64> = done.to_vec();
    days.sort_unstable();
    days.dedup();
    let mut runs: Vec<Vec<i64>> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some(run) if run.last() == Some(&(day - 1)) => run.push(day),
            _ => runs.push(vec![day]),
        }
    }
    let current = runs.first().filter(|run| run[0] <= 1).map_or(0, Vec::len);
    let longest = runs.iter().map(Vec::len).max().unwrap_or_default();
    json!({"current": current, "longest": longest})
}

/// Asks for the figures and compares each with the rows.
pub(super) async fn expect_stats(app: &App, user: &str, query: &str) -> Value {
    let stats = app
        .user(user)
        .get(&format!("/v1/stats?{query}"))
        .await
        .expect(200)
        .body;
    let only = query.split('&').find_map(|part| part.strip_prefix("project_id="));
    let only = only.map(|id| vec![id.parse().unwrap()]);
    let (figures, done) = sums(app, user, &stats, only, false).await;
    let days = stats["done"].as_array().unwrap();
    let number = days.len() as i64;
    let in_window = |done: &[i64]| done.iter().filter(|ago| **ago < number).count();
    let mut expected = Map::new();
    for (name, count) in ["open", "overdue", "due_today"].iter().zip(figures) {
        expected.insert((*name).to_owned(), json!(count));
    }
    for (index, day) in days.iter().enumerate() {
        let ago = number - 1 - index as i64;
        let count = done.iter().filter(|of| **of == ago).count();
        assert_eq!(day["count"], count, "{user} {query} {day} {stats}");
    }
    expected.insert("streak".to_owned(), streak(&done));
    for (name, value) in &expected {
        assert_eq!(&stats[name], value, "{user} {query} {name}: {stats}");
    }
    for of in stats["projects"].as_array().unwrap() {
        let id = of["project_id"].as_str().map(|id| id.parse().unwrap());
        let (figures, done) = sums(app, user, &stats, Some(id.into_iter().collect()), id.is_none()).await;
        let found = ["open", "overdue", "due_today"].map(|name| of[name].as_i64().unwrap());
        assert_eq!(found, figures, "{user} {query} {of}: {stats}");
        assert_eq!(of["done"], in_window(&done), "{user} {query} {of}: {stats}");
    }
    stats
}

/// Compares what is kept with the rows, of all users, as an operator does.
pub(super) async fn expect_kept(app: &App) {
    let differences = "
        SELECT d::text FROM (
            (SELECT 'kept', k.* FROM (TABLE tasks.stat_as_kept EXCEPT TABLE tasks.stat_of_rows) k)
            UNION ALL (SELECT 'rows', r.* FROM (TABLE tasks.stat_of_rows EXCEPT TABLE tasks.stat_as_kept) r)) d";
    let found: Vec<String> = sqlx::query_scalar(differences)
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert!(found.is_empty(), "{found:#?}");
    let sums =
        "SELECT count(*) FROM tasks.stat_open WHERE count <> (SELECT sum(n) FROM unnest(quarters) AS n)";
    assert_eq!(app.number(sums).await, 0);
}
