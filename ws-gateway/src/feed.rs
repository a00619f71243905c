//! Reading `task-updates`: the broker's thread sends records, and one task decodes them in order into the hub.

mod queue;
mod state;
mod tail;

use std::time::Duration;

use shared_events::codec::{DecodeError, Decoder};
use shared_events::event;
use shared_events::event::update::UserUpdate;
use shared_events::ids::UserId;
use shared_events::record::RawRecord;
use shared_events::retry::Backoff;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::hub::Hub;
use crate::metrics;
use crate::update::Update;
use crate::window::Pushed;

pub use queue::{Receiver, Sender, queue};
pub use state::State;
pub use tail::Tail;

const UNREADABLE: &str = "an update cannot be read";
/// How often the registry is asked again during an outage.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What comes from the broker's thread, in order.
#[derive(Debug, Clone)]
pub enum Item {
    Record(RawRecord),
    /// Everything that was there at the start has been sent.
    CaughtUp,
    /// Records may have been missed; everything is read again.
    Resync(&'static str),
    /// Records are missing, and what comes now follows them.
    Lost(&'static str),
}

impl Item {
    fn weight(&self) -> usize {
        match self {
            Self::Record(record) => record.weight(),
            Self::CaughtUp | Self::Resync(_) | Self::Lost(_) => 0,
        }
    }
}

/// Decodes records into the hub until `stop`.
pub async fn run(
    mut items: Receiver,
    decoder: Decoder,
    hub: Hub,
    state: State,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let reader = Reader { decoder, hub, state };
    loop {
        let item = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            item = items.recv() => item,
        };
        match item {
            // A record may wait for the registry, for which a stop does not wait.
            Some(Item::Record(record)) => tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = reader.read(record) => {}
            },
            Some(Item::CaughtUp) => {
                reader.hub.set_live(true);
                reader.state.caught_up(true);
            }
            Some(Item::Resync(why)) => {
                tracing::warn!(why, "updates may have been missed, every socket has to come back");
                reader.state.caught_up(false);
                reader.hub.set_live(false);
                reader.hub.void_all(why);
            }
            Some(Item::Lost(why)) => reader.hub.void_all(why),
            None => {
                stop.cancelled().await;
                return Ok(());
            }
        }
    }
}

struct Reader {
    decoder: Decoder,
    hub: Hub,
    state: State,
}

impl Reader {
    async fn read(&self, record: RawRecord) {
        let decoded = match self.decode(&record).await {
            Ok(update) => Update::render(&update).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match decoded {
            Ok(update) => self.publish(update, &record),
            Err(error) => self.give_up(&record, &error),
        }
    }

    fn publish(&self, update: Update, record: &RawRecord) {
        let pushed = self.hub.publish(update, |update| push_span(update, record));
        metrics::record(match pushed {
            Pushed::Live => "pushed",
            Pushed::Superseded => "superseded",
            Pushed::Gap => "gap",
            Pushed::NewEpoch => "new_epoch",
        });
        if let Pushed::Gap | Pushed::NewEpoch = pushed {
            tracing::warn!(
                kafka.partition = record.partition,
                kafka.offset = record.offset,
                what = ?pushed,
                "updates are missing, sockets have to come back"
            );
        }
    }

    /// Waits for the registry for as long as its outage lasts. All records share that wait: those behind this one are
    /// read after it, so that none is passed over and each user's updates stay in order.
    async fn decode(&self, record: &RawRecord) -> Result<UserUpdate, DecodeError> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let decoded = self.decoder.decode::<UserUpdate>(record).await;
            let Err(DecodeError::Outage(why)) = decoded else {
                if backoff.attempts() > 0 {
                    tracing::info!("updates are read again");
                    self.state.registry_answers(true);
                }
                return decoded;
            };
            if backoff.attempts() == 0 {
                tracing::warn!(why, "updates wait for the schema registry");
                self.state.registry_answers(false);
            }
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    fn give_up(&self, record: &RawRecord, error: &str) {
        metrics::record("unreadable");
        tracing::error!(
            kafka.partition = record.partition,
            kafka.offset = record.offset,
            error,
            "an update cannot be read"
        );
        let user = record
            .key
            .as_deref()
            .and_then(|key| std::str::from_utf8(key).ok());
        // Without a user nobody can be told; the hole is noticed at that user's next update.
        if let Some(user) = user.and_then(|user| UserId::parse(user).ok()) {
            self.hub.void(&user, UNREADABLE);
        }
    }
}

/// The last span of the trace that began with a REST call.
fn push_span(update: &Update, record: &RawRecord) -> Span {
    let span = tracing::info_span!(
        "push",
        otel.kind = "consumer",
        messaging.system = "kafka",
        messaging.destination.name = %record.topic,
        event.id = %update.event_id,
        event.kind = %update.kind,
        position = update.to.get(),
    );
    if let Some(parent) = record.traceparent() {
        service_kit::trace::set_parent(&span, parent);
    }
    span
}

#[must_use]
pub(crate) fn topic() -> &'static str {
    <UserUpdate as event::Event>::TOPIC.name()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use service_kit::trace::traceparent_of;
    use shared_events::codec::headers;
    use shared_events::ids::{Epoch, EventId, Position};

    use super::*;

    #[test]
    fn a_push_is_the_last_span_of_the_callers_trace() {
        service_kit::testing::telemetry();
        let update = Update {
            user: UserId::parse("alice").unwrap(),
            stream: "tasks".to_owned(),
            epoch: Epoch(1),
            from: Position(1),
            to: Position(1),
            occurred_at: DateTime::UNIX_EPOCH,
            event_id: EventId::new(),
            kind: "task.created".to_owned(),
            text: "{}".into(),
        };
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let record = RawRecord {
            topic: topic().to_owned(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: None,
            payload: None,
            headers: vec![headers::text(headers::name::TRACEPARENT, parent)],
        };
        let span = traceparent_of(&push_span(&update, &record)).unwrap();
        assert!(
            span.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && span != parent,
            "{span}"
        );
    }
}
