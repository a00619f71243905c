//! The connection to the database.

mod store;

use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::ending::BadConfiguration;

/// Where the database is, for what looks at every service's rows.
#[derive(Args)]
pub(crate) struct DatabaseArgs {
    /// The database, as a superuser or a role with BYPASSRLS.
    #[arg(long, env = "DATABASE_URL", value_name = "DATABASE_URL", hide_env_values = true,
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    database_url: String,
}

impl std::fmt::Debug for DatabaseArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DatabaseArgs").finish_non_exhaustive()
    }
}

impl DatabaseArgs {
    /// Connects, and makes sure that no policy hides rows: one that is hidden would look like one that never was.
    pub(crate) async fn connect(&self, application: &str) -> anyhow::Result<PgConnection> {
        let mut connection = connect(&self.database_url, application).await?;
        let sees_all = store::sees_all(&mut connection)
            .await
            .context("cannot tell what the role of DATABASE_URL may see")?;
        if !sees_all {
            let message = "the role of DATABASE_URL does not see every service's rows: it must be a superuser, or have \
                           BYPASSRLS";
            return Err(BadConfiguration(message.to_owned()).into());
        }
        Ok(connection)
    }
}

/// The same, for what can do without.
#[derive(Args)]
pub(crate) struct OptionalDatabaseArgs {
    /// The database, as a superuser or a role with BYPASSRLS; without it less is said.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
}

impl std::fmt::Debug for OptionalDatabaseArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("OptionalDatabaseArgs")
            .finish_non_exhaustive()
    }
}

impl OptionalDatabaseArgs {
    pub(crate) fn given(&self) -> Option<DatabaseArgs> {
        let database_url = self.database_url.clone().filter(|url| !url.is_empty())?;
        Some(DatabaseArgs { database_url })
    }
}

/// Connects under a name that the server shows.
pub(crate) async fn connect(url: &str, application: &str) -> anyhow::Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| BadConfiguration(format!("DATABASE_URL is not a Postgres address: {error}")))?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let options = options.application_name(application);
    options.connect().await.with_context(|| {
        format!(
            "cannot connect to the database at {place} (DATABASE_URL); is it running (`cargo xtask status`)?"
        )
    })
}
