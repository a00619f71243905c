//! The connection to the broker, and which product answers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use rdkafka::admin::AdminClient;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use serde::Serialize;
use shared_events::kafka::{Secret, SecurityProtocol};
use shared_events::producer::Producer;

use crate::ending::BadConfiguration;

/// How long a broker that answers may take for a request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// How long the first answer may take: somebody waits for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the broker is and who asks.
#[derive(Debug, Clone, Args)]
pub(crate) struct KafkaArgs {
    /// Where the broker is: host:port, several with commas.
    #[arg(long, env = "KAFKA_BROKERS", value_name = "KAFKA_BROKERS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    kafka_brokers: String,

    /// How to talk to the broker; plaintext is for loopback only.
    #[arg(
        long,
        env = "KAFKA_SECURITY_PROTOCOL",
        value_name = "PROTOCOL",
        default_value = "plaintext"
    )]
    kafka_security_protocol: SecurityProtocol,

    /// The user, with a sasl_* protocol (SCRAM-SHA-512).
    #[arg(long, env = "KAFKA_SASL_USERNAME", value_name = "NAME")]
    kafka_sasl_username: Option<String>,

    /// That user's password.
    #[arg(
        long,
        env = "KAFKA_SASL_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    kafka_sasl_password: Option<Secret>,

    /// The certificate authorities to trust (PEM file), or `probe` for those of the system.
    #[arg(long, env = "KAFKA_SSL_CA_LOCATION", value_name = "FILE")]
    kafka_ssl_ca_location: Option<PathBuf>,
}

impl KafkaArgs {
    /// The settings that the services' clients start from, too.
    pub(crate) fn client_config(&self) -> anyhow::Result<ClientConfig> {
        let sasl = matches!(
            self.kafka_security_protocol,
            SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl
        );
        if sasl && (self.kafka_sasl_username.is_none() || self.kafka_sasl_password.is_none()) {
            let message =
                "KAFKA_SECURITY_PROTOCOL asks for SASL: set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD";
            return Err(BadConfiguration(message.to_owned()).into());
        }
        Ok(self.shared().client("taskctl"))
    }

    /// A producer whose records are in all copies before they count as sent.
    pub(crate) fn producer(&self) -> anyhow::Result<Producer> {
        // For what is wrong with the arguments.
        self.client_config()?;
        let timeout = u32::try_from(TIMEOUT.as_millis())?;
        let producer = Producer::start(self.shared().producer("taskctl", timeout, 5));
        producer.context("cannot make a producer")
    }

    fn shared(&self) -> shared_events::kafka::KafkaArgs {
        shared_events::kafka::KafkaArgs {
            kafka_brokers: self.kafka_brokers.clone(),
            registry_url: String::new(),
            kafka_security_protocol: self.kafka_security_protocol,
            kafka_sasl_username: self.kafka_sasl_username.clone(),
            kafka_sasl_password: self.kafka_sasl_password.clone(),
            kafka_ssl_ca_location: self.kafka_ssl_ca_location.clone(),
        }
    }

    /// A connection that reads what exists, and never joins a group.
    pub(crate) fn connect(&self) -> anyhow::Result<Connection> {
        // librdkafka wants a name even where partitions are assigned by hand.
        self.connect_as("taskctl.reader")
    }

    /// A connection that asks and commits for a group, without joining it.
    pub(crate) fn connect_as(&self, group: &str) -> anyhow::Result<Connection> {
        let mut config = self.client_config()?;
        config.set("group.id", group);
        config.set("enable.auto.commit", "false");
        config.set("enable.partition.eof", "true");
        self.connection(&config)
    }

    fn connection(&self, config: &ClientConfig) -> anyhow::Result<Connection> {
        let reasons = Reasons::default();
        let consumer = config.create_with_context(reasons.clone())?;
        Ok(Connection {
            consumer,
            brokers: self.kafka_brokers.clone(),
            reasons,
        })
    }

    /// A connection that reads whole topics, never joins a group, holds a bounded part of them in memory, and fails
    /// where an offset is not there any more instead of going on elsewhere.
    pub(crate) fn connect_to_follow(&self, name: &str) -> anyhow::Result<Connection> {
        let mut config = self.client_config()?;
        config.set("group.id", name);
        config.set("enable.auto.commit", "false");
        config.set("auto.offset.reset", "error");
        config.set("queued.max.messages.kbytes", "16384");
        config.set("fetch.max.bytes", "8388608");
        self.connection(&config)
    }

    /// A client for topics and configurations.
    pub(crate) fn admin(&self) -> anyhow::Result<Admin> {
        Ok(Admin {
            client: self.client_config()?.create()?,
            connection: self.connect()?,
        })
    }
}

/// A client for topics and configurations, and a connection for what it cannot read.
pub(crate) struct Admin {
    pub(crate) client: AdminClient<DefaultClientContext>,
    pub(crate) connection: Connection,
}

/// A consumer that knows why it cannot connect.
pub(crate) struct Connection {
    pub(crate) consumer: BaseConsumer<Reasons>,
    brokers: String,
    reasons: Reasons,
}

impl Connection {
    /// Brokers, topics and partitions, as the cluster sees them now.
    pub(crate) fn metadata(&self) -> anyhow::Result<Metadata> {
        self.consumer
            .fetch_metadata(None, CONNECT_TIMEOUT)
            .map_err(|error| self.unreachable(&error))
    }

    /// The cluster's id; Redpanda's starts with its name.
    pub(crate) fn cluster_id(&self) -> Option<String> {
        self.consumer.client().fetch_cluster_id(TIMEOUT)
    }

    /// Says what librdkafka said last, which it says only to those who poll.
    pub(crate) fn unreachable(&self, error: &KafkaError) -> anyhow::Error {
        let mut said = self.reasons.last();
        for _ in 0..10 {
            if said.is_some() {
                break;
            }
            // A client that nobody answers has no records: whatever this returns was logged, too.
            let _ = self.consumer.poll(Duration::from_millis(100));
            said = self.reasons.last();
        }
        let said = said.unwrap_or_else(|| error.to_string());
        let brokers = &self.brokers;
        anyhow::anyhow!(
            "the broker at KAFKA_BROKERS={brokers} does not answer: {said}; is it running (`cargo xtask status`), \
             and is the address the one it advertises?"
        )
    }
}

/// What passes by itself: librdkafka reconnects and looks for the new leader.
pub(crate) fn is_transient(error: &KafkaError) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
        )
    )
}

/// The product that answers at KAFKA_BROKERS: some keys only one of them knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Product {
    Kafka,
    Redpanda,
}

impl Product {
    /// Redpanda's cluster ids start with `redpanda.`, and its topics have a `write.caching`.
    pub(crate) fn detect<'a>(
        cluster_id: Option<&str>,
        mut topic_keys: impl Iterator<Item = &'a str>,
    ) -> Self {
        let named = cluster_id.is_some_and(|id| id.starts_with("redpanda"));
        if named || topic_keys.any(|key| key == "write.caching") {
            Self::Redpanda
        } else {
            Self::Kafka
        }
    }

    /// Whether this product knows a topic's configuration key.
    pub(crate) fn knows(self, key: &str) -> bool {
        let only_redpanda = key == "write.caching" || key.starts_with("redpanda.");
        // Redpanda takes and forgets it: its majority is always fsynced.
        let only_kafka = key == "min.insync.replicas";
        match self {
            Self::Kafka => !only_redpanda,
            Self::Redpanda => !only_kafka,
        }
    }
}

impl std::fmt::Display for Product {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Kafka => "Kafka",
            Self::Redpanda => "Redpanda",
        })
    }
}

/// Keeps the last thing librdkafka said about a broken connection, so that an error can name it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reasons(Arc<Mutex<Option<String>>>);

impl Reasons {
    fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Reasons {
    fn log(&self, level: RDKafkaLogLevel, _facility: &str, message: &str) {
        if (level as i32) <= (RDKafkaLogLevel::Error as i32) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .replace(message.to_owned());
        }
    }
}

impl ConsumerContext for Reasons {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redpanda_is_known_by_its_cluster_id_or_its_keys() {
        assert_eq!(
            Product::detect(Some("redpanda.4f0c"), [].into_iter()),
            Product::Redpanda
        );
        assert_eq!(
            Product::detect(Some("custom"), ["write.caching"].into_iter()),
            Product::Redpanda
        );
        assert_eq!(
            Product::detect(Some("4L6g3nShT"), ["retention.ms"].into_iter()),
            Product::Kafka
        );
        assert_eq!(Product::detect(None, [].into_iter()), Product::Kafka);
    }

    #[test]
    fn keys_of_one_product_are_not_sent_to_the_other() {
        assert!(!Product::Kafka.knows("write.caching"));
        assert!(!Product::Kafka.knows("redpanda.remote.read"));
        assert!(!Product::Redpanda.knows("min.insync.replicas"));
        assert!(Product::Kafka.knows("retention.ms") && Product::Redpanda.knows("retention.ms"));
    }
}
