//! The database as its superuser sees it, on Postgres' own port.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::chaos::observations::DatabaseSample;
use crate::chaos::setup::Setup;

#[derive(Debug)]
pub struct Database {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Database {
    pub fn new(setup: &Setup, url: &str) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(url)?;
        let postgres = setup.servers.iter().find(|server| server.name == "postgres");
        Ok(Self {
            options: match postgres {
                Some(postgres) => options.port(postgres.port),
                None => options,
            },
            connection: None,
        })
    }

    /// The next question is asked over a new connection.
    pub fn forget(&mut self) {
        self.connection = None;
    }

    pub(super) async fn sample(&mut self) -> anyhow::Result<DatabaseSample> {
        let connection = self.connection().await?;
        let (outbox_rows, outbox_oldest, lease_token) = sqlx::query_as(
            "SELECT count(*), COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(created_at)), 0)::float8,
                    (SELECT COALESCE(max(token), 0) FROM outbox.lease)
               FROM outbox.message",
        )
        .fetch_one(&mut *connection)
        .await?;
        let offsets = sqlx::query_as(
            "SELECT group_id, topic, partition, next_offset FROM outbox.consumer_offset ORDER BY 1, 2, 3",
        );
        Ok(DatabaseSample {
            at: Duration::ZERO,
            outbox_rows,
            outbox_oldest,
            lease_token,
            offsets: offsets.fetch_all(connection).await?,
        })
    }

    /// Rows that wait up to this id, and the highest id.
    pub async fn waiting(&mut self, up_to: i64) -> anyhow::Result<(i64, i64)> {
        let waiting = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE id <= $1), COALESCE(max(id), 0) FROM outbox.message",
        );
        let connection = self.connection().await?;
        Ok(waiting.bind(up_to).fetch_one(connection).await?)
    }

    async fn connection(&mut self) -> anyhow::Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }
}
