//! What is asked of Postgres, which may be away.

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::PATIENCE;
use crate::wait::wait_until;

/// One connection, opened again after an error.
#[derive(Debug)]
pub(super) struct Database {
    url: String,
    connection: Mutex<Option<PgConnection>>,
}

impl Database {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connection: Mutex::default(),
        }
    }

    /// Who holds the relay's lease, once somebody does.
    pub(super) async fn lease_holder(&self) -> anyhow::Result<String> {
        let query = "SELECT holder FROM outbox.lease WHERE expires_at > clock_timestamp()";
        wait_until(PATIENCE, "a holder of the lease", async || {
            let holder: Option<String> = self
                .ask(async |connection| sqlx::query_scalar(query).fetch_optional(connection).await)
                .await?;
            Ok(holder.ok_or_else(|| "nobody holds it".to_owned()))
        })
        .await
    }

    /// The id of the newest entry in the audit log.
    pub(super) async fn newest_entry(&self) -> anyhow::Result<i64> {
        let query = "SELECT coalesce(max(id), 0) FROM audit.entry";
        self.ask(async |connection| sqlx::query_scalar(query).fetch_one(connection).await)
            .await
    }

    /// When the log was first seen with an entry newer than that one, of a change made after that moment.
    pub(super) async fn first_entry(
        &self,
        newest: i64,
        made_after: DateTime<Utc>,
    ) -> anyhow::Result<DateTime<Utc>> {
        let query = "SELECT EXISTS (SELECT FROM audit.entry
                                     WHERE id > $1 AND topic = 'task-events' AND occurred_at > $2)";
        wait_until(PATIENCE, "the first change in the audit log", async || {
            let is_there = self.ask(async |connection| {
                let query = sqlx::query_scalar(query).bind(newest).bind(made_after);
                query.fetch_one(connection).await
            });
            Ok(if is_there.await? {
                Ok(Utc::now())
            } else {
                Err("none".to_owned())
            })
        })
        .await
    }

    /// Waits until the audit log has the creation of each of these tasks.
    pub(super) async fn has_entries_of(&self, tasks: &[String]) -> anyhow::Result<()> {
        let tasks: Vec<Uuid> = tasks.iter().map(|task| task.parse()).collect::<Result<_, _>>()?;
        let query = "SELECT count(*), min(task::text) FROM unnest($1::uuid[]) task
                      WHERE NOT EXISTS (SELECT FROM audit.entry
                                         WHERE aggregate_id = task::text COLLATE \"C\" AND kind = 'task.created')";
        wait_until(
            PATIENCE,
            "that every acknowledged change is audited",
            async || {
                let missing = self.ask(async |connection| {
                    let query = sqlx::query_as::<_, (i64, Option<String>)>(query).bind(&tasks);
                    query.fetch_one(connection).await
                });
                Ok(match missing.await? {
                    (count, Some(first)) => Err(format!("{count} are not, {first} among them")),
                    (_, None) => Ok(()),
                })
            },
        )
        .await
    }

    async fn ask<T>(
        &self,
        ask: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> anyhow::Result<T> {
        let mut kept = self.connection.lock().await;
        // Taken, so that one that fails is not asked again.
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => PgConnection::connect(&self.url).await?,
        };
        let answer = ask(&mut connection).await?;
        *kept = Some(connection);
        Ok(answer)
    }
}
