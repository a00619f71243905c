//! The Postgres pool, the watch over it, and which of its errors are outages.

use std::future::Future;
use std::time::Duration;

use clap::Args;
use futures_util::future::BoxFuture;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};

use crate::config::{BadConfiguration, SecretParser};
use crate::health::Component;
use crate::secret::Secret;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that lay idle for longer is pinged before it is used; each was when it was given back.
const PING_IDLE_AFTER: Duration = Duration::from_secs(1);
const WATCH_EVERY: Duration = Duration::from_secs(2);
/// A ping that takes longer is an outage.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// What one session may hold up. A lock of ours is held for milliseconds and a statement runs for as long: should a
/// holder be frozen, who waits gives up before the pool is starved, and Postgres ends the frozen session.
const SESSION_LIMITS: [(&str, &str); 3] = [
    ("lock_timeout", "2s"),
    ("statement_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
];

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct PgArgs {
    /// PostgreSQL, as in postgres://user:password@host:5432/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true,
          value_parser = SecretParser::<DatabaseUrl>::new("a URL like postgres://user:password@host:5432/database"))]
    pub database_url: DatabaseUrl,

    /// How many connections the pool may open
    #[arg(long, env = "DATABASE_MAX_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_max_connections: u32,
}

/// A database URL that parses; its password is never shown.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// The URL with its password: for connecting, never for a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// The text is not a usable database URL.
#[derive(Debug, thiserror::Error)]
#[error("not a postgres URL")]
pub struct InvalidDatabaseUrl;

impl std::str::FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let has_scheme = value.starts_with("postgres://") || value.starts_with("postgresql://");
        let parses = has_scheme && value.parse::<PgConnectOptions>().is_ok();
        parses.then(|| Self(Secret::new(value))).ok_or(InvalidDatabaseUrl)
    }
}

/// A pool that connects when it is first used, so that a database that is down delays readiness and not the start.
/// Must be called inside a runtime.
///
/// # Errors
/// A URL that cannot be used.
pub fn connect(args: &PgArgs, application_name: &str) -> Result<PgPool, BadConfiguration> {
    let options: PgConnectOptions = args
        .database_url
        .reveal()
        .parse()
        .map_err(|_| BadConfiguration::new("DATABASE_URL", InvalidDatabaseUrl))?;
    let options = options.application_name(application_name).options(SESSION_LIMITS);
    let pool = PgPoolOptions::new()
        .max_connections(args.database_max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move { Ok(is_usable(connection, meta.idle_for).await) })
        })
        .connect_lazy_with(options);
    Ok(pool)
}

/// Whether a connection of the pool still answers; one that does not is replaced.
async fn is_usable(connection: &mut PgConnection, idle_for: Duration) -> bool {
    if idle_for <= PING_IDLE_AFTER {
        return true;
    }
    let answer = connection.ping().await;
    if let Err(error) = &answer {
        tracing::info!(%error, "replacing a connection that does not answer");
    }
    answer.is_ok()
}

/// What a new connection has to pass before it is used.
pub type Admit = fn(&mut PgConnection) -> BoxFuture<'_, Result<(), sqlx::Error>>;

/// Admits every connection.
#[must_use]
pub fn admit_any(_: &mut PgConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
    Box::pin(std::future::ready(Ok(())))
}

/// Tells `component` for ever whether the database answers, over a connection of its own: a pool whose connections are
/// all at work is no outage. One whose new connections are refused is, so the connection has to pass `admit`.
pub fn watch(pool: &PgPool, component: Component, admit: Admit) -> impl Future<Output = ()> + Send + use<> {
    let options = pool.connect_options();
    async move {
        let mut connection = None;
        let mut is_told = false;
        loop {
            let answer = tokio::time::timeout(PING_TIMEOUT, ping(&options, admit, &mut connection)).await;
            let why = match answer {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the database does not answer".to_owned()),
            };
            if let Some(why) = why.as_ref().filter(|_| !is_told) {
                tracing::warn!(
                    why,
                    "the database cannot be used; DATABASE_URL says where it is, and as whom"
                );
            }
            is_told = why.is_some();
            match why {
                None => component.ready(),
                Some(why) => component.not_ready(why),
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }
}

/// The connection stands again in its place only when it answered.
async fn ping(
    options: &PgConnectOptions,
    admit: Admit,
    place: &mut Option<PgConnection>,
) -> Result<(), sqlx::Error> {
    let mut connection = match place.take() {
        Some(connection) => connection,
        None => {
            let mut connection = options.connect().await?;
            admit(&mut connection).await?;
            connection
        }
    };
    connection.ping().await?;
    *place = Some(connection);
    Ok(())
}

/// True when the statement may succeed later as it is: the database, and not the data, is the cause.
#[must_use]
pub fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        // What a proxy that accepts and then closes looks like.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => is_outage_state(error.as_ref()),
        _ => false,
    }
}

fn is_outage_state(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| is_outage_code(&code))
}

/// Connection, login, missing database, serialization, resources, operator, system, and the server's own errors: none is
/// caused by a record. Nor is class 42: a table, a column or a right that is missing until the migration is there. 25P03
/// ends a session that was frozen inside its transaction.
fn is_outage_code(code: &str) -> bool {
    const CLASSES: [&str; 9] = ["08", "28", "3D", "40", "42", "53", "57", "58", "XX"];
    const STATES: [&str; 3] = ["25006", "25P03", "55P03"];
    CLASSES.iter().any(|class| code.starts_with(class)) || STATES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_is_accepted_and_closed_is_an_outage() {
        assert!(is_outage(&sqlx::Error::Protocol(
            "unexpected response from SSLRequest".to_owned()
        )));
        assert!(!is_outage(&sqlx::Error::RowNotFound));
    }

    #[test]
    fn the_password_never_shows_in_debug() {
        let url: DatabaseUrl = "postgres://me:hunter2@localhost/db".parse().expect("a valid url");
        let args = PgArgs {
            database_url: url,
            database_max_connections: 1,
        };
        let shown = format!("{args:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn what_is_not_a_postgres_url_is_refused() {
        for text in [
            "",
            "localhost",
            "mysql://localhost/db",
            "postgres://host:notaport/db",
        ] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn outages_are_told_from_errors_of_the_data() {
        for code in [
            "08006", "28P01", "40001", "40P01", "42P01", "42501", "53300", "57P01", "57014", "58030",
            "25006", "25P03", "55P03", "XX000",
        ] {
            assert!(is_outage_code(code), "{code}");
        }
        for code in ["23505", "22001", "25001", "P0001"] {
            assert!(!is_outage_code(code), "{code}");
        }
        assert!(is_outage(&sqlx::Error::PoolTimedOut));
        assert!(!is_outage(&sqlx::Error::RowNotFound));
    }

    #[tokio::test]
    async fn connecting_to_a_dead_server_is_an_outage_and_does_not_fail_the_start() {
        let url = "postgres://me@127.0.0.1:1/db".parse().expect("a valid url");
        let args = PgArgs {
            database_url: url,
            database_max_connections: 1,
        };
        let pool = connect(&args, "kit-test").expect("a lazy pool");
        let error = pool.acquire().await.expect_err("nothing listens on port 1");
        assert!(is_outage(&error), "{error:?}");
    }
}
