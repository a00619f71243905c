//! The statements of the code, and what Postgres says about how it runs them.

use std::fs;

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row, SqlSafeStr as _};

/// The statements that the code runs, as the compiler checked them.
const STATEMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.sqlx");

/// The one statement of the code that contains all of these.
pub(super) fn statement(parts: &[&str]) -> String {
    let files = fs::read_dir(STATEMENTS).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let queries = texts.map(|text| {
        serde_json::from_str::<Value>(&text).unwrap()["query"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let plain = |query: &String| query.split_whitespace().collect::<Vec<_>>().join(" ");
    let found: Vec<_> = queries
        .filter(|query| parts.iter().all(|part| plain(query).contains(part)))
        .collect();
    let [one] = found.as_slice() else {
        panic!("{parts:?}: {found:#?}")
    };
    one.clone()
}

/// Runs a statement as the service does, which plans each once, and tells how.
pub(super) async fn plan(conn: &mut PgConnection, sql: &str, values: &[String]) -> Value {
    plan_by("SET plan_cache_mode = force_generic_plan", conn, sql, values).await
}

/// The same for a statement that is planned for its values.
pub(super) async fn plan_for_values(conn: &mut PgConnection, sql: &str, values: &[String]) -> Value {
    plan_by("SET plan_cache_mode = force_custom_plan", conn, sql, values).await
}

async fn plan_by(mode: &'static str, conn: &mut PgConnection, sql: &str, values: &[String]) -> Value {
    for set in ["SELECT set_config('taskwire.user', 'user 1', false)", mode] {
        sqlx::raw_sql(AssertSqlSafe(set).into_sql_str())
            .execute(&mut *conn)
            .await
            .unwrap();
    }
    let prepare = format!("PREPARE explained AS {sql}");
    let prepared = sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *conn).await;
    prepared.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let execute = format!(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained({})",
        values.join(", ")
    );
    let explained = sqlx::raw_sql(AssertSqlSafe(execute)).fetch_one(&mut *conn).await;
    let explained = explained.unwrap_or_else(|error| panic!("{error}: {sql} {values:?}"));
    sqlx::raw_sql("DEALLOCATE explained").execute(conn).await.unwrap();
    explained.get::<Value, _>(0)[0]["Plan"].clone()
}

/// All nodes of a plan.
fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten();
    std::iter::once(plan).chain(below.flat_map(nodes)).collect()
}

/// How many rows of tables were looked at.
fn scanned(plan: &Value) -> f64 {
    let number = |node: &Value, field: &str| node[field].as_f64().unwrap_or_default();
    let of = |node: &Value| {
        let rows = number(node, "Actual Rows")
            + number(node, "Rows Removed by Filter")
            + number(node, "Rows Removed by Index Recheck");
        rows * number(node, "Actual Loops")
    };
    let scans = nodes(plan)
        .into_iter()
        .filter(|node| node["Relation Name"].is_string());
    scans.map(of).sum()
}

/// What is wrong with a plan that is to look at no more than so many rows, in the order of `key` if it begins somewhere.
pub(super) fn complaints(plan: &Value, most: i64, key: Option<&str>) -> Vec<String> {
    let mut complaints = Vec::new();
    for node in nodes(plan) {
        if node["Node Type"] == "Seq Scan" {
            complaints.push(format!("reads all of {}", node["Relation Name"]));
        }
    }
    let scanned = scanned(plan);
    if scanned > most as f64 {
        complaints.push(format!("looks at {scanned} rows, {most} would do"));
    }
    let conditions: Vec<_> = nodes(plan)
        .iter()
        .filter_map(|node| node["Index Cond"].as_str())
        .collect();
    if let Some(key) = key
        && !conditions.iter().any(|condition| condition.contains(key))
    {
        complaints.push(format!("does not begin at {key}: {conditions:?}"));
    }
    complaints
}
