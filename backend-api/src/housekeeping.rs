//! Housekeeping: what nobody waits for.

use std::time::Duration;

use service_kit::lifecycle::Lifecycle;
use sqlx::PgPool;

use crate::store;

const EVERY: Duration = Duration::from_secs(600);

/// Purges outcomes that are no longer replayed, for as long as the service runs; every replica may.
pub fn purge_idempotency_keys(pool: PgPool, lifecycle: &Lifecycle) {
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn_helper("idempotency purge", async move {
        let purge = async {
            loop {
                tokio::time::sleep(EVERY).await;
                if let Err(error) = purge_all(&pool).await {
                    tracing::info!(%error, "cannot purge idempotency keys now, trying again later");
                }
            }
        };
        shutdown.run_until_cancelled(purge).await;
    });
}

/// In short transactions, until nothing is left.
async fn purge_all(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    while store::idempotency::purge(&mut connection).await? > 0 {}
    Ok(())
}
