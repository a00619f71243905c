//! `taskctl migrate`: every schema's migrations in their order, then the passwords of services and front end.

mod store;

use std::collections::BTreeSet;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use sqlx::Connection;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::PgConnection;

use crate::database;
use crate::ending::Ending;
use crate::output::{Output, Table};

/// Every schema, in the order in which their migrations may refer to each other: the first one
/// creates the services' roles. The last is the front end's, which no other refers to.
fn all_migrations() -> [Migrations; 5] {
    [
        Migrations::new("outbox", sqlx::migrate!("../shared-events/migrations")),
        Migrations::new("tasks", sqlx::migrate!("../backend-api/migrations")),
        Migrations::new("notification", sqlx::migrate!("../notification-svc/migrations")),
        Migrations::new("audit", sqlx::migrate!("../audit-svc/migrations")),
        Migrations::new("auth", sqlx::migrate!("../frontend/migrations")),
    ]
}

#[derive(Args)]
pub(crate) struct MigrateArgs {
    /// The database, as a superuser or a role with CREATEROLE and BYPASSRLS.
    #[arg(long, env = "DATABASE_URL", value_name = "DATABASE_URL", hide_env_values = true,
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    database_url: String,

    /// Give the role taskwire_backend_api this password.
    #[arg(
        long,
        env = "TASKWIRE_BACKEND_API_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    backend_api_password: Option<String>,

    /// Give the role taskwire_notification_svc this password.
    #[arg(
        long,
        env = "TASKWIRE_NOTIFICATION_SVC_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    notification_svc_password: Option<String>,

    /// Give the role taskwire_audit_svc this password.
    #[arg(
        long,
        env = "TASKWIRE_AUDIT_SVC_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    audit_svc_password: Option<String>,

    /// Give the role taskwire_frontend this password.
    #[arg(
        long,
        env = "TASKWIRE_FRONTEND_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    frontend_password: Option<String>,

    /// Give the role taskwire_reconciler, of `taskctl reconcile`, this password.
    #[arg(
        long,
        env = "TASKWIRE_RECONCILER_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    reconciler_password: Option<String>,
}

impl std::fmt::Debug for MigrateArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MigrateArgs").finish_non_exhaustive()
    }
}

/// Applies what is missing; a second run finds nothing to do.
pub(crate) async fn run(args: MigrateArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut connection = database::connect(&args.database_url, "taskctl migrate").await?;
    store::limit_waiting(&mut connection)
        .await
        .context("the database does not answer")?;
    if !store::try_lock(&mut connection).await? {
        output.progress("another taskctl migrate is at work; waiting for it");
        store::wait_for_lock(&mut connection)
            .await
            .context("waiting for another taskctl migrate took too long")?;
    }
    let mut report = Report::default();
    for migrations in all_migrations() {
        report.schemas.push(migrate(&mut connection, migrations).await?);
    }
    for (role, password) in args.passwords() {
        set_password(&mut connection, role, password).await?;
        report.passwords.push(role);
    }
    connection.close().await.context("cannot close the connection")?;
    output.answer(&report, Report::to_text)?;
    Ok(Ending::Done)
}

impl MigrateArgs {
    fn passwords(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("taskwire_backend_api", &self.backend_api_password),
            ("taskwire_notification_svc", &self.notification_svc_password),
            ("taskwire_audit_svc", &self.audit_svc_password),
            ("taskwire_frontend", &self.frontend_password),
            ("taskwire_reconciler", &self.reconciler_password),
        ]
        .into_iter()
        .filter_map(|(role, password)| Some((role, password.as_deref()?)))
        .filter(|(_, password)| !password.is_empty())
    }
}

async fn migrate(connection: &mut PgConnection, migrations: Migrations) -> anyhow::Result<Migrated> {
    let Migrations { schema, migrator } = migrations;
    let table = migrator.table_name.clone();
    let before = applied(connection, schema, &table)
        .await
        .map_err(|error| explain(schema, error))?;
    migrator
        .run(&mut *connection)
        .await
        .map_err(|error| explain(schema, error))?;
    let after = applied(connection, schema, &table)
        .await
        .map_err(|error| explain(schema, error))?;
    Ok(Migrated {
        schema,
        version: after.last().copied(),
        applied: after.difference(&before).copied().collect(),
    })
}

async fn applied(
    connection: &mut PgConnection,
    schema: &'static str,
    table: &str,
) -> Result<BTreeSet<i64>, MigrateError> {
    connection.create_schema_if_not_exists(schema).await?;
    connection.ensure_migrations_table(table).await?;
    let migrations = connection.list_applied_migrations(table).await?;
    Ok(migrations
        .into_iter()
        .map(|migration| migration.version)
        .collect())
}

/// Adds the way out to what sqlx says.
fn explain(schema: &str, error: MigrateError) -> anyhow::Error {
    let way_out = match &error {
        MigrateError::VersionMismatch(version) => format!(
            "migration {version} was edited after it had been applied; bring its file back and write a new one \
             (locally, `cargo xtask down --purge` starts over)"
        ),
        MigrateError::VersionMissing(version) => {
            format!(
                "the database has migration {version}, which this taskctl does not know: use a newer build"
            )
        }
        MigrateError::Dirty(version) => {
            format!(
                "migration {version} stopped half-way: repair by hand, then delete its row in _sqlx_migrations"
            )
        }
        _ if is_denied(&error) => {
            "the role of DATABASE_URL must be a superuser, or have CREATEROLE and BYPASSRLS".to_owned()
        }
        _ => "nothing of this migration was kept; correct the cause and run taskctl migrate again".to_owned(),
    };
    anyhow::Error::new(error).context(format!("cannot migrate the schema {schema}: {way_out}"))
}

fn is_denied(error: &MigrateError) -> bool {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = error else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == "42501")
}

async fn set_password(connection: &mut PgConnection, role: &str, password: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot set the password of the role {role}");
    let mut transaction = connection.begin().await.with_context(failed)?;
    store::remember_password(&mut transaction, role, password)
        .await
        .with_context(failed)?;
    store::apply_password(&mut transaction)
        .await
        .with_context(failed)?;
    transaction.commit().await.with_context(failed)
}

/// A schema and its migrations.
struct Migrations {
    schema: &'static str,
    migrator: Migrator,
}

impl Migrations {
    fn new(schema: &'static str, mut migrator: Migrator) -> Self {
        migrator.dangerous_set_table_name(format!("{schema}._sqlx_migrations"));
        // The lock around all of it is ours.
        migrator.set_locking(false);
        Self { schema, migrator }
    }
}

#[derive(Debug, Default, Serialize)]
struct Report {
    schemas: Vec<Migrated>,
    passwords: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Migrated {
    schema: &'static str,
    version: Option<i64>,
    applied: Vec<i64>,
}

impl Report {
    fn to_text(&self) -> String {
        let mut table = Table::new(["schema", "version", "applied now"]);
        for schema in &self.schemas {
            let applied: Vec<String> = schema.applied.iter().map(i64::to_string).collect();
            table.row([
                schema.schema.to_owned(),
                schema
                    .version
                    .map_or_else(|| "-".to_owned(), |version| version.to_string()),
                if applied.is_empty() {
                    "nothing, up to date".to_owned()
                } else {
                    applied.join(", ")
                },
            ]);
        }
        let passwords = match self.passwords.as_slice() {
            [] => String::new(),
            roles => format!("passwords set: {}\n", roles.join(", ")),
        };
        format!("{table}{passwords}")
    }
}
