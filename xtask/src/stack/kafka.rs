//! Apache Kafka: one KRaft node that is broker and controller.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::stack::process::{Stop, last_lines};
use crate::stack::supervisor::Spec;
use crate::stack::{Stack, artifacts, http};
use crate::{command, ui};

/// Not 9092, which belongs to a broker of the machine's own.
const PORT: u16 = 29_092;
const CONTROLLER_PORT: u16 = 29_093;
pub(crate) const NAME: &str = "kafka";
/// The port that clients are told to use, where something stands between them and the broker.
pub(crate) const ADVERTISED: &str = "kafka-advertised";

/// The optimising compiler and a parallel collector cost more at the start than they ever bring here.
pub(crate) const JVM: [&str; 2] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// Starts it, or finds it running; the port it has.
pub(crate) fn ensure(stack: &Stack, jars: &Path) -> anyhow::Result<u16> {
    let (port, controller) = match (
        stack.supervisor.running(NAME),
        stack.ports.current(NAME),
        stack.ports.current("kafka-controller"),
    ) {
        (Some(_), Some(port), Some(controller)) => (port, controller),
        _ => (
            stack.ports.assign(NAME, PORT)?,
            stack.ports.assign("kafka-controller", CONTROLLER_PORT)?,
        ),
    };
    let home = stack.path("data/kafka");
    std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let log4j = home.join("log4j2.properties");
    std::fs::write(&log4j, LOG4J)?;
    let settings = home.join("server.properties");
    if stack.supervisor.running(NAME).is_none() {
        let advertised = stack.ports.current(ADVERTISED).unwrap_or(port);
        std::fs::write(&settings, properties(&home, port, controller, advertised))?;
        format(stack, jars, &home, &settings)?;
    }
    let mut args = JVM.map(str::to_owned).to_vec();
    args.push("-Xmx512m".to_owned());
    args.extend([
        format!("-Dlog4j2.configurationFile={}", log4j.display()),
        "-cp".to_owned(),
        format!("{}/*", jars.display()),
        "kafka.Kafka".to_owned(),
        settings.display().to_string(),
    ]);
    // The ports are in a file; here they make another port another fingerprint.
    let env = vec![("TASKWIRE_KAFKA_PORTS".into(), format!("{port},{controller}"))];
    let spec = Spec {
        name: NAME,
        program: java()?,
        args,
        env,
        account: None,
        stop: Stop::Terminate,
    };
    let (record, _) = stack.supervisor.ensure(&spec)?;
    stack
        .supervisor
        .wait_until(&record, Duration::from_secs(180), || http::kafka_serves(port))?;
    Ok(port)
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
fn format(stack: &Stack, jars: &Path, home: &Path, settings: &Path) -> anyhow::Result<()> {
    let formatted = home.join("formatted");
    if formatted.exists() {
        return Ok(());
    }
    ui::step(NAME, "formatting its log directory");
    artifacts::remove(&home.join("logs"))?;
    let mut tool = Command::new(java()?);
    tool.args(JVM).arg("-cp").arg(format!("{}/*", jars.display()));
    tool.args(["kafka.tools.StorageTool", "format", "-t"])
        .arg(stack.secrets.get("kafka-cluster-id")?);
    tool.arg("-c").arg(settings);
    let log = stack.supervisor.log("kafka-format");
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

fn properties(home: &Path, port: u16, controller: u16, advertised: u16) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={}/logs
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# After a crash the broker waits this long for its former self to be forgotten.
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
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
