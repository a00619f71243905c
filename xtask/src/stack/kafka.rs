//! Apache Kafka: KRaft nodes that are broker and controller; one, or three for the fault suite.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use crate::stack::process::{Stop, last_lines};
use crate::stack::supervisor::Spec;
use crate::stack::{Layout, Stack, artifacts, http, proxies};
use crate::{command, ui};

/// Not 9092, which belongs to a broker of the machine's own.
const PORT: u16 = 29_092;
const CONTROLLER_PORT: u16 = 29_093;
pub(crate) const NAME: &str = "kafka";
/// The port that clients are told to use, where something stands between them and the broker.
pub(crate) const ADVERTISED: &str = "kafka-advertised";

/// A parallel collector costs more at the start than it ever brings here.
const SERIAL_COLLECTOR: &str = "-XX:+UseSerialGC";

/// Nor does the optimising compiler bring back what it costs, but in a bench.
pub(crate) const JVM: [&str; 2] = ["-XX:TieredStopAtLevel=1", SERIAL_COLLECTOR];

/// Starts what does not run of the brokers and waits until they know each other; the ports they have.
pub(crate) fn ensure(stack: &Stack, jars: &Path) -> anyhow::Result<Vec<u16>> {
    let names = stack.layout.brokers();
    let nodes = nodes(stack, names)?;
    thread::scope(|scope| {
        let starts: Vec<_> = nodes
            .iter()
            .map(|node| scope.spawn(|| ensure_one(stack, jars, node)))
            .collect();
        for start in starts {
            start
                .join()
                .map_err(|_| anyhow!("a thread that started a broker panicked"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(nodes.iter().map(|node| node.port).collect())
}

/// One broker, which is a controller too.
#[derive(Debug)]
struct Node {
    id: usize,
    name: &'static str,
    port: u16,
    controller: u16,
    /// Where clients are sent who come to `port`.
    advertised: u16,
    /// For one service each, which is sent to its proxy.
    listeners: Vec<Listener>,
    /// Every controller, as all of them must be told.
    voters: String,
    /// Of what the broker keeps for itself.
    copies: usize,
}

#[derive(Debug)]
struct Listener {
    service: &'static str,
    port: u16,
    advertised: u16,
}

impl Listener {
    /// `BACKEND_API`.
    fn name(&self) -> String {
        self.service.to_uppercase().replace('-', "_")
    }
}

fn nodes(stack: &Stack, names: &'static [&'static str]) -> anyhow::Result<Vec<Node>> {
    let mut nodes = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let (port, controller) = ports(stack, name)?;
        let proxies = proxies::ensure(stack, name, None)?;
        let listeners = proxies.into_iter().map(|proxy| Listener {
            service: proxy.service,
            port: proxy.forward,
            advertised: proxy.listen,
        });
        nodes.push(Node {
            id: index + 1,
            name,
            port,
            controller,
            advertised: stack.ports.current(ADVERTISED).unwrap_or(port),
            listeners: listeners.collect(),
            voters: String::new(),
            copies: names.len(),
        });
    }
    let voters: Vec<String> = nodes
        .iter()
        .map(|node| format!("{}@127.0.0.1:{}", node.id, node.controller))
        .collect();
    for node in &mut nodes {
        node.voters = voters.join(",");
    }
    Ok(nodes)
}

/// For clients and for controllers.
fn ports(stack: &Stack, name: &str) -> anyhow::Result<(u16, u16)> {
    let controller_name = format!("{name}-controller");
    let known = (
        stack.supervisor.running(name),
        stack.ports.current(name),
        stack.ports.current(&controller_name),
    );
    match known {
        (Some(_), Some(port), Some(controller)) => Ok((port, controller)),
        _ => Ok((
            stack.ports.assign(name, PORT)?,
            stack.ports.assign(&controller_name, CONTROLLER_PORT)?,
        )),
    }
}

fn ensure_one(stack: &Stack, jars: &Path, node: &Node) -> anyhow::Result<()> {
    let home = stack.path("data").join(node.name);
    std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let log4j = home.join("log4j2.properties");
    std::fs::write(&log4j, LOG4J)?;
    let settings = home.join("server.properties");
    if stack.supervisor.running(node.name).is_none() {
        std::fs::write(&settings, properties(&home, node))?;
        format(stack, jars, node.name, &home, &settings)?;
    }
    let jvm: &[&str] = match stack.layout {
        Layout::Bench | Layout::BenchBesidePeer | Layout::Recovery => &[SERIAL_COLLECTOR],
        Layout::Plain | Layout::Faults { .. } => &JVM,
    };
    let mut args: Vec<String> = jvm.iter().copied().map(str::to_owned).collect();
    args.push("-Xmx512m".to_owned());
    args.extend([
        format!("-Dlog4j2.configurationFile={}", log4j.display()),
        "-cp".to_owned(),
        format!("{}/*", jars.display()),
        "kafka.Kafka".to_owned(),
        settings.display().to_string(),
    ]);
    // The ports are in a file; here they make another port another fingerprint.
    let ports = format!("{},{}", node.port, node.controller);
    let spec = Spec {
        name: node.name,
        program: java()?,
        args,
        env: vec![("TASKWIRE_KAFKA_PORTS".into(), ports)],
        account: None,
        stop: Stop::Terminate,
    };
    let (record, _) = stack.supervisor.ensure(&spec)?;
    stack
        .supervisor
        .wait_until(&record, Duration::from_secs(180), || {
            http::kafka_serves(node.port, node.copies)
        })
}

/// The `java` on the path, with links followed: the fingerprint of a process looks at the file itself.
pub(crate) fn java() -> anyhow::Result<std::path::PathBuf> {
    let path = std::env::vars_os()
        .find(|(name, _)| name == "PATH")
        .map(|(_, value)| value)
        .unwrap_or_default();
    let candidates = std::env::split_paths(&path).map(|dir| dir.join("java"));
    candidates
        .into_iter()
        .find(|file| file.is_file())
        .context("no `java` on the PATH")
}

/// Writes the cluster's id into the log directory, once; an unfinished one is made anew.
fn format(stack: &Stack, jars: &Path, name: &str, home: &Path, settings: &Path) -> anyhow::Result<()> {
    let formatted = home.join("formatted");
    if formatted.exists() {
        return Ok(());
    }
    ui::step(name, "formatting its log directory");
    artifacts::remove(&home.join("logs"))?;
    let mut tool = Command::new(java()?);
    tool.args(JVM).arg("-cp").arg(format!("{}/*", jars.display()));
    tool.args(["kafka.tools.StorageTool", "format", "-t"])
        .arg(stack.secrets.get("kafka-cluster-id")?);
    tool.arg("-c").arg(settings);
    let log = stack.supervisor.log(&format!("{name}-format"));
    let output = std::fs::File::create(&log)?;
    let status = command::run(tool.stdout(output.try_clone()?).stderr(output))?;
    if !status.success() {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        bail!(
            "Kafka could not format its log directory ({status}):\n{}",
            last_lines(&text, 15)
        );
    }
    std::fs::write(formatted, "")?;
    Ok(())
}

fn properties(home: &Path, node: &Node) -> String {
    let Node {
        id,
        port,
        controller,
        advertised,
        voters,
        copies,
        ..
    } = node;
    let of_services = |part: fn(&Listener) -> String| -> String {
        let parts = node
            .listeners
            .iter()
            .map(|listener| format!(",{}", part(listener)));
        parts.collect()
    };
    let listening = of_services(|it| format!("{}://127.0.0.1:{}", it.name(), it.port));
    let advertising = of_services(|it| format!("{}://127.0.0.1:{}", it.name(), it.advertised));
    let protocols = of_services(|it| format!("{}:PLAINTEXT", it.name()));
    let threads = if node.listeners.is_empty() { 2 } else { 1 };
    // What the topics declare, for the broker's own.
    let in_sync = (*copies).div_ceil(2);
    format!(
        "process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listening}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}{advertising}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
inter.broker.listener.name=PLAINTEXT
log.dirs={}/logs
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# After a crash the broker waits this long for its former self to be forgotten.
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
min.insync.replicas={in_sync}
offsets.topic.num.partitions=8
offsets.topic.replication.factor={copies}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
log.cleaner.dedupe.buffer.size=16777216
# Of each listener.
num.network.threads={threads}
num.io.threads=4
background.threads=4
",
        home.display()
    )
}

const LOG4J: &str = "\
status = warn
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server
logger.server.level = info
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn node(id: usize, copies: usize, listeners: Vec<Listener>) -> Node {
        let voters = (1..=copies).map(|id| format!("{id}@127.0.0.1:{}", 20 + id));
        Node {
            id,
            name: "kafka-2",
            port: 12,
            controller: 22,
            advertised: 12,
            listeners,
            voters: voters.collect::<Vec<_>>().join(","),
            copies,
        }
    }

    fn settings(node: &Node) -> BTreeMap<String, String> {
        let text = properties(Path::new("/home"), node);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.map(|line| line.split_once('=').unwrap());
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn one_of_three_brokers_sends_each_service_to_its_proxy_and_keeps_three_copies() {
        let listeners = vec![
            Listener {
                service: "backend-api",
                port: 31,
                advertised: 41,
            },
            Listener {
                service: "audit-svc",
                port: 32,
                advertised: 42,
            },
        ];
        let settings = settings(&node(2, 3, listeners));
        let wanted = [
            ("node.id", "2"),
            (
                "controller.quorum.voters",
                "1@127.0.0.1:21,2@127.0.0.1:22,3@127.0.0.1:23",
            ),
            (
                "listeners",
                "PLAINTEXT://127.0.0.1:12,CONTROLLER://127.0.0.1:22,\
                 BACKEND_API://127.0.0.1:31,AUDIT_SVC://127.0.0.1:32",
            ),
            (
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:12,BACKEND_API://127.0.0.1:41,AUDIT_SVC://127.0.0.1:42",
            ),
            (
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BACKEND_API:PLAINTEXT,AUDIT_SVC:PLAINTEXT",
            ),
            ("inter.broker.listener.name", "PLAINTEXT"),
            ("min.insync.replicas", "2"),
            ("offsets.topic.replication.factor", "3"),
            ("transaction.state.log.min.isr", "2"),
        ];
        for (name, value) in wanted {
            assert_eq!(settings[name], value, "{name}");
        }
    }

    #[test]
    fn a_single_broker_keeps_one_copy_and_has_one_listener() {
        let settings = settings(&node(1, 1, Vec::new()));
        assert_eq!(
            settings["listeners"],
            "PLAINTEXT://127.0.0.1:12,CONTROLLER://127.0.0.1:22"
        );
        assert_eq!(settings["controller.quorum.voters"], "1@127.0.0.1:21");
        for name in [
            "min.insync.replicas",
            "offsets.topic.replication.factor",
            "transaction.state.log.min.isr",
        ] {
            assert_eq!(settings[name], "1", "{name}");
        }
    }
}
