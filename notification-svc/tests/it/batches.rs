//! A batch of reminder events leaves in the schedule what its events leave one by one, with the same verdicts.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use notification_svc::handler::ScheduleHandler;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use shared_events::consumer::{self, Handler as _, Record, Verdict};
use shared_events::event::reminder::ReminderEvent;
use shared_events::ids::Epoch;
use sqlx::PgPool;

use crate::world::{ROLE, Reminder, World, cancelled, raw, scheduled};

const CASES: u32 = 96;

/// One event: which reminder, of which life of the database, which version, and what it says.
#[derive(Debug, Clone)]
struct Said {
    reminder: usize,
    epoch: i64,
    version: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Scheduled { minutes: i64 },
    Cancelled,
    SomethingNew,
}

fn said() -> impl Strategy<Value = Said> {
    let what = prop_oneof![
        4 => (0..5_i64).prop_map(|minutes| What::Scheduled { minutes }),
        2 => Just(What::Cancelled),
        1 => Just(What::SomethingNew),
    ];
    (0..5_usize, 1..3_i64, 1..5_i64, what).prop_map(|(reminder, epoch, version, what)| Said {
        reminder,
        epoch,
        version,
        what,
    })
}

struct Schedule {
    world: World,
    service: PgPool,
    handler: ScheduleHandler,
    reminders: Vec<Reminder>,
    begin: DateTime<Utc>,
}

impl Schedule {
    async fn new() -> Self {
        let world = World::new().await;
        let begin = world.now_plus(3_600_000).await;
        let mut reminders = Vec::new();
        for user in ["alice", "alice", "bob", "alice", "bob"] {
            reminders.push(world.remind_unannounced(user, begin).await);
        }
        Self {
            service: world.database.pool_as(ROLE).await,
            handler: ScheduleHandler {
                scheduler: Arc::default(),
            },
            world,
            reminders,
            begin,
        }
    }

    fn record(&self, said: &Said) -> Record<ReminderEvent> {
        let mut reminder = self.reminders[said.reminder].clone();
        reminder.version = said.version;
        let mut message = match said.what {
            What::Scheduled { minutes } => scheduled(&reminder, self.begin + TimeDelta::minutes(minutes)),
            What::Cancelled | What::SomethingNew => cancelled(&reminder),
        };
        if matches!(said.what, What::SomethingNew) {
            message.meta.kind = "reminder.snoozed".to_owned();
        }
        message.meta.epoch = Epoch(said.epoch);
        Record { message, raw: raw() }
    }

    /// What the schedule holds after these events: some known before, one by one, the others together or not.
    async fn after(
        &self,
        known: &[Record<ReminderEvent>],
        batch: &[Record<ReminderEvent>],
        together: bool,
    ) -> (Vec<Verdict>, Vec<serde_json::Value>) {
        sqlx::raw_sql("DELETE FROM notification.schedule")
            .execute(&self.world.admin)
            .await
            .unwrap();
        let mut tx = self.service.begin().await.unwrap();
        consumer::one_by_one(&self.handler, &mut tx, known).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = self.service.begin().await.unwrap();
        let verdicts = if together {
            self.handler.apply_batch(&mut tx, batch).await
        } else {
            consumer::one_by_one(&self.handler, &mut tx, batch).await
        };
        tx.commit().await.unwrap();
        let rows = "SELECT to_jsonb(known) FROM notification.schedule AS known ORDER BY reminder_id";
        let rows = sqlx::query_scalar(rows)
            .fetch_all(&self.world.admin)
            .await
            .unwrap();
        (verdicts.unwrap(), rows)
    }
}

#[test]
fn reminders_in_a_batch_leave_what_they_leave_one_by_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let schedule = runtime.block_on(Schedule::new());
    let events = |sizes| prop::collection::vec(said(), sizes);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(events(0..4), events(1..14)), |(known, batch)| {
            let records = |said: &[Said]| said.iter().map(|said| schedule.record(said)).collect::<Vec<_>>();
            let (known, batch) = (records(&known), records(&batch));
            runtime.block_on(async {
                let expected = schedule.after(&known, &batch, false).await;
                prop_assert_eq!(schedule.after(&known, &batch, true).await, expected);
                Ok(())
            })
        })
        .unwrap();
    let _entered = runtime.enter();
    drop(schedule);
}

#[tokio::test]
async fn the_bad_record_of_a_batch_is_named() {
    let schedule = Schedule::new().await;
    let well = Said {
        reminder: 0,
        epoch: 1,
        version: 1,
        what: What::Cancelled,
    };
    let mut bad = schedule.record(&Said {
        what: What::Scheduled { minutes: 1 },
        ..well.clone()
    });
    bad.message.scheduled = None;
    let batch = [schedule.record(&well), bad];
    let mut tx = schedule.service.begin().await.unwrap();
    let error = schedule.handler.apply_batch(&mut tx, &batch).await.unwrap_err();
    assert_eq!(error.at, Some(1));
}
