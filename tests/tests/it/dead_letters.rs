//! Dead letters to their end: died, listed, redriven, died again, dropped; and one that has its effect.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::Utc;
use clap::Parser;
use reqwest::Url;
use shared_events::codec::wire;
use shared_events::dlq::DeadLetters;
use shared_events::dlq::letter::{Class, DeadLetter};
use shared_events::event::Timestamp;
use shared_events::event::operator::{OperatorAction, kind};
use shared_events::ids::Epoch;
use shared_events::outbox::Encoded;
use shared_events::producer::Producer;
use shared_events::record::RawRecord;
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use tests::dead_letters::{self, Letter};
use tests::environment::Environment;
use tests::kafka::{GarbageProducer, Record};
use tests::{World, taskctl, wait_until};
use uuid::Uuid;

const ORIGIN: Topic = Topic::TaskEvents;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where audit-svc tells its metrics.
#[derive(Debug, Parser)]
struct AuditAdmin {
    #[arg(long, env = "AUDIT_ADMIN_URL")]
    url: Url,
}

impl AuditAdmin {
    /// The holes that audit-svc counts in its retry topic.
    async fn holes_of_retries(&self) -> anyhow::Result<String> {
        let text = reqwest::get(self.url.join("/metrics")?).await?.text().await?;
        let labels = format!(
            "taskwire_consumer_holes{{group=\"{}\",partition=\"0\",topic=\"{}\"",
            Service::AuditSvc.group(),
            ORIGIN.retry(Service::AuditSvc)
        );
        let line = text.lines().find(|line| line.starts_with(&labels));
        let value = line.and_then(|line| line.rsplit(' ').next());
        value.map(str::to_owned).context("no such metric yet")
    }

    async fn wait_for_holes(&self, expected: &str) -> anyhow::Result<()> {
        wait_until(
            PATIENCE,
            &format!("{expected} holes in the retry topic"),
            || async {
                let holes = self.holes_of_retries().await?;
                Ok((holes == expected).then_some(()).ok_or(holes))
            },
        )
        .await
    }
}

/// The letters of a record, one of each service that reads its topic, once all have one that `is_wanted`.
async fn letters_of(
    environment: &Environment,
    origin: &(String, i64, i64),
    is_wanted: impl Fn(&Letter) -> bool,
) -> anyhow::Result<Vec<Letter>> {
    wait_until(PATIENCE, "a letter of each service", || async {
        let mut letters = dead_letters::list(environment, ORIGIN.name()).await?;
        letters.retain(|letter| letter.origin == *origin && is_wanted(letter));
        let all = letters.len() == ORIGIN.consumers().len();
        Ok(if all {
            Ok(letters)
        } else {
            Err(format!("{letters:?}"))
        })
    })
    .await
}

#[tokio::test]
async fn poison_is_redriven_dies_again_with_the_same_origin_and_is_dropped() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let environment = &world.environment;
    let admin = AuditAdmin::try_parse_from(["tests"])?;
    let observer = world.observe().await?;
    let garbage = format!("this is no Avro: {}", Uuid::new_v4());
    let producer = GarbageProducer::connect(&environment.kafka).await?;
    producer
        .put(ORIGIN.name(), 0, "broken", garbage.as_bytes())
        .await?;
    let is_ours = |record: &Record| record.raw.payload.as_deref() == Some(garbage.as_bytes());
    let broken = |record: &Record| record.raw.topic == ORIGIN.name() && is_ours(record);
    let broken = observer
        .records
        .find(PATIENCE, "the broken record", broken)
        .await?;
    let place = &broken.item.raw;
    let origin = (place.topic.clone(), i64::from(place.partition), place.offset);

    let first = letters_of(environment, &origin, |letter| {
        letter.state.as_deref() == Some("open")
    })
    .await?;
    for letter in &first {
        let arguments = [
            "dlq",
            "redrive",
            &letter.id,
            "--dry-run",
            "--operator",
            "tests",
            "--reason",
            "to see",
        ];
        let told = taskctl::run(environment, &arguments).await?;
        ensure!(told.contains("would still be poison: bad_magic"), "{told}");
        dead_letters::redrive(environment, &letter.id).await?;
    }

    let is_second =
        |letter: &Letter| letter.id.contains(".retry/") && letter.state.as_deref() == Some("open");
    let second = letters_of(environment, &origin, is_second).await?;
    ensure!(second.iter().all(|letter| letter.attempts == 2), "{second:?}");
    admin.wait_for_holes("1").await?;
    let closed =
        |letter: &Letter| !letter.id.contains(".retry/") && letter.state.as_deref() == Some("redriven");
    letters_of(environment, &origin, closed).await?;
    for letter in &second {
        dead_letters::drop(environment, &letter.id).await?;
    }
    letters_of(environment, &origin, |letter| {
        letter.state.as_deref() == Some("dropped")
    })
    .await?;
    admin.wait_for_holes("0").await?;

    let pool = PgPool::connect(&environment.database_url).await?;
    for letter in first.iter().chain(&second) {
        wait_until(PATIENCE, &format!("an audit entry of {}", letter.id), || async {
            let entries: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM audit.entry JOIN audit.payload USING (event_id)
                  WHERE kind IN ('operator.dlq_redriven', 'operator.dlq_dropped')
                    AND position(convert_to($1, 'UTF8') IN body) > 0",
            )
            .bind(&letter.id)
            .fetch_one(&pool)
            .await?;
            Ok((entries > 0).then_some(()).ok_or_else(|| "none yet".to_owned()))
        })
        .await?;
    }
    Ok(())
}

/// A letter of audit-svc whose record can be read: what a handler leaves that had failed too often.
async fn readable_letter(world: &World) -> anyhow::Result<(Uuid, String)> {
    let environment = &world.environment;
    let action = OperatorAction {
        operator: "tests".to_owned(),
        command: "offsets set".to_owned(),
        subject: "nothing".to_owned(),
        detail: "a record that was exhausted".to_owned(),
    };
    let event = action.event(kind::OFFSETS_SET, Epoch(1), Timestamp::new(Utc::now()));
    // The frame's id does not matter: the headers name a schema that is built in.
    let outgoing = Encoded::new(Service::BackendApi, &event)?.record(wire::SchemaId(1));
    let raw = RawRecord {
        topic: ORIGIN.name().to_owned(),
        partition: 0,
        // One that no record has.
        offset: 1_000_000_000 + i64::from(rand::random::<u32>()),
        timestamp: Some(Utc::now()),
        key: outgoing.key,
        payload: outgoing.payload,
        headers: outgoing.headers,
    };
    let letter = DeadLetter {
        raw: &raw,
        origin: ORIGIN,
        class: Class::Exhausted,
        reason: "unknown_error",
        error: "as the test wants",
        attempts: 10,
        first_error_at: Utc::now(),
        last_error_at: Utc::now(),
    };
    let producer = Producer::start(environment.kafka.producer("tests", 30_000, 0))?;
    DeadLetters::new(Service::AuditSvc, producer)
        .publish(&letter)
        .await?;
    Ok((
        event.meta.event_id.to_string().parse()?,
        letter.id(Service::AuditSvc),
    ))
}

#[tokio::test]
async fn a_redriven_letter_has_its_effect_once_however_often_it_comes() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let environment = &world.environment;
    let pool = PgPool::connect(&environment.database_url).await?;
    let (event_id, id) = readable_letter(&world).await?;
    let retry = ORIGIN.retry(Service::AuditSvc);

    dead_letters::redrive(environment, &id).await?;
    let kept = wait_until(PATIENCE, "the audit entry", || async {
        let kept: Option<String> = sqlx::query_scalar("SELECT topic FROM audit.entry WHERE event_id = $1")
            .bind(event_id)
            .fetch_optional(&pool)
            .await?;
        Ok(kept.ok_or_else(|| "no entry yet".to_owned()))
    });
    let kept = kept.await?;
    ensure!(kept == retry, "kept from {kept}");
    let next = "SELECT COALESCE(max(next_offset), 0) FROM outbox.consumer_offset WHERE topic = $1";
    let before: i64 = sqlx::query_scalar(next).bind(&retry).fetch_one(&pool).await?;

    // As after a run that was ended between the broker's answer and its own note.
    dead_letters::redrive_again(environment, &id).await?;
    wait_until(PATIENCE, "the letter is read again", || async {
        let now: i64 = sqlx::query_scalar(next).bind(&retry).fetch_one(&pool).await?;
        Ok((now > before).then_some(()).ok_or_else(|| format!("at {now}")))
    })
    .await?;
    let entries: i64 = sqlx::query_scalar("SELECT count(*) FROM audit.entry WHERE event_id = $1")
        .bind(event_id)
        .fetch_one(&pool)
        .await?;
    ensure!(entries == 1, "{entries} entries");
    let letters = dead_letters::list(environment, ORIGIN.name()).await?;
    let state = letters
        .iter()
        .find(|letter| letter.id == id)
        .map(|letter| letter.state.as_deref());
    ensure!(state == Some(Some("redriven")), "{state:?}");
    Ok(())
}
