//! What a record or a waiting row says about itself, decoded with the schemas that are built in.

use anyhow::bail;
use shared_events::codec::{avro, headers, schema, wire};
use shared_events::event::notification::NotificationEvent;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::{UserUpdate, stream};
use shared_events::event::{Event, EventMeta};
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use uuid::Uuid;

use crate::reconcile::positions::{Span, Stream};

/// The event id in a record's headers.
pub(crate) fn event_id(raw: &RawRecord) -> Option<Uuid> {
    headers::get(&raw.headers, headers::name::ID)?.parse().ok()
}

/// What a fact says about itself; none where the record is none of ours.
///
/// # Errors
/// A schema that is ours and newer than this build: nothing that depends on it can be judged.
pub(crate) fn fact(topic: Topic, raw: &RawRecord) -> anyhow::Result<Option<EventMeta>> {
    let Some((fingerprint, body)) = framed(topic, raw)? else {
        return Ok(None);
    };
    Ok(fact_of(topic, &fingerprint, body))
}

/// As [`fact`], for a row of the outbox.
pub(crate) fn fact_of(topic: Topic, fingerprint: &[u8], body: &[u8]) -> Option<EventMeta> {
    match topic {
        Topic::TaskEvents => read::<TaskEvent>(fingerprint, body).map(|event| event.meta),
        Topic::Reminders => read::<ReminderEvent>(fingerprint, body).map(|event| event.meta),
        Topic::NotificationEvents => read::<NotificationEvent>(fingerprint, body).map(|event| event.meta),
        Topic::TaskUpdates | Topic::TaskCommands => None,
    }
}

/// Which positions of whom a record of `task-updates` stands for.
///
/// # Errors
/// As [`fact`].
pub(crate) fn update(raw: &RawRecord) -> anyhow::Result<Option<(String, Stream, Span)>> {
    let Some((fingerprint, body)) = framed(Topic::TaskUpdates, raw)? else {
        return Ok(None);
    };
    Ok(update_of(&fingerprint, body))
}

/// As [`update`], for a row of the outbox.
pub(crate) fn update_of(fingerprint: &[u8], body: &[u8]) -> Option<(String, Stream, Span)> {
    let update: UserUpdate = read(fingerprint, body)?;
    let stream = match update.stream.as_str() {
        stream::TASKS => Stream::Tasks,
        stream::NOTIFICATIONS => Stream::Notifications,
        _ => return None,
    };
    let span = Span {
        epoch: update.meta.epoch.get(),
        from: update.from.get(),
        to: update.meta.position.get(),
    };
    Some((update.meta.user_id.to_string(), stream, span))
}

/// Fingerprint and body of a value whose record names one of our schemas.
fn framed(topic: Topic, raw: &RawRecord) -> anyhow::Result<Option<([u8; 32], &[u8])>> {
    let Some(fingerprint) = headers::schema_fingerprint(&raw.headers) else {
        return Ok(None);
    };
    if schema::by_fingerprint(topic, &fingerprint).is_none() {
        bail!(
            "{}/{}@{} is of a schema that this taskctl does not know: use that of the newest release",
            raw.topic,
            raw.partition,
            raw.offset
        );
    }
    let payload = raw.payload.as_deref().unwrap_or_default();
    let framed = wire::unframe(payload).ok();
    Ok(framed.map(|(_, body)| (fingerprint, body)))
}

fn read<E: Event>(fingerprint: &[u8], body: &[u8]) -> Option<E> {
    let embedded = schema::find(fingerprint).filter(|embedded| embedded.topic == E::TOPIC)?;
    avro::decode(&embedded.avro, body).ok()
}
