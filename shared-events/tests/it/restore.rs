//! Postgres is stopped, copied, restored and promoted, each really: no change after it carries the epoch of before.

use std::collections::BTreeSet;
use std::time::Duration;

use service_kit::pg::{DatabaseUrl, PgArgs};
use service_kit::testing::PostgresServers;
use shared_events::codec::{headers, schema, wire};
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::operator::{self, Standing};
use shared_events::outbox::{self, Waker, confirmed_epoch};
use shared_events::record::RawRecord;
use shared_events::relay::{EpochTerms, Relay, Settings};
use shared_events::topic::{Service, Topic};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::broker::Broker;
use crate::wait::eventually;

/// A registry that nobody runs: ids are in the table already.
const NO_REGISTRY: &str = "http://127.0.0.1:9";

/// A server, a broker, a relay between them, and the pool of a service that writes.
struct World {
    servers: PostgresServers,
    broker: Broker,
    pool: PgPool,
    relay: Option<(CancellationToken, JoinHandle<()>)>,
}

impl World {
    /// With the server `original`, which is running.
    async fn new(settings: &[&str]) -> Self {
        let servers = PostgresServers::create().await;
        servers.initialise("original");
        for line in settings {
            servers.configure("original", line);
        }
        let mut original = servers.start("original").await;
        original.execute("CREATE SCHEMA outbox").await.unwrap();
        let migrated = shared_events::MIGRATOR.run_direct(None, &mut original, false);
        migrated.await.unwrap();
        let fingerprint = schema::current(Topic::TaskEvents).unwrap().fingerprint;
        let id = "INSERT INTO outbox.schema_id (registry, subject, fingerprint, id) VALUES ($1, $2, $3, 1)";
        let id = sqlx::query(id)
            .bind(NO_REGISTRY)
            .bind(Topic::TaskEvents.subject())
            .bind(fingerprint.as_slice());
        id.execute(&mut original).await.unwrap();
        original.close().await.unwrap();
        let url: DatabaseUrl = servers.url_as("taskwire_backend_api").parse().unwrap();
        let args = PgArgs {
            database_url: url,
            database_max_connections: 3,
        };
        let pool = outbox::connect(&args, Service::BackendApi).unwrap();
        let broker = Broker::start(&[Topic::TaskEvents.name(), Topic::TaskCommands.name()]);
        let mut world = Self {
            servers,
            broker,
            pool,
            relay: None,
        };
        world.start_relay();
        world
    }

    fn start_relay(&mut self) {
        let kafka = KafkaArgs::plaintext(&self.broker.bootstrap(), NO_REGISTRY);
        let terms = EpochTerms {
            record: Duration::from_millis(50),
            // Longer than an answer takes on any machine.
            wait_for_broker: Duration::from_secs(8),
        };
        let settings = Settings {
            epoch: terms,
            ..Settings::default()
        };
        let relay = Relay::new(&self.pool, &kafka, &Waker::new(), "relay").unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = async move { relay.with_settings(settings).run(stopped).await.unwrap() };
        #[expect(clippy::disallowed_methods, reason = "it is joined, or ends with the test")]
        let running = tokio::spawn(run);
        self.relay = Some((stop, running));
    }

    async fn stop_relay(&mut self) {
        let (stop, running) = self.relay.take().unwrap();
        stop.cancel();
        running.await.unwrap();
    }

    /// Commits one change as a service does, once it may, and says under which epoch.
    async fn write(&self) -> i64 {
        let mut written = None;
        eventually("a change is accepted", async || {
            written = self.try_to_write().await.ok();
            written.is_some()
        })
        .await;
        written.unwrap()
    }

    async fn try_to_write(&self) -> Result<i64, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let epoch = outbox::current_epoch(&mut transaction).await?.get();
        insert(&mut transaction, epoch).await?;
        transaction.commit().await?;
        Ok(epoch)
    }

    async fn until_drained(&self) {
        eventually("the outbox is empty", async || {
            let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM outbox.message");
            matches!(count.fetch_one(&self.pool).await, Ok(0))
        })
        .await;
    }

    /// Waits until the broker knows how far the database is by now.
    async fn until_recorded(&self) {
        let mut connection = self.pool.acquire().await.unwrap();
        let now = operator::standing(&mut connection).await.unwrap();
        eventually("the broker is told", async || {
            self.recorded().is_some_and(|lsn| lsn >= now.flush_lsn)
        })
        .await;
    }

    fn recorded(&self) -> Option<i64> {
        let metadata = self
            .broker
            .committed("backend-api.epoch.v1", Topic::TaskCommands.name())?;
        let record: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        record["flush_lsn"].as_i64()
    }

    /// The epochs of all changes that were published, each once, in the order of the topic.
    fn published(&self, changes: usize) -> Vec<i64> {
        let mut reader = self.broker.reader();
        reader.until_arrived(changes);
        let mut seen = BTreeSet::new();
        let id = |record: &RawRecord| headers::get(&record.headers, headers::name::ID).map(str::to_owned);
        let is_new = |record: &&RawRecord| seen.insert(id(record));
        let mut records: Vec<&RawRecord> = reader.records.iter().filter(is_new).collect();
        records.sort_by_key(|record| record.offset);
        records.into_iter().map(epoch).collect()
    }
}

async fn insert(connection: &mut PgConnection, epoch: i64) -> Result<(), sqlx::Error> {
    let fingerprint = schema::current(Topic::TaskEvents).unwrap().fingerprint;
    sqlx::query(
        "INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
         VALUES ('task-events', 'key', $1, 'test', '/taskwire/test', $2, $3, '2026-01-02T03:04:05Z')",
    )
    .bind(Uuid::now_v7())
    .bind(fingerprint.as_slice())
    .bind(epoch.to_be_bytes().as_slice())
    .execute(connection)
    .await
    .map(drop)
}

fn epoch(record: &RawRecord) -> i64 {
    let (_, body) = wire::unframe(record.payload.as_ref().unwrap()).unwrap();
    i64::from_be_bytes(body.try_into().unwrap())
}

async fn standing(connection: &mut PgConnection) -> Standing {
    operator::standing(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_copy_in_its_place_begins_an_epoch_and_a_restart_does_not() {
    let mut world = World::new(&[]).await;
    assert_eq!(world.write().await, 1);
    world.until_drained().await;
    world.servers.stop("original");
    world.servers.copy("original", "copy");

    world.servers.start("original").await.close().await.unwrap();
    assert_eq!(world.write().await, 1, "it goes on after a restart");
    world.until_drained().await;
    world.servers.crash("original");
    world.servers.start("original").await.close().await.unwrap();
    assert_eq!(world.write().await, 1, "it goes on after a crash");
    world.until_drained().await;
    world.stop_relay().await;
    world.servers.stop("original");

    // Nobody who remembers anything is left but the broker, and until it is asked nobody writes.
    let mut copy = world.servers.start("copy").await;
    let refused = confirmed_epoch(&mut copy).await.unwrap_err();
    assert!(service_kit::pg::is_outage(&refused), "{refused}");
    assert!(refused.to_string().contains("taskctl epoch raise"), "{refused}");
    assert!(world.try_to_write().await.is_err());
    world.start_relay();
    let after = world.write().await;
    assert!(after > 1, "{after}");
    assert_eq!(world.write().await, after);
    world.until_drained().await;
    assert_eq!(world.published(5), [1, 1, 1, after, after]);
    assert!(standing(&mut copy).await.is_confirmed);
    world.stop_relay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_a_running_server_that_is_put_back_begins_an_epoch() {
    let mut world = World::new(&[]).await;
    world.write().await;
    world.until_drained().await;
    // Of the same start as the rest, so that the log's place alone tells it apart.
    let mut original = world.servers.connect().await;
    world.servers.back_up(&mut original, "original", "snapshot").await;
    world.write().await;
    world.until_drained().await;
    world.until_recorded().await;
    world.servers.crash("original");

    world.servers.start("snapshot").await.close().await.unwrap();
    let after = world.write().await;
    assert!(after > 1, "{after}");
    world.until_drained().await;
    assert_eq!(world.published(3), [1, 1, after]);
    let mut snapshot = world.servers.connect().await;
    assert_eq!(standing(&mut snapshot).await.timeline, 1);
    world.stop_relay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_while_the_broker_is_away_begins_an_epoch_and_writes_go_on() {
    let mut world = World::new(&[]).await;
    world.write().await;
    world.until_drained().await;
    world.broker.cluster.broker_down(1).unwrap();
    assert_eq!(
        world.write().await,
        1,
        "the broker's absence alone changes nothing"
    );
    world.servers.stop("original");
    world.servers.start("original").await.close().await.unwrap();
    let after = world.write().await;
    assert!(after > 1, "{after}");
    world.broker.cluster.broker_up(1).unwrap();
    world.until_drained().await;
    assert_eq!(world.published(3), [1, 1, after]);
    assert_eq!(world.write().await, after);
    world.stop_relay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_to_a_point_in_time_begins_an_epoch() {
    let mut world = World::new(&["archive_mode = on", "wal_level = replica"]).await;
    let archive = world.servers.make_dir("archive");
    let archive = archive.display();
    let archive_command = format!("archive_command = 'cp %p {archive}/%f'");
    world.servers.configure("original", &archive_command);
    world.until_recorded().await;
    world.servers.stop("original");
    let mut original = world.servers.start("original").await;

    world.servers.back_up(&mut original, "original", "restored").await;
    assert_eq!(world.write().await, 1);
    original
        .execute("SELECT pg_create_restore_point('before the accident')")
        .await
        .unwrap();
    assert_eq!(world.write().await, 1, "this one is lost");
    world.until_drained().await;
    original.execute("SELECT pg_switch_wal()").await.unwrap();
    world.servers.stop("original");

    let restore = [
        &format!("restore_command = 'cp {archive}/%f %p'"),
        "recovery_target_name = 'before the accident'",
        "recovery_target_action = 'promote'",
    ];
    for line in restore {
        world.servers.configure("restored", line);
    }
    world.servers.write("restored", "recovery.signal", "");
    let mut restored = world.servers.start("restored").await;
    let after = world.write().await;
    assert!(after > 1, "{after}");
    assert_eq!(standing(&mut restored).await.timeline, 2);
    world.until_drained().await;
    assert_eq!(world.published(3), [1, 1, after]);

    // The server that was replaced is of the older timeline, and does not say so itself.
    world.until_recorded().await;
    world.servers.stop("restored");
    world.servers.start("original").await.close().await.unwrap();
    let back = world.write().await;
    assert!(back > after, "{back}");
    world.stop_relay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_promotion_of_a_standby_that_lost_its_tail_begins_an_epoch() {
    let mut world = World::new(&[]).await;
    world.write().await;
    world.until_drained().await;
    world.servers.stop("original");
    world.servers.copy("original", "standby");
    let primary = format!(
        "primary_conninfo = 'host=127.0.0.1 port={} user=postgres'",
        world.servers.port
    );
    world.servers.configure("standby", &primary);
    world.servers.write("standby", "standby.signal", "");
    let mut original = world.servers.start("original").await;
    let mut standby = world.servers.start_standby("standby").await;
    world.write().await;
    let lsn: String = sqlx::query_scalar("SELECT pg_current_wal_lsn()::text")
        .fetch_one(&mut original)
        .await
        .unwrap();
    eventually("the standby follows", async || {
        let replayed = format!("SELECT coalesce(pg_last_wal_replay_lsn() >= '{lsn}', false)");
        sqlx::query_scalar(AssertSqlSafe(replayed))
            .fetch_one(&mut standby)
            .await
            .unwrap()
    })
    .await;
    world.servers.stop("standby");
    assert_eq!(world.write().await, 1, "this one is lost");
    world.until_drained().await;
    world.servers.crash("original");

    let mut promoted = world.servers.start("standby").await;
    assert!(world.try_to_write().await.is_err(), "a standby is refused");
    let done: bool = sqlx::query_scalar("SELECT pg_promote()")
        .fetch_one(&mut promoted)
        .await
        .unwrap();
    assert!(done);
    let after = world.write().await;
    assert!(after > 1, "{after}");
    world.until_drained().await;
    assert_eq!(world.published(4), [1, 1, 1, after]);
    world.stop_relay().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_s_new_epoch_waits_for_changes_under_way() {
    let mut world = World::new(&[]).await;
    world.write().await;
    let mut under_way = world.pool.begin().await.unwrap();
    let old = outbox::current_epoch(&mut under_way).await.unwrap().get();
    insert(&mut under_way, old).await.unwrap();
    let servers = &world.servers;
    let raise = async {
        let mut connection = servers.connect().await;
        operator::raise_epoch(&mut connection).await.unwrap().get()
    };
    let commit = async {
        let mut watcher = servers.connect().await;
        eventually("the operator waits", async || {
            let waiting =
                "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
            sqlx::query_scalar(waiting).fetch_one(&mut watcher).await.unwrap()
        })
        .await;
        under_way.commit().await.unwrap();
    };
    let (raised, ()) = tokio::join!(raise, commit);
    assert!(raised > old);
    assert_eq!(world.write().await, raised);
    world.until_drained().await;
    assert_eq!(world.published(3), [1, 1, raised]);
    world.stop_relay().await;
}
