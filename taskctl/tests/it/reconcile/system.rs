//! A system as its services leave it: rows, records and audit entries, written by the test so that it knows what it left
//! out. The broker is the one that it is given.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde_json::{Value, json};
use shared_events::codec::wire::SchemaId;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::UserUpdate;
use shared_events::event::{Event, EventMeta};
use shared_events::outbox::Encoded;
use shared_events::topic::{Service, Topic};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::migrate::Database;
use crate::taskctl::{Run, repository, taskctl, unique};

/// What a test leaves out of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Without {
    Nothing,
    /// The audit log has no entry.
    Entry,
    /// The fact was never published.
    Event,
    /// The update was never published.
    Update,
}

pub(crate) struct System {
    database: Database,
    pub(crate) connection: PgConnection,
    producer: FutureProducer,
    brokers: String,
    pub(crate) user: String,
    /// Long ago enough for everything to have come of it.
    pub(crate) at: DateTime<Utc>,
    position: i64,
}

/// Where a fact lies.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) event_id: Uuid,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

impl System {
    pub(crate) async fn create(brokers: &str) -> Self {
        let database = Database::create().await;
        database.migrate(&[]).expect_code(0);
        let mut connection = database.connect().await;
        let user = format!("ann-{}", unique());
        execute(
            &mut connection,
            "INSERT INTO tasks.user_state (user_id, position) SELECT $1->>'user', 0",
            &json!({ "user": user }),
        )
        .await;
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("partitioner", "murmur2_random")
            .create()
            .unwrap();
        Self {
            database,
            connection,
            producer,
            brokers: brokers.to_owned(),
            user,
            at: Utc::now() - TimeDelta::minutes(5),
            position: 0,
        }
    }

    /// An open task at version 1.
    pub(crate) async fn task(&mut self) -> Uuid {
        let id = Uuid::now_v7();
        self.task_row(id, json!({})).await;
        self.tell(id, 1, Without::Nothing).await;
        id
    }

    /// The next change of a task, with its fact, its update and its entry.
    pub(crate) async fn change(&mut self, id: Uuid, without: Without) -> Option<Published> {
        let sql = "UPDATE tasks.task SET version = version + 1, position = ($1->>'position')::bigint,
                          updated_at = ($1->>'at')::timestamptz WHERE id = ($1->>'id')::uuid RETURNING version";
        let row = json!({"id": id, "position": self.position + 1, "at": self.at});
        let version: i64 = sqlx::query_scalar(sql)
            .bind(&row)
            .fetch_one(&mut self.connection)
            .await
            .unwrap();
        self.tell(id, version, without).await
    }

    pub(crate) async fn task_row(&mut self, id: Uuid, more: Value) {
        let mut row = json!({
            "id": id, "user_id": self.user, "title": "Water the plants", "priority": "normal", "status": "open",
            "tags": [], "reminders": [], "version": 1, "position": self.position + 1, "created_at": self.at,
            "updated_at": self.at,
        });
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let sql = "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position,
                                           created_at, updated_at, completed_at, closed_at, series_id, ordinal, slot)
                   SELECT id, user_id, title, priority, status, tags, reminders, version, position, created_at,
                          updated_at, completed_at, closed_at, series_id, ordinal, slot
                     FROM jsonb_populate_record(NULL::tasks.task, $1)";
        execute(&mut self.connection, sql, &row).await;
    }

    /// Tells of a task's version as backend-api and the relay do, and keeps its entry as audit-svc does.
    pub(crate) async fn tell(&mut self, id: Uuid, version: i64, without: Without) -> Option<Published> {
        self.position += 1;
        let state = json!({"user": self.user, "position": self.position});
        let sql =
            "UPDATE tasks.user_state SET position = ($1->>'position')::bigint WHERE user_id = $1->>'user'";
        execute(&mut self.connection, sql, &state).await;
        let meta = json!({"aggregate_id": id, "version": version, "previous": version - 1, "position": self.position});
        if without != Without::Update {
            let update = json!({"from": self.position});
            self.publish(&self.event::<UserUpdate>("task-created", &meta, update))
                .await;
        }
        if without == Without::Event {
            return None;
        }
        let fact: TaskEvent = self.event("task-updated", &meta, json!({}));
        let published = self.publish(&fact).await;
        if without != Without::Entry {
            self.keep(&fact, &published).await;
        }
        Some(published)
    }

    /// A reminder of a task, with its event and its entry; with `scheduled`, in the schedule too.
    pub(crate) async fn reminder(&mut self, task: Uuid, scheduled: bool) -> (Uuid, Published) {
        let row = json!({
            "id": Uuid::new_v4(), "reminder_id": Uuid::nil(), "user_id": self.user, "task_id": task, "state": "scheduled",
            "fire_at": Utc::now() + TimeDelta::days(1), "claim_at": Utc::now() + TimeDelta::days(2), "version": 1,
            "epoch": 1, "title": "Water", "event_id": Uuid::new_v4(),
        });
        let id: Uuid = row["id"].as_str().unwrap().parse().unwrap();
        let sql = "INSERT INTO tasks.reminder SELECT * FROM jsonb_populate_record(NULL::tasks.reminder, $1)";
        execute(&mut self.connection, sql, &row).await;
        let meta = json!({"aggregate_id": id, "version": 1, "previous": 0, "position": self.position});
        let event: ReminderEvent =
            self.event("scheduled", &meta, json!({"task_id": task, "reminder_id": id}));
        let published = self.publish(&event).await;
        self.keep(&event, &published).await;
        if scheduled {
            let sql = "INSERT INTO notification.schedule SELECT * FROM jsonb_populate_record(NULL::notification.schedule,
                           $1 || jsonb_build_object('reminder_id', $1->'id'))";
            execute(&mut self.connection, sql, &row).await;
        }
        (id, published)
    }

    /// A daily series whose only occurrence was done; its task's fact and entry are there.
    pub(crate) async fn closed_series(&mut self, rrule: &str) -> (Uuid, Uuid) {
        let (series, task) = (Uuid::now_v7(), Uuid::now_v7());
        let row = json!({
            "id": series, "user_id": self.user, "rrule": rrule, "anchor": "schedule", "missed": "keep",
            "dtstart": "2026-11-01T09:00:00", "zone": "Europe/Berlin", "count_base": 1, "revision": 1, "alive": true,
            "last_ordinal": 1, "version": 1, "position": self.position + 1, "created_at": self.at,
            "updated_at": self.at, "exdates": [], "rdates": [],
        });
        let sql = "INSERT INTO tasks.series SELECT * FROM jsonb_populate_record(NULL::tasks.series, $1)";
        execute(&mut self.connection, sql, &row).await;
        self.tell(series, 1, Without::Nothing).await;
        let closed = json!({
            "status": "done", "completed_at": self.at, "closed_at": self.at, "series_id": series, "ordinal": 1,
            "slot": "2026-11-01T09:00:00",
        });
        self.task_row(task, closed).await;
        self.tell(task, 1, Without::Nothing).await;
        (series, task)
    }

    /// What relay and broker have not taken yet.
    pub(crate) async fn leave_in_outbox(&mut self, id: Uuid, version: i64) {
        let meta = json!({"aggregate_id": id, "version": version, "previous": version - 1, "position": self.position});
        let fact: TaskEvent = self.event("task-updated", &meta, json!({}));
        shared_events::outbox::enqueue(&mut self.connection, Service::BackendApi, &fact)
            .await
            .unwrap();
    }

    /// The group stands behind so many records of a partition.
    pub(crate) async fn stand(&mut self, service: Service, topic: Topic, partition: i32, next: i64) {
        let row = json!({
            "service": format!("taskwire_{}", service.name().replace('-', "_")), "group": service.group(),
            "topic": topic.name(), "partition": partition, "next": next,
        });
        let sql = "INSERT INTO outbox.consumer_offset (service, group_id, topic, partition, next_offset)
                   SELECT $1->>'service', $1->>'group', $1->>'topic', ($1->>'partition')::int, ($1->>'next')::bigint
                   ON CONFLICT (service, group_id, topic, partition) DO UPDATE SET next_offset = excluded.next_offset";
        execute(&mut self.connection, sql, &row).await;
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_as(&self.database.url(), arguments)
    }

    pub(crate) fn run_as(&self, url: &str, arguments: &[&str]) -> Run {
        let variables = [
            ("DATABASE_URL", url),
            ("KAFKA_BROKERS", &self.brokers),
            ("USER", "carol"),
        ];
        taskctl(arguments, &variables)
    }

    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    /// What `taskctl reconcile` says, and its findings about this system's user by kind and state.
    pub(crate) fn reconcile(&self) -> (Run, BTreeMap<String, Vec<Value>>) {
        let run = self.run(&["reconcile", "--json"]);
        let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        if run.code == 0 || run.code == 3 {
            for finding in run.json()["findings"].as_array().unwrap() {
                if finding["user"] == self.user.as_str() {
                    let (kind, state) = (finding["kind"].as_str(), finding["state"].as_str());
                    let name = format!("{} {}", kind.unwrap(), state.unwrap());
                    found.entry(name).or_default().push(finding.clone());
                }
            }
        }
        (run, found)
    }

    pub(crate) async fn remove(self) {
        self.connection.close().await.unwrap();
        self.database.drop().await;
    }

    /// A published example with other words about itself.
    fn event<E: Event>(&self, example: &str, meta: &Value, more: Value) -> E {
        let folder = format!("schemas/{}", E::TOPIC.subject());
        let newest = std::fs::read_dir(repository(&folder)).unwrap();
        let newest: Option<PathBuf> = newest
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .max();
        let text = std::fs::read_to_string(newest.unwrap().join(format!("{example}.json"))).unwrap();
        let mut event: Value = serde_json::from_str(&text).unwrap();
        let own = event["meta"].as_object_mut().unwrap();
        own.extend(meta.as_object().unwrap().clone());
        own.insert("event_id".to_owned(), json!(Uuid::now_v7()));
        own.insert("user_id".to_owned(), json!(self.user));
        own.insert("occurred_at".to_owned(), json!(self.at.timestamp_micros()));
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    async fn publish<E: Event>(&self, event: &E) -> Published {
        let record = Encoded::new(Service::BackendApi, event)
            .unwrap()
            .record(SchemaId(1));
        let (key, payload) = (record.key.unwrap(), record.payload.unwrap());
        let mut headers = OwnedHeaders::new();
        for (name, value) in &record.headers {
            headers = headers.insert(Header {
                key: name,
                value: value.as_deref(),
            });
        }
        let outgoing = FutureRecord::to(&record.topic)
            .key(&*key)
            .payload(&*payload)
            .headers(headers);
        let sent = self
            .producer
            .send(outgoing, Timeout::After(Duration::from_secs(20)))
            .await
            .unwrap();
        Published {
            event_id: event.meta().event_id.as_uuid(),
            partition: sent.partition,
            offset: sent.offset,
        }
    }

    async fn keep<E: Event>(&mut self, event: &E, published: &Published) {
        let EventMeta { aggregate, .. } = event.meta();
        let entry = json!({
            "event_id": published.event_id, "topic": E::TOPIC.name(), "partition": published.partition,
            "offset": published.offset, "kind": event.meta().kind, "user_id": self.user, "aggregate": aggregate,
            "aggregate_id": event.meta().aggregate_id, "version": event.meta().version,
            "previous": event.meta().previous, "epoch": event.meta().epoch, "position": event.meta().position,
            "actor": "user:ann", "intent": "edit", "action_id": Uuid::new_v4(), "occurred_at": self.at,
        });
        let sql = r#"INSERT INTO audit.entry (event_id, topic, partition, "offset", kind, user_id, aggregate, aggregate_id,
                         version, previous, epoch, position, actor, intent, action_id, occurred_at, payload_hash)
                     SELECT e.event_id, e.topic, e.partition, e."offset", e.kind, e.user_id, e.aggregate, e.aggregate_id,
                            e.version, e.previous, e.epoch, e.position, e.actor, e.intent, e.action_id, e.occurred_at,
                            decode(repeat('00', 32), 'hex')
                       FROM jsonb_populate_record(NULL::audit.entry, $1) e"#;
        execute(&mut self.connection, sql, &entry).await;
    }
}

/// Runs one of the statements above with its values as an object.
pub(crate) async fn execute(connection: &mut PgConnection, sql: &'static str, values: &Value) {
    let executed = sqlx::query(sql).bind(values).execute(connection).await;
    executed.unwrap_or_else(|error| panic!("{error}: {values}"));
}
