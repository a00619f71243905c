//! The relay's connections to Postgres, and the jobs done on each of them one at a time.

mod job;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

pub(super) use self::job::{Done, Job, Park};
use super::session::full_jitter;
use crate::outbox::store::epoch::Standing;
use crate::outbox::{self, store};

/// What the working connections ask for.
///
/// Nobody waits for the disk when rows are deleted: a lost delete is a duplicate. The outbox is tiny or huge within a
/// minute, so that statistics mislead; all its reads go by an index.
pub(super) const CONNECTION_SETTINGS: [(&str, &str); 4] = [
    ("synchronous_commit", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    // An index has the order already that a query wants; where it has not, the few rows found are sorted all the same.
    ("enable_sort", "off"),
];

/// How long any statement may take before its connection is given up.
const STATEMENT: Duration = Duration::from_secs(10);

/// One connection, opened when it is needed and again after any error.
#[derive(Debug)]
pub(super) struct DatabaseConnection {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl DatabaseConnection {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            connection: None,
        }
    }

    /// Takes the lease if it is to be had.
    pub(super) async fn acquire_lease(
        &mut self,
        holder: &str,
        lasts: Duration,
    ) -> Result<Option<i64>, sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            let token = store::lease::acquire(&mut connection, holder, lasts.as_secs_f64()).await?;
            self.keep(connection);
            Ok(token)
        })
        .await
    }

    /// Extends the lease; false when it has passed on.
    pub(super) async fn renew_lease(&mut self, token: i64, lasts: Duration) -> Result<bool, sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            let renewed = store::lease::renew(&mut connection, token, lasts.as_secs_f64()).await?;
            self.keep(connection);
            Ok(renewed)
        })
        .await
    }

    /// Gives the lease back and closes the connection.
    pub(super) async fn release_lease(&mut self, token: i64) -> Result<(), sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            store::lease::release(&mut connection, token).await?;
            connection.close().await
        })
        .await
    }

    pub(super) async fn notify(&mut self, channel: &str, payload: &str) -> Result<(), sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            store::relay::notify(&mut connection, channel, payload).await?;
            self.keep(connection);
            Ok(())
        })
        .await
    }

    pub(super) async fn standing(&mut self) -> Result<Standing, sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            let standing = store::epoch::standing(&mut connection).await?;
            self.keep(connection);
            Ok(standing)
        })
        .await
    }

    /// Confirms this start of the server; false when somebody else decided meanwhile.
    pub(super) async fn confirm_start(&mut self, standing: &Standing) -> Result<bool, sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            let (epoch, starts) = (standing.epoch.get(), standing.starts);
            let confirmed = store::epoch::confirm_start(&mut connection, epoch, starts).await?;
            self.keep(connection);
            Ok(confirmed)
        })
        .await
    }

    pub(super) async fn raise_epoch(&mut self, at_least: i64) -> Result<i64, sqlx::Error> {
        in_time(async {
            let mut connection = self.take().await?;
            let epoch = store::epoch::raise(&mut connection, at_least).await?;
            self.keep(connection);
            Ok(epoch)
        })
        .await
    }

    /// A new connection first finds out whether the database was restored or promoted meanwhile, or is a standby.
    ///
    /// Whoever takes the connection keeps it afterwards if all went well; after an error, or when the future is
    /// dropped halfway, it is closed, and the next one opens another.
    async fn take(&mut self) -> Result<PgConnection, sqlx::Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let mut connection = self.options.connect().await?;
                outbox::verify_epoch(&mut connection).await?;
                Ok(connection)
            }
        }
    }

    fn keep(&mut self, connection: PgConnection) {
        self.connection = Some(connection);
    }
}

/// A working connection, which rests after a failure.
pub(super) struct DatabaseWorker {
    state: State,
    failures: u32,
    free_at: Duration,
}

enum State {
    Idle(Box<DatabaseConnection>),
    /// At work; gives the connection back with the outcome.
    Busy(BoxFuture<'static, (DatabaseConnection, JobResult)>),
}

/// What became of a job; one that failed is given back.
pub(super) type JobResult = Result<Done, (Job, sqlx::Error)>;

impl DatabaseWorker {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            state: State::Idle(Box::new(DatabaseConnection::new(options))),
            failures: 0,
            free_at: Duration::ZERO,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle(_))
    }

    /// From when it takes a job; none while it is busy with one.
    pub(super) fn free_at(&self) -> Option<Duration> {
        self.is_idle().then_some(self.free_at)
    }

    pub(super) fn is_free(&self, now: Duration) -> bool {
        self.free_at().is_some_and(|at| at <= now)
    }

    /// Starts a job; only an idle worker does.
    pub(super) fn start(&mut self, token: i64, job: Job) {
        if let State::Idle(database) = &mut self.state {
            let options = database.options.clone();
            let database = std::mem::replace(&mut **database, DatabaseConnection::new(options));
            self.state = State::Busy(Box::pin(perform(database, token, job)));
        }
    }

    /// Waits for the job under way; for ever if there is none. Safe to drop and to call again.
    pub(super) async fn done(&mut self) -> JobResult {
        match &mut self.state {
            State::Idle(_) => std::future::pending().await,
            State::Busy(job) => {
                let (database, outcome) = job.await;
                self.state = State::Idle(Box::new(database));
                outcome
            }
        }
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Lets it rest after a failure; says until when, and whether it is the first one in a row.
    pub(super) fn failed(&mut self, now: Duration) -> (Duration, bool) {
        let first = self.failures == 0;
        self.free_at = now + full_jitter(self.failures);
        self.failures += 1;
        (self.free_at, first)
    }
}

async fn perform(mut database: DatabaseConnection, token: i64, job: Job) -> (DatabaseConnection, JobResult) {
    let done = in_time(async {
        let mut connection = database.take().await?;
        let done = job.perform(&mut connection, token).await?;
        database.keep(connection);
        Ok(done)
    });
    let done = done.await;
    (database, done.map_err(|error| (job, error)))
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(STATEMENT, work).await {
        Ok(result) => result,
        Err(_elapsed) => Err(sqlx::Error::PoolTimedOut),
    }
}
