//! A throw-away database per test, on the server that `cargo xtask test` starts.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool};
use url::Url;

const SERVER_VARIABLE: &str = "TEST_DATABASE_URL";
const ROLE_PASSWORD: &str = "taskwire-test";
/// Roles are shared by all databases of a server, so migrations that create them run one at a time.
const MIGRATION_LOCK: i64 = 0x7461_736b;

/// The migrations of one schema.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    pub schema: &'static str,
    pub migrator: &'static Migrator,
}

/// A database of its own; it is dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: Url,
    name: String,
}

impl Database {
    /// Creates a database with these schemas, in this order.
    ///
    /// # Panics
    /// When no server is given or it does not do as asked: it is a test.
    pub async fn create(schemas: &[Migrations]) -> Self {
        let server = server();
        let name = format!("test_{}_{:016x}", std::process::id(), rand::random::<u64>());
        let mut admin = connect(&server).await;
        let create = format!(r#"CREATE DATABASE "{name}" TEMPLATE template0"#);
        admin
            .execute(AssertSqlSafe(create))
            .await
            .expect("a new database");
        let database = Self { server, name };
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut admin)
            .await
            .expect("a lock");
        database.migrate(schemas).await;
        set_passwords(&mut admin).await;
        admin.close().await.expect("a clean end, which releases the lock");
        database
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL as the server's superuser.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// Its URL as one of the services' roles, as in `taskwire_backend_api`.
    #[must_use]
    pub fn url_as(&self, role: &str) -> String {
        let mut url: Url = self.url().parse().expect("our own URL");
        url.set_username(role).expect("a URL with a host");
        url.set_password(Some(ROLE_PASSWORD)).expect("a URL with a host");
        url.into()
    }

    /// A small pool as the superuser.
    pub async fn pool(&self) -> PgPool {
        pool(&self.url()).await
    }

    /// A small pool as one of the services' roles.
    pub async fn pool_as(&self, role: &str) -> PgPool {
        pool(&self.url_as(role)).await
    }

    async fn migrate(&self, schemas: &[Migrations]) {
        let url: Url = self.url().parse().expect("our own URL");
        let mut connection = connect(&url).await;
        for migrations in schemas {
            let schema = format!("CREATE SCHEMA IF NOT EXISTS {}", migrations.schema);
            connection.execute(AssertSqlSafe(schema)).await.expect("a schema");
            let migrated = migrations.migrator.run_direct(None, &mut connection, false).await;
            migrated.unwrap_or_else(|error| panic!("the migrations of {} fail: {error}", migrations.schema));
        }
        connection.close().await.expect("a clean end");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let server = self.server.clone();
        let drop = format!(r#"DROP DATABASE IF EXISTS "{}" WITH (FORCE)"#, self.name);
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut admin = options(&server).connect().await?;
                admin.execute(AssertSqlSafe(drop)).await?;
                Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
            })
        });
        let dropped = dropper.join();
        if !matches!(dropped, Ok(Ok(()))) {
            tracing::warn!(database = self.name, "a test database was left behind");
        }
    }
}

pub(super) fn server() -> Url {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no command line of their own"
    )]
    let url = std::env::var(SERVER_VARIABLE);
    let url = url.unwrap_or_else(|_| panic!("{SERVER_VARIABLE} is not set: run `cargo xtask test`"));
    url.parse()
        .unwrap_or_else(|error| panic!("{SERVER_VARIABLE} is not a URL: {error}"))
}

pub(super) fn options(url: &Url) -> PgConnectOptions {
    url.as_str().parse().expect("a postgres URL")
}

async fn connect(url: &Url) -> PgConnection {
    options(url).connect().await.expect("the test server answers")
}

async fn pool(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(5)
        .connect(url)
        .await
        .expect("a pool")
}

/// The roles exist since the migrations; they get a password once, for servers that ask for one.
async fn set_passwords(admin: &mut PgConnection) {
    let without = "SELECT rolname FROM pg_authid WHERE rolname LIKE 'taskwire\\_%' AND rolpassword IS NULL";
    let roles: Vec<String> = sqlx::query_scalar(without)
        .fetch_all(&mut *admin)
        .await
        .expect("the roles");
    for role in roles {
        let set = format!(r#"ALTER ROLE "{role}" PASSWORD '{ROLE_PASSWORD}'"#);
        admin.execute(AssertSqlSafe(set)).await.expect("a password");
    }
}

#[cfg(test)]
mod tests {
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType};

    use super::*;

    const CREATE: &str =
        "CREATE TABLE things.thing (id bigint PRIMARY KEY); GRANT USAGE ON SCHEMA things TO PUBLIC";

    fn migrations() -> Migrations {
        let first = Migration::new(
            1,
            "things".into(),
            MigrationType::Simple,
            CREATE.into_sql_str(),
            false,
        );
        let mut migrator = Migrator::with_migrations(vec![first]);
        migrator.dangerous_set_table_name("things._sqlx_migrations");
        Migrations {
            schema: "things",
            migrator: Box::leak(Box::new(migrator)),
        }
    }

    async fn exists(server: &Url, name: &str) -> bool {
        let mut admin = connect(server).await;
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)");
        query.bind(name).fetch_one(&mut admin).await.expect("an answer")
    }

    #[tokio::test]
    async fn a_database_has_its_schemas_and_goes_away_when_dropped() {
        let database = Database::create(&[migrations()]).await;
        let pool = database.pool().await;
        let things: i64 = sqlx::query_scalar("SELECT count(*) FROM things.thing")
            .fetch_one(&pool)
            .await
            .expect("a table");
        assert_eq!(things, 0);
        let name = database.name().to_owned();
        assert!(exists(&server(), &name).await);
        drop(database);
        assert!(!exists(&server(), &name).await, "even with the pool still open");
    }
}
