//! Debezium Server with its outbox event router: publishes the same rows, found in Postgres' log.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::java21;
use crate::stack::process::Stop;
use crate::stack::sql::Connection;
use crate::stack::supervisor::Spec;
use crate::stack::{Stack, artifacts, kafka, lock, postgres};
use crate::{interrupt, ui};

pub(super) const NAME: &str = "debezium";
/// Has as many partitions as `task-events`.
pub(super) const TOPIC: &str = "bench-debezium";

const POM: &str = include_str!("debezium.xml");
/// The name of both the slot and the publication.
const SLOT: &str = "bench_debezium";
/// Until Postgres has seen that the reader of the slot is gone.
const SLOT_FREE: Duration = Duration::from_secs(30);

/// What is needed to run it.
#[derive(Debug)]
pub(super) struct Debezium {
    place: PathBuf,
    java: PathBuf,
}

impl Debezium {
    /// Gets what is missing.
    pub(super) fn ensure(dist: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            place: unpacked(dist)?,
            java: java21::ensure(dist)?,
        })
    }

    /// How it is started on this stack; its settings are written.
    pub(super) fn spec(&self, stack: &Stack) -> anyhow::Result<Spec> {
        let home = stack.path("data").join(NAME);
        std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
        let port = |name: &str| {
            let port = stack.ports.current(name);
            port.with_context(|| format!("{name} has a port"))
        };
        let own = stack.ports.assign(NAME, 0)?;
        let settings = settings(&home, port(postgres::NAME)?, port(kafka::NAME)?, own);
        std::fs::write(home.join("application.properties"), settings)?;
        let (home, place) = (home.display(), self.place.display());
        Ok(Spec {
            name: NAME,
            program: self.java.clone(),
            args: vec![
                "-Xmx2g".to_owned(),
                "-cp".to_owned(),
                format!("{place}/{}:{home}:{place}/lib/*", runner()?),
                "io.debezium.server.Main".to_owned(),
            ],
            env: Vec::new(),
            account: None,
            stop: Stop::Terminate,
        })
    }
}

/// Downloads and unpacks it where it is missing; where it is.
fn unpacked(dist: &Path) -> anyhow::Result<PathBuf> {
    let version = artifacts::pinned_in(POM, "debezium.version")?;
    let place = dist.join(format!("debezium-server-{version}"));
    if place.is_dir() {
        return Ok(place);
    }
    std::fs::create_dir_all(dist).with_context(|| format!("cannot create {}", dist.display()))?;
    let _lock = lock::Lock::wait(&dist.join("lock"))?;
    if place.is_dir() {
        return Ok(place);
    }
    let work = dist.join("unfinished");
    artifacts::remove(&work)?;
    std::fs::create_dir_all(&work)?;
    artifacts::download(&work, POM, "Debezium Server (548 MB)", &[])?;
    let archive = work.join("out/debezium.tar.gz");
    verify(&archive, artifacts::pinned_in(POM, "debezium.sha256")?)?;
    ui::step("unpack", "Debezium Server");
    artifacts::unpack(&["-xzf"], &archive, &work)?;
    artifacts::publish(&work.join("debezium-server"), &place)?;
    artifacts::remove(&work)?;
    Ok(place)
}

fn verify(archive: &Path, pinned: &str) -> anyhow::Result<()> {
    let mut digest = Sha256::new();
    let mut file = std::fs::File::open(archive).context("Maven brought no archive")?;
    let mut buffer = vec![0; 1 << 20];
    while let count @ 1.. = file.read(&mut buffer)? {
        digest.update(buffer.get(..count).unwrap_or_default());
    }
    let found: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(
        found == pinned,
        "Debezium Server's SHA-256 is {found}, not {pinned}"
    );
    Ok(())
}

fn runner() -> anyhow::Result<String> {
    let version = artifacts::pinned_in(POM, "debezium.version")?;
    Ok(format!("debezium-server-dist-{version}-runner.jar"))
}

/// Has Postgres keep what is written from now on; where a start of the reader begins.
pub(super) fn begin(stack: &Stack) -> anyhow::Result<()> {
    artifacts::remove(&stack.path("data").join(NAME))?;
    let mut database = connect(stack)?;
    database.run(&format!("CREATE PUBLICATION {SLOT} FOR TABLE outbox.message"))?;
    database.run(&format!(
        "SELECT pg_create_logical_replication_slot('{SLOT}', 'pgoutput')"
    ))
}

/// Forgets the slot, whose reader was stopped.
pub(super) fn end(stack: &Stack) -> anyhow::Result<()> {
    let mut database = connect(stack)?;
    let began = Instant::now();
    while let Err(error) = database.run(&format!("SELECT pg_drop_replication_slot('{SLOT}')")) {
        ensure!(began.elapsed() < SLOT_FREE, "cannot drop the slot: {error:#}");
        interrupt::pause(Duration::from_millis(100))?;
    }
    database.run(&format!("DROP PUBLICATION {SLOT}"))
}

fn connect(stack: &Stack) -> anyhow::Result<Connection> {
    let port = stack.ports.current(postgres::NAME);
    Connection::open(port.context("PostgreSQL has a port")?, postgres::DATABASE)
}

/// As documented for low latency and high throughput; the producer's are ours, as far as it has the same.
fn settings(home: &Path, postgres: u16, kafka: u16, own: u16) -> String {
    format!(
        "debezium.source.connector.class=io.debezium.connector.postgresql.PostgresConnector
debezium.source.plugin.name=pgoutput
debezium.source.database.hostname=127.0.0.1
debezium.source.database.port={postgres}
debezium.source.database.user=postgres
debezium.source.database.password=trusted
debezium.source.database.dbname={database}
debezium.source.topic.prefix=bench
debezium.source.table.include.list=outbox.message
debezium.source.slot.name={SLOT}
debezium.source.publication.name={SLOT}
debezium.source.publication.autocreate.mode=disabled
debezium.source.snapshot.mode=no_data
debezium.source.tombstones.on.delete=false
debezium.source.poll.interval.ms=5
debezium.source.max.batch.size=16384
debezium.source.max.queue.size=65536
debezium.source.offset.storage.file.filename={home}/offsets
debezium.source.offset.flush.interval.ms=1000
debezium.transforms=outbox
debezium.transforms.outbox.type=io.debezium.transforms.outbox.EventRouter
debezium.transforms.outbox.table.field.event.id=event_id
debezium.transforms.outbox.table.field.event.key=key
debezium.transforms.outbox.table.field.event.payload=body
debezium.transforms.outbox.route.by.field=topic
debezium.transforms.outbox.route.topic.replacement={TOPIC}
debezium.transforms.outbox.table.fields.additional.placement=\\
kind:header:ce_type,source:header:ce_source,occurred_at:header:ce_time
debezium.format.key=simplestring
debezium.format.value=binary
debezium.format.header=json
debezium.format.header.schemas.enable=false
debezium.sink.type=kafka
debezium.sink.kafka.producer.bootstrap.servers=127.0.0.1:{kafka}
debezium.sink.kafka.producer.key.serializer=org.apache.kafka.common.serialization.StringSerializer
debezium.sink.kafka.producer.value.serializer=org.apache.kafka.common.serialization.ByteArraySerializer
debezium.sink.kafka.producer.acks=all
debezium.sink.kafka.producer.enable.idempotence=true
debezium.sink.kafka.producer.max.in.flight.requests.per.connection=5
debezium.sink.kafka.producer.linger.ms=2
debezium.sink.kafka.producer.batch.size=1000000
debezium.sink.kafka.producer.buffer.memory=67108864
debezium.sink.kafka.producer.compression.type=lz4
quarkus.http.host=127.0.0.1
quarkus.http.port={own}
quarkus.log.level=INFO
quarkus.log.console.json=false
",
        database = postgres::DATABASE,
        home = home.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_of_this_stack() {
        let text = settings(Path::new("/data"), 1, 2, 3);
        for line in [
            "debezium.source.database.port=1",
            "debezium.sink.kafka.producer.bootstrap.servers=127.0.0.1:2",
            "quarkus.http.port=3",
            "debezium.source.offset.storage.file.filename=/data/offsets",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
        assert!(
            text.lines()
                .all(|line| line.contains('=') || line.starts_with("kind:")),
            "{text}"
        );
    }

    #[test]
    fn another_archive_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("a");
        std::fs::write(&archive, "abc").unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        verify(&archive, digest).unwrap();
        std::fs::write(&archive, "abd").unwrap();
        assert!(
            verify(&archive, digest)
                .unwrap_err()
                .to_string()
                .contains("SHA-256")
        );
    }
}
