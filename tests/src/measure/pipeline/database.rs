//! What Postgres counts: statements, transactions and its log.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use crate::world::World;

/// What it has counted so far.
#[derive(Debug)]
pub(super) struct Reading {
    statements: BTreeMap<(String, i64), Statement>,
    commits: i64,
    writing_transactions: i64,
    wal_bytes: i64,
}

#[derive(Debug, Clone)]
struct Statement {
    text: String,
    calls: i64,
    milliseconds: f64,
}

/// What was counted between two readings.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) statements: Vec<Called>,
    pub(super) commits: i64,
    pub(super) writing_transactions: i64,
    pub(super) wal_bytes: i64,
}

/// One statement of one role.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) role: String,
    pub(super) text: String,
    pub(super) calls: i64,
    pub(super) milliseconds: f64,
}

pub(super) async fn connect(world: &World) -> anyhow::Result<PgPool> {
    let options = PgPoolOptions::new().max_connections(1);
    Ok(options.connect(&world.environment.database_url).await?)
}

/// Lets Postgres count statements; it must have loaded the library at its start.
pub(super) async fn prepare(pool: &PgPool) -> anyhow::Result<()> {
    sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .execute(pool)
        .await?;
    Ok(())
}

pub(super) async fn read(pool: &PgPool) -> anyhow::Result<Reading> {
    // Transactions are counted exactly only where they write: sessions tell of the others once a second.
    let totals =
        "SELECT xact_commit, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next_transaction,
                         (pg_current_wal_insert_lsn() - '0/0')::bigint AS wal_bytes
                    FROM pg_stat_database WHERE datname = current_database()";
    let totals = sqlx::query(totals).fetch_one(pool).await?;
    Ok(Reading {
        statements: statements(pool).await?,
        commits: totals.try_get("xact_commit")?,
        writing_transactions: totals.try_get("next_transaction")?,
        wal_bytes: totals.try_get("wal_bytes")?,
    })
}

async fn statements(pool: &PgPool) -> anyhow::Result<BTreeMap<(String, i64), Statement>> {
    let query = "SELECT rolname::text AS role, queryid, min(query) AS text, sum(calls)::bigint AS calls,
                        sum(total_exec_time) AS milliseconds
                   FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
                  WHERE queryid IS NOT NULL AND rolname LIKE 'taskwire%' GROUP BY rolname, queryid";
    let mut statements = BTreeMap::new();
    for row in sqlx::query(query).fetch_all(pool).await? {
        let statement = Statement {
            text: row.try_get("text")?,
            calls: row.try_get("calls")?,
            milliseconds: row.try_get("milliseconds")?,
        };
        statements.insert((row.try_get("role")?, row.try_get("queryid")?), statement);
    }
    Ok(statements)
}

/// When each task's latest change was committed.
#[derive(Debug)]
pub(super) struct Commits(HashMap<(Uuid, DateTime<Utc>), DateTime<Utc>>);

impl Commits {
    /// Those of all changes made since then; Postgres must keep the times of commits.
    pub(super) async fn since(pool: &PgPool, since: DateTime<Utc>) -> anyhow::Result<Self> {
        let query = "SELECT id, updated_at, pg_xact_commit_timestamp(xmin) AS committed
                       FROM tasks.task WHERE updated_at >= $1";
        let mut commits = HashMap::new();
        for row in sqlx::query(query).bind(since).fetch_all(pool).await? {
            let change = (row.try_get("id")?, row.try_get("updated_at")?);
            commits.insert(change, row.try_get("committed")?);
        }
        Ok(Self(commits))
    }

    /// Of the change of this task that was made then, by its `updated_at`; none if the task was changed again.
    pub(super) fn of(&self, task: &str, updated_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.get(&(task.parse().ok()?, updated_at)).copied()
    }
}

/// How many rows of the outbox are left to be published.
pub(super) async fn pending(pool: &PgPool) -> anyhow::Result<i64> {
    let query = sqlx::query_scalar("SELECT count(*) FROM outbox.message");
    Ok(query.fetch_one(pool).await?)
}

/// The bytes of an event in the outbox, on average.
pub(super) async fn mean_body(pool: &PgPool) -> anyhow::Result<f64> {
    let query = "SELECT coalesce(avg(octet_length(body)), 0)::double precision FROM outbox.message";
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// How many entries the audit log has of task-events.
pub(super) async fn entries(pool: &PgPool) -> anyhow::Result<i64> {
    let query = sqlx::query_scalar("SELECT count(*) FROM audit.entry WHERE topic = 'task-events'");
    Ok(query.fetch_one(pool).await?)
}

/// How many records of a topic audit-svc has gone through.
pub(super) async fn audited(pool: &PgPool, topic: &str) -> anyhow::Result<i64> {
    let query = sqlx::query_scalar(
        "SELECT coalesce(sum(next_offset), 0)::bigint FROM outbox.consumer_offset
          WHERE service = 'taskwire_audit_svc' AND topic = $1",
    );
    Ok(query.bind(topic).fetch_one(pool).await?)
}

impl Reading {
    pub(super) fn since(&self, earlier: &Self) -> Counted {
        let called = self.statements.iter().filter_map(|(key, now)| {
            let (calls, milliseconds) = match earlier.statements.get(key) {
                Some(then) => (now.calls - then.calls, now.milliseconds - then.milliseconds),
                None => (now.calls, now.milliseconds),
            };
            let called = Called {
                role: key.0.clone(),
                text: now.text.split_whitespace().collect::<Vec<_>>().join(" "),
                calls,
                milliseconds,
            };
            (calls > 0).then_some(called)
        });
        Counted {
            statements: called.collect(),
            commits: self.commits - earlier.commits,
            writing_transactions: self.writing_transactions - earlier.writing_transactions,
            wal_bytes: self.wal_bytes - earlier.wal_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(calls: &[(i64, i64)]) -> Reading {
        let statements = calls.iter().map(|&(id, calls)| {
            let statement = Statement {
                text: "SELECT\n   1".to_owned(),
                calls,
                milliseconds: calls as f64,
            };
            (("taskwire_audit_svc".to_owned(), id), statement)
        });
        Reading {
            statements: statements.collect(),
            commits: 5,
            writing_transactions: 5,
            wal_bytes: 5,
        }
    }

    #[test]
    fn only_what_was_called_since_then_counts() {
        let counted = reading(&[(1, 4), (2, 9), (3, 2)]).since(&reading(&[(1, 4), (2, 6)]));
        let calls: Vec<i64> = counted.statements.iter().map(|called| called.calls).collect();
        assert_eq!(calls, [3, 2]);
        assert_eq!(counted.statements[0].text, "SELECT 1");
        assert_eq!(counted.commits, 0);
    }
}
