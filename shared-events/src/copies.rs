//! Whether the broker keeps as many copies of a topic as are declared: with fewer, what is acknowledged is less safe
//! than what we promise, and nothing else tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use service_kit::health::Detail;
use service_kit::lifecycle::{ComponentError, Lifecycle};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::kafka::KafkaArgs;
use crate::topic::{self, Service, Topic};

/// How long one question to the broker may take.
const ANSWER: Duration = Duration::from_secs(10);

/// How often the broker is asked.
const EVERY: Duration = Duration::from_secs(180);

/// How soon it is asked again when it did not answer.
const RETRY: Duration = Duration::from_secs(15);

/// An answer this old says nothing any more.
const BELIEVED_FOR: Duration = Duration::from_secs(600);

/// How safe a record is once it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Setting {
    Replication,
    MinInSync,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Replication => "replication",
            Self::MinInSync => "min.insync.replicas",
        }
    }

    /// What is declared, or what the operator of a smaller cluster asks for instead.
    fn declared(self, replication_override: Option<i32>) -> i32 {
        let copies = replication_override.unwrap_or(topic::REPLICATION);
        match self {
            Self::Replication => copies,
            Self::MinInSync => topic::MIN_IN_SYNC.min(copies),
        }
    }
}

/// What the broker has of each topic; a setting that it does not know is absent.
type Found = BTreeMap<(String, Setting), i32>;

/// Of each topic and setting, whether it is below what is declared.
type Below = BTreeMap<(String, Setting), bool>;

/// A topic with less than is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shortfall {
    topic: String,
    setting: Setting,
    found: i32,
    declared: i32,
}

impl std::fmt::Display for Shortfall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            topic,
            setting,
            found,
            declared,
        } = self;
        write!(formatter, "{topic} has {} {found} of {declared}", setting.name())
    }
}

/// What the broker said last, for the metric.
static LAST: Mutex<Option<(Below, Instant)>> = Mutex::new(None);

/// By topic and setting, whether it is below what is declared; empty while the broker cannot be asked.
pub(crate) fn below_declared() -> Vec<(String, &'static str, bool)> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let believed = last.as_ref().filter(|(_, at)| at.elapsed() < BELIEVED_FOR);
    let below = believed.into_iter().flat_map(|(below, _)| below);
    below
        .map(|((topic, setting), below)| (topic.clone(), setting.name(), *below))
        .collect()
}

/// Asks the broker at the start and every few minutes, for as long as the process lives.
///
/// `replication_override` is what a cluster that is meant to be smaller has instead of the declared copies.
pub fn watch(
    lifecycle: &Lifecycle,
    service: Service,
    (kafka, client_id): (&KafkaArgs, &str),
    replication_override: Option<i32>,
    detail: Detail,
) {
    crate::metrics::observe_copies();
    let shutdown = lifecycle.shutdown_token();
    let config = kafka.client(&format!("{client_id}-copies"));
    let topics = topics_of(service);
    let mut told = Told::new(detail);
    lifecycle.spawn("topic copies", async move {
        let asking = async {
            loop {
                let asked = ask(config.clone(), topics.clone()).await;
                let answered = asked.is_ok();
                told.take(asked, &topics, replication_override);
                tokio::time::sleep(if answered { EVERY } else { RETRY }).await;
            }
        };
        let _stopped = shutdown.run_until_cancelled(asking).await;
        Ok::<(), ComponentError>(())
    });
}

/// The topics that the service writes or reads, which its access list lets it ask about.
fn topics_of(service: Service) -> Vec<String> {
    let mut topics = Vec::new();
    for topic in Topic::ALL {
        topics.push(topic.name().to_owned());
        if topic.consumers().contains(&service) {
            topics.push(topic.dead_letter(service));
            topics.push(topic.retry(service));
        }
    }
    topics
}

/// Asks on a thread of its own, since the client blocks. A stop does not wait for it.
async fn ask(config: rdkafka::ClientConfig, topics: Vec<String>) -> Result<Found, String> {
    let (answer, answered) = oneshot::channel();
    let runtime = Handle::current();
    let asking = move || {
        // Whoever asked may have stopped meanwhile.
        let _ = answer.send(ask_here(&config, &topics, &runtime).map_err(|error| error.to_string()));
    };
    let thread = std::thread::Builder::new().name("topic-copies".to_owned());
    thread.spawn(asking).map_err(|error| error.to_string())?;
    answered
        .await
        .unwrap_or_else(|_| Err("its thread ended without an answer".to_owned()))
}

fn ask_here(
    config: &rdkafka::ClientConfig,
    topics: &[String],
    runtime: &Handle,
) -> Result<Found, KafkaError> {
    let client = AdminClient::from_config_and_context(config, Quiet)?;
    let metadata = client.inner().fetch_metadata(None, ANSWER)?;
    let mut found = replication(&metadata, topics);
    let resources: Vec<ResourceSpecifier<'_>> = topics
        .iter()
        .map(|topic| ResourceSpecifier::Topic(topic))
        .collect();
    let options = AdminOptions::new().request_timeout(Some(ANSWER));
    match runtime.block_on(client.describe_configs(&resources, &options)) {
        Ok(answers) => found.extend(answers.into_iter().flatten().filter_map(in_sync)),
        Err(error) => tracing::warn!(%error, "cannot read min.insync.replicas of the topics"),
    }
    Ok(found)
}

/// What the client says of its troubles is not worth a line: the relay's tells of the same brokers.
#[derive(Debug, Clone, Copy)]
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", facility, "{message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(kafka.error = %error, reason, "the kafka client reports an error");
    }
}

/// A reassignment under way shows both the old and the new copies: the fewest are the ones that count. A topic that
/// does not exist has none.
fn replication(metadata: &Metadata, topics: &[String]) -> Found {
    let copies = |name: &String| {
        let topic = metadata.topics().iter().find(|topic| topic.name() == name)?;
        let copies = topic
            .partitions()
            .iter()
            .map(|partition| partition.replicas().len());
        i32::try_from(copies.min()?).ok()
    };
    let found = |name: &String| ((name.clone(), Setting::Replication), copies(name).unwrap_or(0));
    topics.iter().map(found).collect()
}

/// Redpanda has no such setting: its majority is always in sync.
fn in_sync(resource: ConfigResource) -> Option<((String, Setting), i32)> {
    let entry = resource
        .get("min.insync.replicas")?
        .value
        .as_ref()?
        .parse()
        .ok()?;
    match resource.specifier {
        OwnedResourceSpecifier::Topic(name) => Some(((name, Setting::MinInSync), entry)),
        _ => None,
    }
}

fn shortfalls(found: &Found, replication_override: Option<i32>) -> BTreeSet<Shortfall> {
    let shortfall = |((topic, setting), found): (&(String, Setting), &i32)| {
        let declared = setting.declared(replication_override);
        (*found < declared).then(|| Shortfall {
            topic: topic.clone(),
            setting: *setting,
            found: *found,
            declared,
        })
    };
    found.iter().filter_map(shortfall).collect()
}

/// Tells of each shortfall once.
struct Told {
    detail: Detail,
    shortfalls: BTreeSet<Shortfall>,
    answers: bool,
}

impl Told {
    fn new(detail: Detail) -> Self {
        Self {
            detail,
            shortfalls: BTreeSet::new(),
            answers: true,
        }
    }

    fn take(&mut self, asked: Result<Found, String>, topics: &[String], replication_override: Option<i32>) {
        match asked {
            Ok(found) => self.found(&found, replication_override),
            Err(error) if self.answers => {
                self.answers = false;
                let count = topics.len();
                tracing::warn!(
                    error,
                    "cannot ask the broker for the copies of {count} topics, trying on"
                );
            }
            Err(_unchanged) => {}
        }
    }

    fn found(&mut self, found: &Found, replication_override: Option<i32>) {
        self.answers = true;
        let shortfalls = shortfalls(found, replication_override);
        for new in shortfalls.difference(&self.shortfalls) {
            tracing::error!(
                topic = new.topic,
                setting = new.setting.name(),
                found = new.found,
                declared = new.declared,
                "a topic is kept less safely than declared: see `taskctl topics plan`; if the cluster is meant to \
                 be smaller, say so with REPLICATION_OVERRIDE"
            );
        }
        match summary(&shortfalls) {
            Some(summary) => self.detail.tell(summary),
            None => self.detail.clear(),
        }
        let short: BTreeSet<(&String, Setting)> = shortfalls.iter().map(|s| (&s.topic, s.setting)).collect();
        let below = found
            .keys()
            .map(|key| (key.clone(), short.contains(&(&key.0, key.1))))
            .collect();
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((below, Instant::now()));
        self.shortfalls = shortfalls;
    }
}

fn summary(shortfalls: &BTreeSet<Shortfall>) -> Option<String> {
    let first = shortfalls.first()?;
    let others = match shortfalls.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    Some(format!(
        "less safe than declared: {first}{others}; see `taskctl topics plan`"
    ))
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use service_kit::health::Health;

    use super::*;

    fn found(replication: i32, in_sync: i32) -> Found {
        [
            (("t".to_owned(), Setting::Replication), replication),
            (("t".to_owned(), Setting::MinInSync), in_sync),
        ]
        .into()
    }

    fn described(found: &Found, replication_override: Option<i32>) -> Vec<String> {
        let shortfalls = shortfalls(found, replication_override);
        shortfalls.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn less_than_declared_is_told_unless_the_override_says_so() {
        assert_eq!(described(&found(3, 2), None), [""; 0]);
        assert_eq!(described(&found(1, 1), Some(1)), [""; 0]);
        assert_eq!(described(&found(5, 4), None), [""; 0]);
        assert_eq!(
            described(&found(2, 1), None),
            ["t has replication 2 of 3", "t has min.insync.replicas 1 of 2"]
        );
        assert_eq!(described(&found(0, 1), Some(1)), ["t has replication 0 of 1"]);
    }

    #[test]
    fn a_shortfall_is_a_detail_until_it_is_gone() {
        let health = Health::new("test");
        let mut told = Told::new(health.detail("topics"));
        told.found(&found(1, 1), None);
        assert_eq!(told.shortfalls.len(), 2);
        let told_text = summary(&told.shortfalls).unwrap();
        assert!(
            told_text.contains("(and 1 more); see `taskctl topics plan`"),
            "{told_text}"
        );
        told.found(&found(3, 2), None);
        assert!(told.shortfalls.is_empty());
        assert!(summary(&told.shortfalls).is_none());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_fewest_copies_of_a_topic_are_asked_of_the_broker() {
        let cluster = MockCluster::new(3).unwrap();
        cluster.create_topic("three", 2, 3).unwrap();
        cluster.create_topic("one", 2, 1).unwrap();
        let kafka = KafkaArgs::plaintext(&cluster.bootstrap_servers(), "http://127.0.0.1:9");
        let topics = ["three", "one", "none"].map(str::to_owned);
        let found = ask(kafka.client("test"), topics.to_vec()).await.unwrap();
        assert_eq!(
            described(&found, None),
            ["none has replication 0 of 3", "one has replication 1 of 3"]
        );
    }

    #[test]
    fn a_service_asks_about_what_it_may_see() {
        let topics = topics_of(Service::BackendApi);
        assert_eq!(topics.len(), 7);
        assert!(topics.contains(&"task-commands.backend-api.dlq".to_owned()));
    }
}
