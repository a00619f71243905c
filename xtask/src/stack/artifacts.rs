//! Gets what the stack runs: Maven downloads what `pom.xml` pins, we unpack it once per checkout.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::stack::account::{self, Account};
use crate::stack::lock::Lock;
use crate::{command, ui};

const POM: &str = include_str!("pom.xml");

/// Unpacked and complete: each directory appears under its name only when it is.
#[derive(Debug, Clone)]
pub(crate) struct Artifacts {
    pub(crate) postgres: PathBuf,
    pub(crate) kafka: PathBuf,
    pub(crate) registry: PathBuf,
}

impl Artifacts {
    /// Where they belong. PostgreSQL's must be where its account can reach them.
    pub(crate) fn places(dist: &Path, postgres_account: Option<&Account>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dist).with_context(|| format!("cannot create {}", dist.display()))?;
        let reachable = postgres_account.is_none_or(|account| account::can_enter(account, dist));
        let postgres_dist = if reachable {
            dist
        } else {
            Path::new("/var/lib/taskwire/dist")
        };
        let postgres = format!(
            "postgres-{}-{}",
            pinned("postgres.version")?,
            postgres_platform()?
        );
        Ok(Self {
            postgres: postgres_dist.join(postgres),
            kafka: dist.join(format!("kafka-{}", pinned("kafka.version")?)),
            registry: dist.join(format!("registry-{}", pinned("registry.version")?)),
        })
    }

    /// Whether nothing is left to download.
    pub(crate) fn complete(&self) -> bool {
        [&self.postgres, &self.kafka, &self.registry]
            .into_iter()
            .all(|dir| dir.is_dir())
    }

    /// Downloads and unpacks what is missing; what an earlier try left half-done is cleared away first.
    pub(crate) fn ensure(&self, dist: &Path) -> anyhow::Result<()> {
        if self.complete() {
            return Ok(());
        }
        let _lock = Lock::wait(&dist.join("lock"))?;
        if self.complete() {
            return Ok(());
        }
        let start = Instant::now();
        let work = dist.join("unfinished");
        remove(&work)?;
        std::fs::create_dir_all(&work)?;
        let platform = format!("-Dpostgres.platform={}", postgres_platform()?);
        download(
            &work,
            POM,
            "PostgreSQL, Kafka and the schema registry",
            &[&platform],
        )?;
        ui::step("unpack", "PostgreSQL, Kafka, registry");
        let out = work.join("out");
        let [postgres, registry] = ["postgres", "registry"].map(|name| work.join(name));
        let archive = find_archive(&out.join("postgres"))?;
        unpack(&["-xJf"], &archive, &postgres)?;
        unpack(&["-xzf"], &out.join("registry.tar.gz"), &registry)?;
        publish(&postgres, &self.postgres)?;
        publish(&registry, &self.registry)?;
        publish(&out.join("kafka"), &self.kafka)?;
        remove(&work)?;
        ui::step(
            "unpack",
            &format!("done ({} with the download)", ui::seconds(start.elapsed())),
        );
        Ok(())
    }
}

/// A version that `pom.xml` pins.
pub(crate) fn pinned(property: &str) -> anyhow::Result<&'static str> {
    pinned_in(POM, property)
}

/// What a file for Maven says of a property.
pub(crate) fn pinned_in<'a>(pom: &'a str, property: &str) -> anyhow::Result<&'a str> {
    let (_, rest) = pom
        .split_once(&format!("<{property}>"))
        .with_context(|| format!("no {property} in pom.xml"))?;
    let (version, _) = rest.split_once('<').context("pom.xml is cut off")?;
    Ok(version)
}

/// This machine, in the words of the artifact's name.
fn postgres_platform() -> anyhow::Result<&'static str> {
    let alpine = Path::new("/etc/alpine-release").exists();
    Ok(match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") if alpine => "linux-amd64-alpine",
        ("linux", "aarch64") if alpine => "linux-arm64v8-alpine",
        ("linux", "x86_64") => "linux-amd64",
        ("linux", "aarch64") => "linux-arm64v8",
        ("macos", "x86_64") => "darwin-amd64",
        ("macos", "aarch64") => "darwin-arm64v8",
        (os, arch) => bail!(
            "there is no PostgreSQL to download for {os} on {arch}; \
             start your own and use `cargo xtask up --provider external`"
        ),
    })
}

/// Has Maven put into `work` what the file tells it to.
pub(crate) fn download(work: &Path, pom: &str, what: &str, properties: &[&str]) -> anyhow::Result<()> {
    std::fs::write(work.join("pom.xml"), pom)?;
    ui::step("download", &format!("{what}, by Maven"));
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "validate"]).stderr(Stdio::null());
    maven.args(properties).current_dir(work);
    let mut progress = Progress::default();
    let mut last_lines = Vec::new();
    let status = command::run_lines(&mut maven, |line| {
        progress.read(line);
        if line.contains("ERROR") && last_lines.len() < 12 {
            last_lines.push(line.to_owned());
        }
    })?;
    if !status.success() {
        let shown = last_lines.join("\n");
        bail!(
            "Maven could not get {what} ({status}); it uses the repositories, mirrors and proxies \
             of your Maven settings\n{shown}"
        );
    }
    Ok(())
}

/// Counts what Maven says it downloaded, and reports now and then.
#[derive(Default)]
struct Progress {
    files: u32,
    kilobytes: f64,
    reported: Option<Instant>,
}

impl Progress {
    fn read(&mut self, line: &str) {
        let Some(kilobytes) = downloaded_kilobytes(line) else {
            return;
        };
        self.files += 1;
        self.kilobytes += kilobytes;
        if self
            .reported
            .is_none_or(|at| at.elapsed() > Duration::from_secs(3))
        {
            self.reported = Some(Instant::now());
            ui::step(
                "download",
                &format!("{} files, {:.0} MB", self.files, self.kilobytes / 1000.0),
            );
        }
    }
}

/// The size in a line like `Downloaded from somewhere: address (1.7 MB at 9.9 MB/s)`.
fn downloaded_kilobytes(line: &str) -> Option<f64> {
    let (_, size) = line.split_once("Downloaded from ")?.1.rsplit_once('(')?;
    let mut words = size.split(' ');
    let amount: f64 = words.next()?.parse().ok()?;
    match words.next()? {
        "B" => Some(amount / 1000.0),
        "kB" => Some(amount),
        "MB" => Some(amount * 1000.0),
        _ => None,
    }
}

fn find_archive(dir: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "txz"))
        .context("no archive of PostgreSQL")
}

pub(crate) fn unpack(flags: &[&str], archive: &Path, into: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(into)?;
    let mut tar = Command::new("tar");
    command::expect_success(tar.args(flags).arg(archive).arg("-C").arg(into))?;
    // Whatever umask we run under, the account of PostgreSQL has to read this.
    command::expect_success(Command::new("chmod").args(["-R", "a+rX"]).arg(into))
}

/// Gives a finished directory its name; nothing half-done ever has it.
pub(crate) fn publish(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.is_dir() {
        return Ok(());
    }
    let parent = to.parent().context("an artifact has a directory")?;
    std::fs::create_dir_all(parent)?;
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    // Another file system: copy beside the target first.
    let draft = to.with_extension("unfinished");
    remove(&draft)?;
    command::expect_success(Command::new("cp").arg("-a").arg(from).arg(&draft))?;
    std::fs::rename(&draft, to).with_context(|| format!("cannot create {}", to.display()))
}

/// Removes a directory that may not be there.
pub(crate) fn remove(dir: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_pom() {
        assert!(pinned("postgres.version").unwrap().starts_with("18."));
        assert_eq!(pinned("kafka.version").unwrap(), "4.3.1");
        assert!(pinned("nothing.version").is_err());
    }

    #[test]
    fn download_sizes_are_read_from_mavens_lines() {
        let line = "[INFO] Downloaded from central: https://host.example/a.jar (1.7 MB at 9.9 MB/s)";
        assert_eq!(downloaded_kilobytes(line), Some(1700.0));
        assert_eq!(
            downloaded_kilobytes("[INFO] Downloaded from x: y (52 kB at 1 kB/s)"),
            Some(52.0)
        );
        assert_eq!(downloaded_kilobytes("[INFO] Downloading from x: y"), None);
    }
}
