//! A batch of facts leaves in the log what its facts leave one by one, with the same verdicts.

use audit_svc::handler::Recorder;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use service_kit::testing::Database;
use shared_events::consumer::{self, Handler as _, Record, Verdict};
use shared_events::event::fact::AnyFact;
use shared_events::ids::TaskId;
use sqlx::PgPool;

use crate::facts::{ROLE, database, record, reminder_fact, second, task_fact};

const CASES: u32 = 48;
const FACTS: usize = 6;

/// A log, and facts to put into it.
struct Log {
    facts: Vec<AnyFact>,
    service: PgPool,
    admin: PgPool,
    _database: Database,
}

impl Log {
    async fn new() -> Self {
        let database = database().await;
        let task = TaskId::new();
        let fact = |number: usize| match number % 2 {
            0 => task_fact("alice", task, "task.teleported", 1, second(0)),
            _ => reminder_fact("bob", task, second(1)),
        };
        Self {
            facts: (0..FACTS).map(fact).collect(),
            service: database.pool_as(ROLE).await,
            admin: database.pool().await,
            _database: database,
        }
    }

    fn records(&self, facts: &[usize]) -> Vec<Record<AnyFact>> {
        let record = |(offset, fact): (usize, &usize)| {
            let message = self.facts.get(*fact).unwrap().clone();
            let raw = record(&message, i64::try_from(offset).unwrap());
            Record { message, raw }
        };
        facts.iter().enumerate().map(record).collect()
    }

    /// Begins anew with some facts known, whose payloads are shredded.
    async fn know(&self, known: &[usize]) {
        sqlx::raw_sql("TRUNCATE audit.payload, audit.entry")
            .execute(&self.admin)
            .await
            .unwrap();
        let mut tx = self.service.begin().await.unwrap();
        consumer::one_by_one(&Recorder, &mut tx, &self.records(known))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        sqlx::raw_sql("TRUNCATE audit.payload")
            .execute(&self.admin)
            .await
            .unwrap();
    }

    /// What the log holds, but for what is random or counted.
    async fn rows(&self) -> Vec<serde_json::Value> {
        sqlx::query_scalar(
            "SELECT to_jsonb(entry) - 'id' - 'recorded_at' - 'payload_hash' || jsonb_build_object('body', payload.body)
             FROM audit.entry LEFT JOIN audit.payload USING (event_id) ORDER BY event_id",
        )
        .fetch_all(&self.admin)
        .await
        .unwrap()
    }

    async fn one_by_one(&self, batch: &[usize]) -> (Vec<Verdict>, Vec<serde_json::Value>) {
        let mut tx = self.service.begin().await.unwrap();
        let verdicts = consumer::one_by_one(&Recorder, &mut tx, &self.records(batch)).await;
        tx.commit().await.unwrap();
        (verdicts.unwrap(), self.rows().await)
    }

    async fn together(&self, batch: &[usize]) -> (Vec<Verdict>, Vec<serde_json::Value>) {
        let mut tx = self.service.begin().await.unwrap();
        let verdicts = Recorder.apply_batch(&mut tx, &self.records(batch)).await;
        tx.commit().await.unwrap();
        (verdicts.unwrap(), self.rows().await)
    }
}

#[test]
fn facts_in_a_batch_leave_what_they_leave_one_by_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let log = runtime.block_on(Log::new());
    let facts = |sizes| prop::collection::vec(0..FACTS, sizes);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(facts(0..3), facts(1..8)), |(known, batch)| {
            runtime.block_on(async {
                log.know(&known).await;
                let expected = log.one_by_one(&batch).await;
                log.know(&known).await;
                prop_assert_eq!(log.together(&batch).await, expected);
                Ok(())
            })
        })
        .unwrap();
    let _entered = runtime.enter();
    drop(log);
}

#[tokio::test]
async fn a_batch_of_new_facts_is_two_statements() {
    let log = Log::new().await;
    let all: Vec<usize> = (0..FACTS).collect();
    let (verdicts, rows) = log.together(&all).await;
    assert_eq!(verdicts, [Verdict::Applied; FACTS]);
    assert_eq!(rows.len(), FACTS);
    assert!(rows.iter().all(|row| row["body"].is_string()));
    // All rows of one statement were written by one command of the transaction.
    let commands: i64 = sqlx::query_scalar("SELECT count(DISTINCT cmin::text) FROM audit.entry")
        .fetch_one(&log.admin)
        .await
        .unwrap();
    assert_eq!(commands, 1);
}
