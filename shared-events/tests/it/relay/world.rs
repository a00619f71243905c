//! A database with an outbox, a broker, and relays between them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use service_kit::testing::{Database, Migrations};
use shared_events::codec::{headers, schema, wire};
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::Waker;
use shared_events::outbox::operator::{self, Parked, Which};
use shared_events::record::RawRecord;
use shared_events::relay::{Relay, Settings};
use shared_events::topic::Topic;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::broker::Broker;
use crate::wait::eventually;

/// A registry that nobody runs: ids are in the table already.
const NO_REGISTRY: &str = "http://127.0.0.1:9";

/// So rarely that a test which passes cannot owe it to a poll.
pub(super) const NEVER: Duration = Duration::from_secs(3_600);

/// Who writes the rows, unless a test says otherwise.
pub(super) const SOURCE: &str = "/taskwire/test";

pub(super) const TOPICS: [Topic; 4] = [
    Topic::TaskEvents,
    Topic::TaskUpdates,
    Topic::Reminders,
    Topic::NotificationEvents,
];

pub(super) struct World {
    pub(super) broker: Broker,
    pub(super) pool: PgPool,
    pub(super) kafka: KafkaArgs,
    relays: TaskTracker,
    numbers: Mutex<HashMap<(Topic, String, &'static str), u32>>,
    database: Database,
}

/// A relay that runs.
pub(super) struct Running {
    pub(super) waker: Waker,
    stop: CancellationToken,
    ended: JoinHandle<()>,
}

impl Running {
    /// Asks the relay to stop and says how long it took.
    pub(super) async fn stop(self) -> Duration {
        let asked = std::time::Instant::now();
        self.stop.cancel();
        self.ended.await.expect("a clean end");
        asked.elapsed()
    }

    /// Ends the relay as a crash would: in the middle of whatever it does.
    pub(super) fn kill(self) {
        self.ended.abort();
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let world = Self::without_schema_ids(NO_REGISTRY).await;
        for (id, embedded) in (1..).zip(schema::all()) {
            sqlx::query(
                "INSERT INTO outbox.schema_id (registry, subject, fingerprint, id) VALUES ($1, $2, $3, $4)",
            )
            .bind(NO_REGISTRY)
            .bind(embedded.topic.subject())
            .bind(embedded.fingerprint.as_slice())
            .bind(id)
            .execute(&world.pool)
            .await
            .expect("a schema id");
        }
        world
    }

    pub(super) async fn without_schema_ids(registry: &str) -> Self {
        let database = Database::create(&[Migrations {
            schema: "outbox",
            migrator: &shared_events::MIGRATOR,
        }])
        .await;
        let broker = Broker::start(&Topic::ALL.map(Topic::name));
        let kafka = KafkaArgs::plaintext(&broker.bootstrap(), registry);
        let pool = database.pool_as("taskwire_backend_api").await;
        Self {
            broker,
            pool,
            kafka,
            relays: TaskTracker::new(),
            numbers: Mutex::default(),
            database,
        }
    }

    pub(super) fn relay(&self, instance: &str) -> Running {
        self.relay_with(instance, Settings::default())
    }

    pub(super) fn relay_with(&self, instance: &str, settings: Settings) -> Running {
        self.relay_between(&self.pool, &self.kafka, instance, settings)
    }

    /// A relay that writes to another cluster.
    pub(super) fn relay_to(&self, other: &Broker, instance: &str) -> Running {
        self.relay_at(&other.bootstrap(), instance)
    }

    /// A relay that finds its brokers at this address.
    pub(super) fn relay_at(&self, bootstrap: &str, instance: &str) -> Running {
        let kafka = KafkaArgs::plaintext(bootstrap, NO_REGISTRY);
        self.relay_between(&self.pool, &kafka, instance, Settings::default())
    }

    pub(super) fn relay_between(
        &self,
        pool: &PgPool,
        kafka: &KafkaArgs,
        instance: &str,
        settings: Settings,
    ) -> Running {
        let waker = Waker::new();
        let relay = Relay::new(pool, kafka, &waker, instance).expect("a relay");
        let relay = relay.with_settings(settings);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let ended = self.relays.spawn(async move {
            relay.run(stopped).await.expect("a relay survives everything");
        });
        Running { waker, stop, ended }
    }

    /// Commits one row, with the next number of its topic and key.
    pub(super) async fn publish(&self, topic: Topic, key: &str) {
        let mut connection = self.pool.acquire().await.expect("a connection");
        self.insert(&mut connection, topic, key).await;
    }

    /// Commits `count` rows, spread over all topics and so many keys.
    pub(super) async fn publish_many(&self, count: usize, keys: usize) {
        let mut transaction = self.pool.begin().await.expect("a transaction");
        for place in 0..count {
            let key = format!("key-{}", place / 4 % keys);
            self.insert(&mut transaction, TOPICS[place % 4], &key).await;
        }
        transaction.commit().await.expect("a commit");
    }

    /// Writes a row, with the next number of its topic and key, into a transaction.
    pub(super) async fn insert(&self, connection: &mut PgConnection, topic: Topic, key: &str) {
        self.insert_from(SOURCE, connection, topic, key).await;
    }

    /// The same for another writer, whose rows have numbers of their own.
    pub(super) async fn insert_from(
        &self,
        source: &'static str,
        connection: &mut PgConnection,
        topic: Topic,
        key: &str,
    ) {
        let number = {
            let mut numbers = self.numbers.lock().expect("a lock");
            let number = numbers.entry((topic, key.to_owned(), source)).or_default();
            *number += 1;
            *number
        };
        insert(connection, source, topic, key, number).await;
    }

    pub(super) async fn parked(&self) -> Vec<Parked> {
        let mut connection = self.pool.acquire().await.expect("a connection");
        operator::parked(&mut connection).await.expect("an answer")
    }

    pub(super) async fn retry(&self, which: Which<'_>) -> Vec<Parked> {
        let mut connection = self.pool.acquire().await.expect("a connection");
        operator::retry(&mut connection, which).await.expect("an answer")
    }

    /// The fencing token of the lease, as it was given out last; 0 before that.
    pub(super) async fn token(&self) -> i64 {
        let token = "SELECT coalesce((SELECT token FROM outbox.lease), 0)";
        sqlx::query_scalar(token)
            .fetch_one(&self.pool)
            .await
            .expect("an answer")
    }

    /// Waits until the relay hears notifications, which wakes it once.
    pub(super) async fn until_listening(&self, instance: &str) {
        self.until_at_the_database(instance, "query LIKE 'LISTEN%' AND state = 'idle'")
            .await;
    }

    /// Waits until a statement of the relay waits for a lock.
    pub(super) async fn until_waiting_for_a_lock(&self, instance: &str) {
        self.until_at_the_database(instance, "wait_event_type = 'Lock'")
            .await;
    }

    /// Waits until a connection of the relay is in this condition, as `pg_stat_activity` tells it.
    pub(super) async fn until_at_the_database(&self, instance: &str, condition: &str) {
        let superuser = self.superuser().await;
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity
              WHERE application_name = $1 AND datname = current_database() AND {condition}"
        );
        eventually(condition, async || {
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(count.clone()))
                .bind(format!("{instance} relay"))
                .fetch_one(&superuser)
                .await
                .expect("an answer");
            found > 0
        })
        .await;
    }

    /// Waits until a relay that is awake has read, and begun to send, what is committed by now.
    ///
    /// The relay reads one page after the other, and sends what it found before it asks for the next.
    pub(super) async fn until_read(&self, instance: &str, waker: &Waker) {
        let superuser = self.superuser().await;
        let mut pages = Vec::new();
        while pages.len() < 3 {
            eventually("the relay reads", async || {
                waker.wake();
                let page = "SELECT query_start::text FROM pg_stat_activity
                             WHERE application_name = $1 AND datname = current_database()
                               AND (query LIKE 'SELECT id AS%' OR query LIKE 'SELECT m.id AS%m.source, 0)%') AND query_start > $2::timestamptz";
                let after = pages.last().cloned().unwrap_or_else(|| "-infinity".to_owned());
                let found: Option<String> = sqlx::query_scalar(page)
                    .bind(format!("{instance} relay"))
                    .bind(after)
                    .fetch_optional(&superuser)
                    .await
                    .expect("an answer");
                let is_new = found.is_some();
                pages.extend(found);
                is_new
            })
            .await;
        }
    }

    pub(super) async fn pending(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM outbox.message");
        count.fetch_one(&self.pool).await.expect("a count")
    }

    pub(super) async fn until_drained(&self) {
        eventually("the outbox is empty", async || self.pending().await == 0).await;
    }

    pub(super) async fn holder(&self) -> Option<String> {
        let holder = "SELECT holder FROM outbox.lease WHERE expires_at > clock_timestamp()";
        sqlx::query_scalar(holder)
            .fetch_optional(&self.pool)
            .await
            .expect("an answer")
    }

    pub(super) async fn until_held_by(&self, instance: &str) {
        eventually(&format!("{instance} holds the lease"), async || {
            self.holder()
                .await
                .is_some_and(|holder| holder.starts_with(instance))
        })
        .await;
    }

    /// A connection as the superuser.
    pub(super) async fn superuser(&self) -> PgPool {
        self.database.pool().await
    }
}

async fn insert(connection: &mut PgConnection, source: &str, topic: Topic, key: &str, number: u32) {
    let fingerprint = schema::current(topic).expect("a schema").fingerprint;
    sqlx::query(
        "INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
         VALUES ($1, $2, $3, 'test', $6, $4, $5, '2026-01-02T03:04:05.000006Z')",
    )
    .bind(topic.name())
    .bind(key)
    .bind(Uuid::now_v7())
    .bind(fingerprint.as_slice())
    .bind(number.to_be_bytes().as_slice())
    .bind(source)
    .execute(connection)
    .await
    .expect("a row");
}

/// The number that a row was made with.
pub(super) fn number(record: &RawRecord) -> u32 {
    let payload = record.payload.as_ref().expect("a value");
    let (_, body) = wire::unframe(payload).expect("a frame");
    u32::from_be_bytes(body.try_into().expect("four bytes"))
}

/// The first deliveries of each topic, key and source, in the order of their arrival.
pub(super) fn first_deliveries(records: &[RawRecord]) -> BTreeMap<(String, String, String), Vec<u32>> {
    let mut seen: HashMap<String, RawRecord> = HashMap::new();
    let mut lanes = BTreeMap::<_, Vec<u32>>::new();
    for record in records {
        let id = headers::get(&record.headers, headers::name::ID)
            .expect("an id")
            .to_owned();
        if let Some(first) = seen.get(&id) {
            assert_eq!(
                (&first.payload, &first.headers),
                (&record.payload, &record.headers),
                "a duplicate differs"
            );
            continue;
        }
        seen.insert(id, record.clone());
        let key = String::from_utf8(record.key.clone().expect("a key").to_vec()).expect("text");
        let source = headers::get(&record.headers, headers::name::SOURCE).expect("a source");
        lanes
            .entry((record.topic.clone(), key, source.to_owned()))
            .or_default()
            .push(number(record));
    }
    lanes
}

/// Every key got the rows of each source in order and without a hole.
pub(super) fn assert_in_order(records: &[RawRecord]) {
    for (lane, numbers) in first_deliveries(records) {
        let expected: Vec<u32> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected, "{lane:?}");
    }
}
