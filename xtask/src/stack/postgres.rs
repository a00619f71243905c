//! PostgreSQL: its data directory, its start, its addresses.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::stack::account::{self, Account};
use crate::stack::process::{Record, Stop};
use crate::stack::supervisor::Spec;
use crate::stack::{Layout, Lifetime, Stack, artifacts, state};
use crate::{command, ui};

/// The documented port: not 5432, which belongs to whatever the machine itself runs.
const PORT: u16 = 25_432;
pub(crate) const NAME: &str = "postgres";
pub(crate) const DATABASE: &str = "taskwire";

/// Starts it, or finds it running; the port it has.
pub(crate) fn ensure(stack: &Stack, binaries: &Path, account: Option<&Account>) -> anyhow::Result<u16> {
    let home = home(stack, account)?;
    let data = home.join("data-18");
    if stack.supervisor.running(NAME).is_none() {
        initialise(stack, binaries, account, &home, &data)?;
        remove_stale_lock(&data);
    }
    let port = match (stack.supervisor.running(NAME), stack.ports.current(NAME)) {
        (Some(_), Some(port)) => port,
        _ => stack.ports.assign(NAME, PORT)?,
    };
    let spec = Spec {
        name: NAME,
        program: binaries.join("bin/postgres"),
        args: arguments(&data, port, stack.lifetime, stack.layout),
        env: vec![("TZ".into(), "UTC".into())],
        account: account.cloned(),
        stop: Stop::Interrupt,
    };
    let (record, _) = stack.supervisor.ensure(&spec)?;
    stack
        .supervisor
        .wait_until(&record, Duration::from_secs(120), || is_ready(&data, &record))?;
    Ok(port)
}

/// The address for whoever may do everything.
pub(crate) fn superuser_url(stack: &Stack, port: u16, database: &str) -> anyhow::Result<String> {
    Ok(format!(
        "postgres://postgres:{}@127.0.0.1:{port}/{database}",
        stack.secrets.get("postgres")?
    ))
}

/// Everything of the stack that is kept outside its directory.
pub(crate) fn outside(stack: &Stack) -> Option<PathBuf> {
    let home: PathBuf = state::read(&stack.path("postgres-home.json"))?;
    (!home.starts_with(&stack.dir)).then_some(home)
}

/// Where its data is: in the stack's directory, unless its account cannot get there.
fn home(stack: &Stack, account: Option<&Account>) -> anyhow::Result<PathBuf> {
    let note = stack.path("postgres-home.json");
    if let Some(home) = state::read::<PathBuf>(&note).filter(|home| home.is_dir()) {
        return Ok(home);
    }
    let reachable = account.is_none_or(|account| account::can_enter(account, &stack.path("data")));
    let home = if reachable {
        stack.path("data/postgres")
    } else {
        let digest = Sha256::digest(stack.dir.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        match stack.lifetime {
            Lifetime::Persistent => Path::new("/var/lib/taskwire").join(name),
            Lifetime::ThrowAway => std::env::temp_dir().join(format!("taskwire-{name}")),
        }
    };
    std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    if let Some(account) = account {
        chown(&home, Some(account.uid), Some(account.gid))?;
    }
    state::write(&note, &home)?;
    Ok(home)
}

/// Makes the data directory beside its final place, so that one with the right name is complete.
fn initialise(
    stack: &Stack,
    binaries: &Path,
    account: Option<&Account>,
    home: &Path,
    data: &Path,
) -> anyhow::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    ui::step(NAME, "making its data directory");
    let draft = home.join("unfinished");
    artifacts::remove(&draft)?;
    let password_file = home.join("password");
    state::write_private(&password_file, stack.secrets.get("postgres")?.as_bytes())?;
    if let Some(account) = account {
        chown(&password_file, Some(account.uid), Some(account.gid))?;
    }
    let mut initdb = as_account(&binaries.join("bin/initdb"), account);
    initdb
        .args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-instructions",
        ])
        .args([
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ])
        .arg(format!("--pwfile={}", password_file.display()))
        .arg(format!("--pgdata={}", draft.display()));
    match stack.lifetime {
        Lifetime::Persistent => initdb.arg("--auth=scram-sha-256"),
        // The tests change the roles' passwords, which belong to the whole server, as they like.
        Lifetime::ThrowAway => initdb.args(["--auth=trust", "--no-sync"]),
    };
    run_logged(&mut initdb, &stack.supervisor.log("initdb"))?;
    std::fs::remove_file(&password_file)?;
    create_database(binaries, account, &draft, &stack.supervisor.log("initdb"))?;
    std::fs::rename(&draft, data).with_context(|| format!("cannot create {}", data.display()))
}

/// There is no client in the archive, so the server itself is asked, before it listens to anybody.
fn create_database(
    binaries: &Path,
    account: Option<&Account>,
    data: &Path,
    log: &Path,
) -> anyhow::Result<()> {
    let output = std::fs::OpenOptions::new().append(true).create(true).open(log)?;
    let mut single = as_account(&binaries.join("bin/postgres"), account);
    single.args(["--single", "-D"]).arg(data).arg("postgres");
    single
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut child = single
        .spawn()
        .context("cannot start PostgreSQL for its first database")?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    writeln!(stdin, "CREATE DATABASE {DATABASE}")?;
    drop(stdin);
    let status = child.wait()?;
    if !status.success() {
        bail!(
            "PostgreSQL could not create its first database ({status}); see {}",
            log.display()
        );
    }
    Ok(())
}

/// A server that is measured has as much as docs/RUNBOOK.md advises for a database of its size.
fn shared_buffers(layout: Layout) -> &'static str {
    if layout.is_measured() { "2GB" } else { "128MB" }
}

fn arguments(data: &Path, port: u16, lifetime: Lifetime, layout: Layout) -> Vec<String> {
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".into(),
        // Its directory may be long, and a socket's path may not.
        "unix_socket_directories=".into(),
        "max_connections=300".into(),
        format!("shared_buffers={}", shared_buffers(layout)),
        "jit=off".into(),
        "timezone=UTC".into(),
        "log_timezone=UTC".into(),
    ];
    if lifetime == Lifetime::ThrowAway {
        settings.push("fsync=off".into());
        // A process that is killed may leave half a page, which only the log can mend.
        if !layout.kills_servers() {
            settings.extend(["full_page_writes=off", "autovacuum_naptime=10min"].map(str::to_owned));
        }
    }
    if layout.is_measured() {
        settings.extend(
            [
                "shared_preload_libraries=pg_stat_statements",
                "track_commit_timestamp=on",
            ]
            .map(str::to_owned),
        );
    }
    if layout == Layout::BenchBesidePeer {
        settings.push("wal_level=logical".into());
    }
    let mut args = vec!["-D".to_owned(), data.display().to_string()];
    args.extend(
        settings
            .into_iter()
            .flat_map(|setting| ["-c".to_owned(), setting]),
    );
    args
}

/// PostgreSQL writes its state into the eighth line of its lock file.
fn is_ready(data: &Path, record: &Record) -> anyhow::Result<()> {
    let lock = std::fs::read_to_string(data.join("postmaster.pid")).context("it has not begun")?;
    let mut lines = lock.lines();
    let pid = lines.next().unwrap_or_default().trim();
    let state = lines.nth(6).unwrap_or_default().trim();
    if pid != record.pid.to_string() || state != "ready" {
        bail!("it says: {}", if state.is_empty() { "starting" } else { state });
    }
    Ok(())
}

/// After a crash of the machine the pid in the lock file may belong to anybody, and PostgreSQL would give way.
fn remove_stale_lock(data: &Path) {
    let lock = data.join("postmaster.pid");
    let Ok(text) = std::fs::read_to_string(&lock) else {
        return;
    };
    let pid = text.lines().next().unwrap_or_default().trim().to_owned();
    let ours = std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data);
    if cfg!(target_os = "linux") && !ours {
        let _ = std::fs::remove_file(lock);
    }
}

fn as_account(program: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("TZ", "UTC");
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

fn run_logged(program: &mut Command, log: &Path) -> anyhow::Result<()> {
    let output = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    program.stdout(output.try_clone()?).stderr(output);
    let status = command::run(program)?;
    if !status.success() {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let end = crate::stack::process::last_lines(&text, 15);
        bail!("{} failed ({status}):\n{end}", command::describe(program));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Brokers;

    #[test]
    fn a_server_that_is_killed_writes_full_pages() {
        let args = |layout| arguments(Path::new("/data"), 1, Lifetime::ThrowAway, layout).join(" ");
        let faults = Layout::Faults {
            brokers: Brokers::Three,
        };
        assert!(args(Layout::Plain).contains("full_page_writes=off"));
        assert!(!args(faults).contains("full_page_writes"));
        assert!(!args(Layout::Recovery).contains("full_page_writes"));
    }

    #[test]
    fn only_a_server_that_is_measured_counts_its_statements() {
        let args = |layout| arguments(Path::new("/data"), 1, Lifetime::ThrowAway, layout).join(" ");
        assert!(args(Layout::Bench).contains("pg_stat_statements"));
        assert!(!args(Layout::Plain).contains("pg_stat_statements"));
    }

    #[test]
    fn only_a_server_beside_a_peer_logs_for_it() {
        let args = |layout| arguments(Path::new("/data"), 1, Lifetime::ThrowAway, layout).join(" ");
        assert!(args(Layout::BenchBesidePeer).contains("wal_level=logical"));
        assert!(!args(Layout::Bench).contains("wal_level"));
    }
}
