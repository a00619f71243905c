//! Dead letters that come back on the retry topic, whole, as `taskctl dlq redrive` and `rpk` put them there.

use bytes::Bytes;
use shared_events::codec::headers;
use shared_events::consumer::{Effects as _, PostgresEffects};
use shared_events::dlq::letter::name;
use shared_events::producer::Outgoing;
use shared_events::record::RawRecord;

use super::bench::{Bench, GROUP, SERVICE, TOPIC, Trouble, command};

/// A dead letter, put on the retry topic as it is.
async fn redrive(bench: &Bench, letter: &RawRecord) {
    let redriven = Outgoing {
        topic: TOPIC.retry(SERVICE),
        key: letter.key.clone(),
        payload: letter.payload.clone(),
        headers: letter.headers.clone(),
    };
    bench.send_raw(redriven).await;
}

/// Topic, offset and state of every hole.
async fn holes(bench: &Bench) -> Vec<(String, i64, String)> {
    sqlx::query_as(r#"SELECT topic, "offset", state FROM outbox.hole ORDER BY created_at"#)
        .fetch_all(&bench.pool)
        .await
        .unwrap()
}

/// Where the group stands in the retry topic, once it has read there.
async fn next_on_retry(bench: &Bench) -> Option<i64> {
    sqlx::query_scalar("SELECT next_offset FROM outbox.consumer_offset WHERE group_id = $1 AND topic = $2")
        .bind(GROUP)
        .bind(TOPIC.retry(SERVICE))
        .fetch_optional(&bench.pool)
        .await
        .unwrap()
}

async fn wait_read(bench: &Bench, next: i64) {
    bench
        .wait_until("the retry topic is read", async || {
            next_on_retry(bench).await == Some(next)
        })
        .await;
}

/// What the holes metric is filled from.
async fn open_holes(bench: &Bench) -> Vec<(String, i64)> {
    let effects = PostgresEffects::new(bench.pool.clone(), bench.handler());
    let counts = effects.holes(GROUP).await.unwrap();
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(place, open)| (place.topic, open))
        .collect();
    counts.sort();
    counts
}

fn header<'a>(record: &'a RawRecord, name: &str) -> Option<&'a str> {
    headers::get(&record.headers, name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_comes_back_is_applied_once_and_its_hole_is_closed_with_it() {
    let bench = Bench::new(1).await;
    bench.send([1]).await;
    bench.expect_trouble(&[Trouble::Unknown; 10]);
    let running = bench.consume();
    bench.wait_calls(10).await;
    bench.send([2]).await;
    assert_eq!(bench.wait_applied(1).await, [2]);
    let (origin, retry) = (TOPIC.name().to_owned(), TOPIC.retry(SERVICE));
    assert_eq!(holes(&bench).await, [(origin.clone(), 0, "open".to_owned())]);

    let letter = bench.dead_letters().remove(0);
    redrive(&bench, &letter).await;
    assert_eq!(bench.wait_applied(2).await, [2, 1]);
    wait_read(&bench, 1).await;
    assert_eq!(holes(&bench).await, [(origin.clone(), 0, "redriven".to_owned())]);
    // As after a redrive whose end nobody knows.
    redrive(&bench, &letter).await;
    wait_read(&bench, 2).await;
    running.stop().await.unwrap();

    assert_eq!(bench.applied().await, [2, 1], "its effect is there once");
    assert_eq!(bench.dead_letters().len(), 1);
    assert_eq!(open_holes(&bench).await, [(origin, 0), (retry, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_dies_again_is_a_new_one_of_the_same_origin() {
    let bench = Bench::new(1).await;
    let mut poison = command(2);
    poison.payload = Some(Bytes::from_static(b"not avro at all"));
    bench.send([1]).await;
    bench.send_raw(poison.clone()).await;
    let running = bench.consume();
    bench
        .wait_until("the record is dead", async || holes(&bench).await.len() == 1)
        .await;
    let first = bench.dead_letters().remove(0);
    redrive(&bench, &first).await;
    wait_read(&bench, 1).await;
    running.stop().await.unwrap();

    let second = bench.dead_letters().remove(1);
    let retry = TOPIC.retry(SERVICE);
    assert_eq!(
        header(&second, name::ID),
        Some(format!("{SERVICE}/{retry}/0/0").as_str())
    );
    for same in [
        name::TOPIC,
        name::PARTITION,
        name::OFFSET,
        name::TIMESTAMP,
        name::FIRST_ERROR_AT,
        "ce_id",
    ] {
        assert_eq!(header(&second, same), header(&first, same), "{same}");
    }
    assert_eq!(header(&second, name::ATTEMPTS), Some("2"));
    assert_eq!(second.headers.len(), first.headers.len());
    assert_eq!((&second.key, &second.payload), (&poison.key, &poison.payload));
    let closed = (TOPIC.name().to_owned(), 1, "redriven".to_owned());
    assert_eq!(
        holes(&bench).await,
        [closed, (retry.clone(), 0, "open".to_owned())]
    );
    assert_eq!(
        open_holes(&bench).await,
        [(TOPIC.name().to_owned(), 0), (retry, 1)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_read_again_and_dies_again_opens_its_hole_again() {
    let bench = Bench::new(1).await;
    let mut poison = command(2);
    poison.payload = Some(Bytes::from_static(b"not avro at all"));
    bench.send_raw(poison).await;
    let running = bench.consume();
    bench
        .wait_until("the record is dead", async || holes(&bench).await.len() == 1)
        .await;
    running.stop().await.unwrap();
    sqlx::raw_sql(
        "UPDATE outbox.hole SET state = 'dropped', closed_at = clock_timestamp(), operator = 'carol';
         UPDATE outbox.consumer_offset SET next_offset = 0, last_offset = NULL, last_hash = NULL",
    )
    .execute(&bench.pool)
    .await
    .unwrap();

    let running = bench.consume();
    bench
        .wait_until("its hole is open again", async || {
            holes(&bench).await[0].2 == "open"
        })
        .await;
    running.stop().await.unwrap();
}
