//! A database with all schemas, and the tasks' owner's side of it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use service_kit::testing::{Database, Migrations, TestIssuer, telemetry};
use shared_events::consumer::{Handler as _, HandlerError, Record, Verdict};
use shared_events::event::reminder::{ReminderCancelled, ReminderEvent, ReminderScheduled, kind};
use shared_events::event::{EventMeta, aggregate, intent, user_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, ReminderId, TaskId, UserId, Version};
use shared_events::record::RawRecord;
use sqlx::migrate::Migrator;
use sqlx::{PgPool, Row as _};

use notification_svc::handler::ScheduleHandler;

pub const ROLE: &str = "taskwire_notification_svc";

/// The trace that every record belongs to.
pub const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Every task is due so long after its reminder.
pub const DUE_AFTER: TimeDelta = TimeDelta::hours(1);

/// How long anything may take that is to happen.
const DEADLINE: Duration = Duration::from_secs(20);

/// A database of its own, a token issuer, and a pool that sees everything.
pub struct World {
    pub database: Database,
    pub issuer: TestIssuer,
    pub admin: PgPool,
    pool: PgPool,
    handler: Mutex<ScheduleHandler>,
}

/// A reminder as its task's owner has it.
#[derive(Debug, Clone)]
pub struct Reminder {
    pub user: UserId,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    pub version: i64,
}

impl World {
    pub async fn new() -> Self {
        telemetry();
        let database = Database::create(&all_migrations(&notification_svc::MIGRATOR).await).await;
        let admin = database.pool().await;
        let pool = database.pool_as(ROLE).await;
        let handler = Mutex::new(ScheduleHandler {
            scheduler: Arc::default(),
        });
        Self {
            database,
            issuer: TestIssuer::new(),
            admin,
            pool,
            handler,
        }
    }

    /// The database's clock, moved by some milliseconds.
    pub async fn now_plus(&self, milliseconds: i64) -> DateTime<Utc> {
        let now: DateTime<Utc> = sqlx::query("SELECT clock_timestamp() AS now")
            .fetch_one(&self.admin)
            .await
            .unwrap()
            .get("now");
        now + TimeDelta::milliseconds(milliseconds)
    }

    /// A new reminder, as a commit of backend-api leaves it; its record has arrived too.
    pub async fn remind(&self, user: &str, fire_at: DateTime<Utc>) -> Reminder {
        let reminder = self.remind_unannounced(user, fire_at).await;
        assert_eq!(self.announce(&reminder, fire_at).await, Verdict::Applied);
        reminder
    }

    /// A new reminder whose record has not arrived.
    pub async fn remind_unannounced(&self, user: &str, fire_at: DateTime<Utc>) -> Reminder {
        let reminder = Reminder {
            user: UserId::parse(user).unwrap(),
            task_id: TaskId::new(),
            reminder_id: ReminderId::new(),
            version: 1,
        };
        self.insert_task(&reminder, fire_at + DUE_AFTER).await;
        sqlx::query(
            "INSERT INTO tasks.reminder (id, user_id, task_id, state, fire_at, version)
             VALUES ($1, $2, $3, 'scheduled', $4, 1)",
        )
        .bind(reminder.reminder_id.as_uuid())
        .bind(user)
        .bind(reminder.task_id.as_uuid())
        .bind(fire_at)
        .execute(&self.admin)
        .await
        .unwrap();
        reminder
    }

    /// The tasks' owner gives it another time; the record is still on its way.
    pub async fn move_to(&self, reminder: &mut Reminder, fire_at: DateTime<Utc>) {
        self.change(reminder, "scheduled").await;
        sqlx::query("UPDATE tasks.reminder SET fire_at = $2 WHERE id = $1")
            .bind(reminder.reminder_id.as_uuid())
            .bind(fire_at)
            .execute(&self.admin)
            .await
            .unwrap();
    }

    /// The database lives on in another epoch, as after a restore.
    pub async fn raise_epoch(&self) {
        sqlx::query("UPDATE outbox.epoch SET epoch = epoch + 1")
            .execute(&self.admin)
            .await
            .unwrap();
    }

    /// The tasks' owner says it anew, or cancels it; the record is still on its way.
    pub async fn change(&self, reminder: &mut Reminder, state: &str) {
        reminder.version += 1;
        sqlx::query("UPDATE tasks.reminder SET version = $2, state = $3 WHERE id = $1")
            .bind(reminder.reminder_id.as_uuid())
            .bind(reminder.version)
            .bind(state)
            .execute(&self.admin)
            .await
            .unwrap();
    }

    /// The record `reminder.scheduled` arrives.
    pub async fn announce(&self, reminder: &Reminder, fire_at: DateTime<Utc>) -> Verdict {
        self.apply(scheduled(reminder, fire_at)).await
    }

    /// The record `reminder.cancelled` arrives.
    pub async fn retract(&self, reminder: &Reminder) -> Verdict {
        self.apply(cancelled(reminder)).await
    }

    /// From now on records arrive at this replica; until then at one that is gone.
    pub fn consume_with(&self, handler: ScheduleHandler) {
        *self.handler.lock().unwrap() = handler;
    }

    /// A record arrives, and is nobody's fault.
    pub async fn apply(&self, event: ReminderEvent) -> Verdict {
        self.try_apply(event).await.unwrap()
    }

    /// A record arrives: the consumer runtime's transaction, without its offset.
    pub async fn try_apply(&self, event: ReminderEvent) -> Result<Verdict, HandlerError> {
        let handler = self.handler.lock().unwrap().clone();
        let record = Record {
            message: event,
            raw: raw(),
        };
        let mut transaction = self.pool.begin().await.unwrap();
        let verdict = handler.apply(&mut transaction, &record).await?;
        transaction.commit().await.unwrap();
        handler.after_commit();
        Ok(verdict)
    }

    async fn insert_task(&self, reminder: &Reminder, due_at: DateTime<Utc>) {
        let user = reminder.user.as_str();
        sqlx::query("INSERT INTO tasks.user_state (user_id) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(user)
            .execute(&self.admin)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position, created_at,
                                     updated_at, due_local, due_zone, due_at)
             SELECT $1, $2, 'Water the plants', 'normal', 'open', '{}', '[]', 1,
                    (SELECT count(*) + 1 FROM tasks.task WHERE user_id = $2), now(), now(),
                    to_char($3 AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS'), 'UTC', $3",
        )
        .bind(reminder.task_id.as_uuid())
        .bind(user)
        .bind(due_at)
        .execute(&self.admin)
        .await
        .unwrap();
    }
}

/// The record of a reminder that is to fire.
pub fn scheduled(reminder: &Reminder, fire_at: DateTime<Utc>) -> ReminderEvent {
    ReminderEvent {
        scheduled: Some(ReminderScheduled {
            fire_at: fire_at.into(),
            title: "Water the plants".to_owned(),
            due_at: Some((fire_at + DUE_AFTER).into()),
        }),
        ..event(reminder, kind::SCHEDULED)
    }
}

/// The record of a reminder that is not to fire.
pub fn cancelled(reminder: &Reminder) -> ReminderEvent {
    ReminderEvent {
        cancelled: Some(ReminderCancelled {
            reason: "completed".to_owned(),
        }),
        ..event(reminder, kind::CANCELLED)
    }
}

/// Waits until `look` finds something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let search = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    };
    tokio::time::timeout(DEADLINE, search)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {DEADLINE:?}"))
}

fn event(reminder: &Reminder, kind: &str) -> ReminderEvent {
    ReminderEvent {
        meta: EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: Utc::now().into(),
            user_id: reminder.user.clone(),
            actor: user_actor(&reminder.user),
            action_id: ActionId::new(),
            causation_id: None,
            intent: intent::EDIT.to_owned(),
            aggregate: aggregate::REMINDER.to_owned(),
            aggregate_id: reminder.reminder_id.to_string(),
            version: Version(reminder.version),
            previous: Version(reminder.version - 1),
            epoch: Epoch(1),
            position: Position(1),
        },
        task_id: reminder.task_id,
        reminder_id: reminder.reminder_id,
        scheduled: None,
        cancelled: None,
    }
}

/// The place and the trace of a record.
pub fn raw() -> RawRecord {
    RawRecord {
        topic: "reminders".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: None,
        key: None,
        payload: None,
        headers: vec![("traceparent".to_owned(), Some(TRACE.as_bytes().to_vec().into()))],
    }
}

/// All schemas, this service's by the given migrations.
pub async fn all_migrations(own: &'static Migrator) -> [Migrations; 3] {
    [
        Migrations {
            schema: "outbox",
            migrator: &shared_events::MIGRATOR,
        },
        Migrations {
            schema: "tasks",
            migrator: tasks_migrator().await,
        },
        Migrations {
            schema: "notification",
            migrator: own,
        },
    ]
}

/// The migrations of the crate that owns `tasks.reminder_truth`. Read from its folder: no service depends on another.
async fn tasks_migrator() -> &'static Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend-api/migrations");
    Box::leak(Box::new(Migrator::new(folder).await.unwrap()))
}
