//! The reading half: which topics, as which group, into which pool.

use std::time::Duration;

use service_kit::frame::Frame;
use shared_events::consumer::{self, ConsumerConfig, ConsumerHealth, PostgresEffects};
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::config::Config;
use crate::handler::Recorder;
use crate::startup::SERVICE;

const TOPICS: [Topic; 3] = [Topic::TaskEvents, Topic::Reminders, Topic::NotificationEvents];

/// Nobody waits for an entry, and one batch of many costs far less than many of one.
const GATHER: Duration = Duration::from_millis(250);

/// Reads the facts into the log for as long as the service runs.
pub fn start(frame: &Frame, config: &Config, pool: &PgPool) {
    let client_id = config.process.client_id(SERVICE);
    let facts = ConsumerConfig::new(Service::AuditSvc, &TOPICS, client_id).gathering(GATHER);
    let effects = PostgresEffects::new(ingest_pool(config, pool), Recorder);
    let health = ConsumerHealth::of(frame.health(), "consumer", "consumer poll thread");
    consumer::start(frame.lifecycle(), facts, &config.kafka, effects, health);
}

/// Connections that do not wait for the disk at a commit: entries and the offset behind them are lost or kept
/// together, so that after a crash of the database the lost ones are read again.
fn ingest_pool(config: &Config, pool: &PgPool) -> PgPool {
    let options = pool
        .connect_options()
        .as_ref()
        .clone()
        .options([("synchronous_commit", "off")]);
    PgPoolOptions::new()
        .max_connections(config.pg.database_max_connections)
        .acquire_timeout(pool.options().get_acquire_timeout())
        .connect_lazy_with(options)
}
