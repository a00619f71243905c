//! A client of librdkafka and the thread that serves its callbacks.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::BaseProducer;

use super::context::Context;

/// How long one poll lasts, events or none, and so how long the end may have to wait for it. rdkafka tells librdkafka the
/// time that is left in whole milliseconds, and spins for the last one. Its own `ThreadedProducer` polls for 100 ms at a
/// time, and takes 1.4 % of a core when nothing happens.
const POLL: Duration = Duration::from_secs(1);

/// A producer whose callbacks run as soon as there is something to call them for.
pub(super) struct Client {
    producer: Arc<BaseProducer<Context>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Client {
    pub(super) fn start(config: &ClientConfig, context: Context) -> KafkaResult<Self> {
        let producer = Arc::new(BaseProducer::from_config_and_context(config, context)?);
        let stopping = Arc::new(AtomicBool::new(false));
        let (polled, stop) = (Arc::clone(&producer), Arc::clone(&stopping));
        let poll = move || {
            while !stop.load(Ordering::Relaxed) {
                polled.poll(POLL);
            }
        };
        let thread = thread::Builder::new()
            .name("kafka-producer".to_owned())
            .spawn(poll)
            .map_err(|error| KafkaError::ClientCreation(format!("no thread to poll on: {error}")))?;
        Ok(Self {
            producer,
            stopping,
            thread: Some(thread),
        })
    }
}

impl Deref for Client {
    type Target = BaseProducer<Context>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl Drop for Client {
    /// Waits for the thread, so that no callback runs afterwards but those of the producer's own end.
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(Err(_panicked)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread that polls a producer panicked");
        }
    }
}
