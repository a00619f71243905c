//! A handler that applies a batch as a whole, and what becomes of the batch when it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use shared_events::codec::headers;
use shared_events::consumer::{BatchError, Handler, HandlerError, PostgresEffects, Record, Verdict};
use shared_events::dlq::letter::name;
use shared_events::event::command::TaskCommand;
use sqlx::PgConnection;

use super::bench::{Bench, Running};
use super::numbers::Numbers;

/// What a batch does that is in the way of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It refuses a negative number, and does not say which it was.
    RefusesNegatives,
    TellsNoVerdicts,
    Panics,
    /// Two times.
    MeetsAnOutage,
}

struct Together {
    numbers: Numbers,
    fault: Fault,
    batches: Arc<AtomicUsize>,
}

#[async_trait]
impl Handler for Together {
    type Message = TaskCommand;

    async fn apply(
        &self,
        tx: &mut PgConnection,
        record: &Record<TaskCommand>,
    ) -> Result<Verdict, HandlerError> {
        self.numbers.apply(tx, record).await
    }

    async fn apply_batch(
        &self,
        tx: &mut PgConnection,
        batch: &[Record<TaskCommand>],
    ) -> Result<Vec<Verdict>, BatchError> {
        let before = self.batches.fetch_add(1, Ordering::SeqCst);
        let number =
            |record: &Record<TaskCommand>| record.message.create_occurrence.as_ref().unwrap().ordinal;
        let numbers: Vec<i64> = batch.iter().map(|record| i64::from(number(record))).collect();
        sqlx::query("INSERT INTO public.effect (n) SELECT * FROM unnest($1::bigint[])")
            .bind(&numbers)
            .execute(tx)
            .await?;
        match self.fault {
            Fault::RefusesNegatives if numbers.iter().any(|number| *number < 0) => {
                return Err(HandlerError::Unknown("one of them".to_owned()).into());
            }
            Fault::TellsNoVerdicts => return Ok(Vec::new()),
            Fault::Panics => panic!("as the test wants"),
            Fault::MeetsAnOutage if before < 2 => {
                return Err(HandlerError::Outage("told to".to_owned()).into());
            }
            Fault::RefusesNegatives | Fault::MeetsAnOutage => {}
        }
        Ok(vec![Verdict::Applied; batch.len()])
    }
}

fn consume(bench: &Bench, fault: Fault) -> (Running, Arc<AtomicUsize>) {
    let batches = Arc::default();
    let handler = Together {
        numbers: bench.handler(),
        fault,
        batches: Arc::clone(&batches),
    };
    let running = bench.consume_with(PostgresEffects::new(bench.pool.clone(), handler));
    (running, batches)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_is_applied_one_by_one_and_only_the_bad_record_is_judged() {
    let bench = Bench::new(1).await;
    bench
        .send((1..=30).map(|n| if n % 15 == 7 { -n } else { n }))
        .await;
    let (running, batches) = consume(&bench, Fault::RefusesNegatives);

    let applied = bench.wait_applied(28).await;
    running.stop().await.unwrap();

    let expected: Vec<i64> = (1..=30).filter(|n| n % 15 != 7).collect();
    assert_eq!(applied, expected);
    let dead = bench.dead_letters();
    assert_eq!(dead.len(), 2);
    assert_eq!(headers::get(&dead[0].headers, name::REASON), Some("negative"));
    assert!(batches.load(Ordering::SeqCst) > 0);
    let calls = bench.calls.load(Ordering::SeqCst);
    assert!(calls <= 30, "each record of a batch is tried alone once: {calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_panics_or_tells_too_little_is_applied_one_by_one() {
    for fault in [Fault::Panics, Fault::TellsNoVerdicts] {
        let bench = Bench::new(1).await;
        bench.send(1..=20).await;
        let (running, batches) = consume(&bench, fault);

        assert_eq!(bench.wait_applied(20).await, (1..=20).collect::<Vec<_>>());
        running.stop().await.unwrap();

        assert!(batches.load(Ordering::SeqCst) > 0);
        assert!(bench.dead_letters().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_in_an_outage_waits_as_a_whole() {
    let bench = Bench::new(1).await;
    bench.send(1..=20).await;
    let (running, batches) = consume(&bench, Fault::MeetsAnOutage);

    assert_eq!(bench.wait_applied(20).await, (1..=20).collect::<Vec<_>>());
    running.stop().await.unwrap();

    assert!(batches.load(Ordering::SeqCst) > 2);
    assert!(bench.dead_letters().is_empty());
}
