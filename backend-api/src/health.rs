//! Readiness: the database, and nothing else. While the broker is down, changes wait in the outbox.

use std::time::Duration;

use service_kit::health::Component;
use service_kit::lifecycle::Lifecycle;
use sqlx::{Connection as _, PgPool};

const EVERY: Duration = Duration::from_secs(2);

/// Pings the database for as long as the service runs.
pub fn watch_database(pool: PgPool, component: Component, lifecycle: &Lifecycle) {
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn_helper("database watch", async move {
        let watch = async {
            loop {
                component.set_from(&ping(&pool).await);
                tokio::time::sleep(EVERY).await;
            }
        };
        shutdown.run_until_cancelled(watch).await;
    });
}

async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    pool.acquire().await?.ping().await
}
