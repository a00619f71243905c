//! The database as its superuser sees it, row by row, without our stores.

use anyhow::Context as _;
use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::history::{AuditEntry, Table};

/// Reads what the services wrote.
#[derive(Debug, Clone)]
pub(super) struct Database(PgPool);

impl Database {
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(2).connect(url).await;
        Ok(Self(pool.context("the oracle cannot reach the database")?))
    }

    pub(super) async fn rows(&self, table: Table) -> anyhow::Result<Vec<Value>> {
        let query = match table {
            Table::Task => "SELECT to_jsonb(t) FROM tasks.task t",
            Table::Series => "SELECT to_jsonb(t) FROM tasks.series t",
            Table::Reminder => {
                "SELECT to_jsonb(t) || jsonb_build_object('is_due', fire_at <= clock_timestamp()) FROM tasks.reminder t"
            }
            Table::TaskPosition => "SELECT to_jsonb(t) FROM tasks.user_state t",
            Table::Schedule => "SELECT to_jsonb(t) FROM notification.schedule t",
            Table::Inbox => "SELECT to_jsonb(t) FROM notification.inbox t",
            Table::InboxPosition => "SELECT to_jsonb(t) FROM notification.user_state t",
            Table::Delivery => "SELECT to_jsonb(t) FROM notification.delivery t",
            Table::Attempt => "SELECT to_jsonb(t) FROM notification.attempt t",
            Table::Hole => "SELECT to_jsonb(t) FROM outbox.hole t",
            Table::ConsumerOffset => "SELECT to_jsonb(t) FROM outbox.consumer_offset t",
        };
        let rows = sqlx::query_scalar(query).fetch_all(&self.0).await;
        rows.with_context(|| format!("cannot read {table:?}"))
    }

    pub(super) async fn audit(&self) -> anyhow::Result<Vec<AuditEntry>> {
        let entries = sqlx::query_as(
            r#"SELECT e.event_id, e.topic, e.partition, e."offset", e.user_id, e.aggregate, e.aggregate_id,
                      e.version, e.previous, e.epoch, encode(sha256(p.body), 'hex') AS body,
                      sha256(p.salt || p.body) = e.payload_hash AS commits,
                      (extract(epoch FROM e.recorded_at) * 1000)::bigint AS recorded_at
                 FROM audit.entry e JOIN audit.payload p USING (event_id)"#,
        );
        entries
            .fetch_all(&self.0)
            .await
            .context("cannot read the audit log")
    }

    /// Numbers that change as long as anything still moves.
    pub(super) async fn progress(&self) -> anyhow::Result<Vec<i64>> {
        let counts = sqlx::query_scalar(
            "SELECT unnest(ARRAY[
                 (SELECT count(*) FROM outbox.message),
                 (SELECT COALESCE(sum(next_offset), 0)::bigint FROM outbox.consumer_offset),
                 (SELECT count(*) FROM audit.entry),
                 (SELECT COALESCE(sum(position), 0)::bigint FROM tasks.user_state),
                 (SELECT COALESCE(sum(position), 0)::bigint FROM notification.user_state),
                 (SELECT count(*) FROM notification.schedule WHERE state = 'scheduled')])",
        );
        counts.fetch_all(&self.0).await.context("cannot ask for progress")
    }

    /// Reminders that fall due within a minute.
    pub(super) async fn soon_due(&self) -> anyhow::Result<i64> {
        let soon = sqlx::query_scalar(
            "SELECT count(*) FROM tasks.reminder WHERE state = 'scheduled'
                AND fire_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'",
        );
        soon.fetch_one(&self.0).await.context("cannot ask for reminders")
    }

    /// What is left over where nothing should be: name and count.
    pub(super) async fn leftovers(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let leftovers = sqlx::query_as(
            "SELECT 'rows in outbox.message', count(*) FROM outbox.message
             UNION ALL SELECT 'rows in outbox.parked', count(*) FROM outbox.parked
             UNION ALL SELECT 'stopped partitions', count(*) FROM outbox.consumer_offset WHERE stopped IS NOT NULL",
        );
        leftovers
            .fetch_all(&self.0)
            .await
            .context("cannot look for leftovers")
    }
}
