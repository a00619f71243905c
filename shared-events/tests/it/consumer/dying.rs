//! A worker that dies.

use async_trait::async_trait;
use shared_events::codec::{DecodeError, Decoder, FromRecord};
use shared_events::consumer::{Handler, HandlerError, PostgresEffects, Record, Verdict};
use shared_events::event::EventMeta;
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use sqlx::PgConnection;

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_ends_the_consumer() {
    let bench = Bench::new(1).await;
    let running = bench.consume_with(PostgresEffects::new(bench.pool.clone(), Explosive));
    bench.send([1]).await;

    let error = running.result().await.unwrap_err();

    assert!(
        error.to_string().contains("the worker of task-commands/0 died"),
        "{error}"
    );
}

/// Its messages panic while they are decoded, outside the handler, whose panics are caught.
struct Explosive;

struct Bomb;

#[async_trait]
impl FromRecord for Bomb {
    async fn from_record(_: &Decoder, _: Topic, _: &RawRecord) -> Result<Self, DecodeError> {
        panic!("as the test wants")
    }

    fn meta(&self) -> &EventMeta {
        unreachable!("it is never made")
    }
}

#[async_trait]
impl Handler for Explosive {
    type Message = Bomb;

    async fn apply(&self, _: &mut PgConnection, _: &Record<Bomb>) -> Result<Verdict, HandlerError> {
        unreachable!("there is no message")
    }
}
