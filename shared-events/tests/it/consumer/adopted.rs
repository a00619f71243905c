//! An offset that an operator committed in Kafka: it is followed, and the audit log gets to know.

use shared_events::codec::{avro, schema};
use shared_events::consumer::cursor::{NextOffset, TopicPartition};
use shared_events::consumer::effects::Adopted;
use shared_events::consumer::start::Stored;
use shared_events::consumer::{Effects as _, PostgresEffects};
use shared_events::event::operator::{OperatorAction, kind};
use shared_events::event::task::TaskEvent;
use shared_events::topic::Topic;
use sqlx::Row as _;

use super::bench::{Bench, TOPIC};

/// What the outbox holds for the audit log.
async fn told(bench: &Bench) -> Vec<(String, String, OperatorAction)> {
    let rows = sqlx::query(
        "SELECT kind, source, fingerprint, body FROM outbox.message WHERE topic = $1 ORDER BY id",
    )
    .bind(Topic::TaskEvents.name())
    .fetch_all(&bench.pool)
    .await
    .unwrap();
    let decode = |row: &sqlx::postgres::PgRow| {
        let writer = schema::find(row.get("fingerprint")).unwrap();
        let event: TaskEvent = avro::decode(&writer.avro, row.get("body")).unwrap();
        (row.get("kind"), row.get("source"), event.operator.unwrap())
    };
    rows.iter().map(decode).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_may_not_write_to_the_outbox_tells_of_it_all_the_same() {
    let bench = Bench::new(1).await;
    let place = TopicPartition {
        topic: TOPIC.name().to_owned(),
        partition: 0,
    };
    for role in [
        "taskwire_audit_svc",
        "taskwire_notification_svc",
        "taskwire_backend_api",
    ] {
        let pool = bench.database.pool_as(role).await;
        let effects = PostgresEffects::new(pool, bench.handler());
        let adopt = effects.adopt(bench.group, &place, Stored::Nothing, NextOffset(7));
        assert_eq!(adopt.await.unwrap(), Adopted::Audited, "{role}");
        let late = effects.adopt(bench.group, &place, Stored::At(NextOffset(3)), NextOffset(9));
        assert_eq!(late.await.unwrap(), Adopted::Refused, "{role}");
        let back = effects.adopt(bench.group, &place, Stored::At(NextOffset(7)), NextOffset(2));
        assert_eq!(back.await.unwrap(), Adopted::Audited, "{role}");
        let stored = effects.load(bench.group, &place).await.unwrap().next;
        assert_eq!(stored, Stored::At(NextOffset(2)), "{role}");
    }
    let told = told(&bench).await;
    assert_eq!(told.len(), 6, "what is refused is not told");
    for (told, detail) in told
        .iter()
        .zip(["7 where none was stored", "2 instead of 7"].iter().cycle())
    {
        let (kind, source, action) = told;
        assert_eq!(
            (kind.as_str(), source.as_str()),
            (kind::OFFSETS_ADOPTED, "/taskwire/consumer")
        );
        assert_eq!(action.subject, format!("{} task-commands/0", bench.group));
        assert!(action.detail.contains(detail), "{}", action.detail);
    }
    let audit = bench.database.pool_as("taskwire_audit_svc").await;
    let direct = "INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
                  VALUES ('task-events', 'k', gen_random_uuid(), 'task.deleted', '/taskwire/backend-api', '', '', now())";
    let refused = sqlx::query(direct).execute(&audit).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}
