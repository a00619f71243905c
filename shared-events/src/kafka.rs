//! How every client of the broker is configured, in one place for all services, so that nothing acknowledged is lost.

pub mod noise;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rdkafka::ClientConfig;
pub use service_kit::secret::Secret;

use crate::codec::registry::{Registry, RegistryError};

/// The largest record that a producer takes, in bytes: that of an origin topic (1 MiB) and 64 KiB for the headers of a
/// dead letter. What enters through the outbox is far smaller.
const MAX_RECORD_BYTES: u32 = (1024 + 64) * 1024;

/// Where broker and registry are.
#[derive(Debug, Clone, Args)]
pub struct KafkaArgs {
    /// Kafka bootstrap servers, `host:port,host:port`
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT,…", value_parser = brokers)]
    pub kafka_brokers: String,

    /// Root of the schema registry's Confluent-compatible API
    #[arg(long, env = "REGISTRY_URL", value_name = "URL", value_parser = registry_url)]
    pub registry_url: String,

    /// How to talk to the broker; plaintext is meant for loopback and private test networks
    #[arg(
        long,
        env = "KAFKA_SECURITY_PROTOCOL",
        default_value = "plaintext",
        requires_ifs = [
            ("sasl_plaintext", "kafka_sasl_username"),
            ("sasl_ssl", "kafka_sasl_username"),
            ("sasl_plaintext", "kafka_sasl_password"),
            ("sasl_ssl", "kafka_sasl_password"),
        ]
    )]
    pub kafka_security_protocol: SecurityProtocol,

    /// SCRAM-SHA-512 user, with `sasl_plaintext` and `sasl_ssl`
    #[arg(long, env = "KAFKA_SASL_USERNAME")]
    pub kafka_sasl_username: Option<String>,

    /// SCRAM-SHA-512 password, with `sasl_plaintext` and `sasl_ssl`
    #[arg(long, env = "KAFKA_SASL_PASSWORD", hide_env_values = true)]
    pub kafka_sasl_password: Option<Secret>,

    /// File with the certificate authorities to trust, or `probe` for the system's
    #[arg(long, env = "KAFKA_SSL_CA_LOCATION", value_name = "FILE")]
    pub kafka_ssl_ca_location: Option<PathBuf>,
}

/// How to talk to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }
}

/// Refuses what librdkafka would only complain about in the log, for ever.
fn brokers(text: &str) -> Result<String, String> {
    for address in text.split(',') {
        let (host, port) = address.trim().rsplit_once(':').unwrap_or((address, ""));
        if host.is_empty() || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(format!(
                "\"{address}\" is not host:port with a port from 1 to 65535; several are separated by commas"
            ));
        }
    }
    Ok(text.to_owned())
}

fn registry_url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("it must begin with http:// or https://".to_owned())
    }
}

impl KafkaArgs {
    /// Plaintext to these addresses, as tests need it.
    #[must_use]
    pub fn plaintext(brokers: &str, registry_url: &str) -> Self {
        Self {
            kafka_brokers: brokers.to_owned(),
            registry_url: registry_url.to_owned(),
            kafka_security_protocol: SecurityProtocol::Plaintext,
            kafka_sasl_username: None,
            kafka_sasl_password: None,
            kafka_ssl_ca_location: None,
        }
    }

    /// A client of the registry.
    ///
    /// # Errors
    /// [`RegistryError::Outage`] when the HTTP client cannot be made.
    pub fn registry(&self) -> Result<Registry, RegistryError> {
        Registry::new(&self.registry_url)
    }

    /// What all clients have in common.
    #[must_use]
    pub fn client(&self, client_id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.kafka_brokers)
            .set("client.id", client_id)
            .set("security.protocol", self.kafka_security_protocol.as_str())
            .set("socket.keepalive.enable", "true")
            .set("socket.connection.setup.timeout.ms", "10000")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "5000")
            .set("topic.metadata.refresh.interval.ms", "60000")
            .set("allow.auto.create.topics", "false")
            .set("enable.metrics.push", "false");
        if let Some(user) = &self.kafka_sasl_username {
            config
                .set("sasl.mechanism", "SCRAM-SHA-512")
                .set("sasl.username", user);
        }
        if let Some(password) = &self.kafka_sasl_password {
            config.set("sasl.password", password.reveal());
        }
        if let Some(ca) = &self.kafka_ssl_ca_location {
            config.set("ssl.ca.location", ca.to_string_lossy());
        }
        config
    }

    /// A producer that never reorders, never duplicates on retry and never gives up by itself; its memory is bounded.
    ///
    /// `message_timeout_ms` 0 means that a message waits for the broker as long as it takes.
    #[must_use]
    pub fn producer(&self, client_id: &str, message_timeout_ms: u32, linger_ms: u32) -> ClientConfig {
        let mut config = self.client(client_id);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("max.in.flight.requests.per.connection", "5")
            .set("message.timeout.ms", message_timeout_ms.to_string())
            .set("linger.ms", linger_ms.to_string())
            .set("message.max.bytes", MAX_RECORD_BYTES.to_string())
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", "10000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("partitioner", "murmur2_random")
            .set("statistics.interval.ms", "5000");
        config
    }

    /// A consumer that commits nothing by itself and stops at an offset that is out of range.
    #[must_use]
    pub fn consumer(&self, client_id: &str, group: &str) -> ClientConfig {
        let mut config = self.client(client_id);
        config
            .set("group.id", group)
            .set("group.protocol", "classic")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "2000")
            .set("max.poll.interval.ms", "120000")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.queue.backoff.ms", "50")
            .set("check.crcs", "true")
            .set("enable.partition.eof", "false")
            // How far a partition reaches is asked of the broker itself: the statistics know only what was fetched.
            .set("statistics.interval.ms", "0");
        config
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        kafka: KafkaArgs,
    }

    fn parse(more: &[&str]) -> Result<KafkaArgs, String> {
        let registry = ["test", "--registry-url", "http://127.0.0.1:8081"];
        let parsed = Cli::try_parse_from(registry.iter().chain(more));
        parsed.map(|cli| cli.kafka).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_no_list_of_brokers_is_refused_by_name() {
        for bad in ["", "nope", "a:99999", "a:0", ":9092", "a:9092,", "a:9092,b"] {
            let error = parse(&["--kafka-brokers", bad]).expect_err(bad);
            assert!(error.contains("--kafka-brokers"), "{bad}: {error}");
        }
        assert!(parse(&["--kafka-brokers", "a:9092,b:9093,[::1]:9094"]).is_ok());
    }

    #[test]
    fn sasl_without_user_and_password_is_refused_by_name() {
        let sasl = [
            "--kafka-brokers",
            "a:9092",
            "--kafka-security-protocol",
            "sasl_ssl",
        ];
        let error = parse(&sasl).expect_err("no user, no password");
        assert!(
            error.contains("--kafka-sasl-username") && error.contains("--kafka-sasl-password"),
            "{error}"
        );
        let whole = [
            &sasl[..],
            &["--kafka-sasl-username", "u", "--kafka-sasl-password", "p"],
        ]
        .concat();
        assert!(parse(&whole).is_ok());
    }
}
