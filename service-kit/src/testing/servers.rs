//! Postgres servers of a test's own, to be stopped, copied, restored and promoted.
//!
//! They run the binaries of the server that the other tests use, under its account, in a directory beside its data.
//! All of them use one port, so that one takes another's place as it does in an accident; a standby has a second one.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{ConnectOptions, Connection, PgConnection};

use super::database::{options, server};

#[derive(Debug)]
pub struct PostgresServers {
    binaries: PathBuf,
    account: (u32, u32),
    dir: PathBuf,
    pub port: u16,
    pub standby_port: u16,
}

impl PostgresServers {
    /// # Panics
    /// When no server is given, or it is not on this machine: it is a test, as everything here.
    pub async fn create() -> Self {
        let mut given = options(&server())
            .connect()
            .await
            .expect("the test server answers");
        let data: String = sqlx::query_scalar("SHOW data_directory")
            .fetch_one(&mut given)
            .await
            .expect("a directory");
        given.close().await.expect("a clean end");
        let data = PathBuf::from(data);
        let lock = fs::read_to_string(data.join("postmaster.pid")).expect("the server is on this machine");
        let pid = lock.lines().next().expect("a process id");
        let program = fs::read_link(format!("/proc/{pid}/exe")).expect("the server runs");
        let owner = fs::metadata(&data).expect("a directory");
        let account = (owner.uid(), owner.gid());
        let (port, standby_port) = free_ports();
        let name = format!("servers-{}-{port}", std::process::id());
        let dir = data.parent().expect("a place beside the data").join(name);
        fs::create_dir(&dir).expect("a new directory");
        chown(&dir, Some(account.0), Some(account.1)).expect("its owner is the server's");
        Self {
            binaries: program.parent().expect("a directory of binaries").to_owned(),
            account,
            dir,
            port,
            standby_port,
        }
    }

    /// The data directory of a server, or another place beside it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    #[must_use]
    pub fn url_as(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/postgres", self.port)
    }

    pub fn initialise(&self, name: &str) {
        let mut initdb = self.command(&self.binaries.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        initdb.args(["--locale=C", "-D"]).arg(self.path(name));
        self.run(&mut initdb);
        self.configure(name, "listen_addresses = '127.0.0.1'");
        self.configure(name, "unix_socket_directories = ''");
        self.configure(name, "fsync = off");
        self.configure(name, "shared_buffers = '16MB'");
    }

    /// Adds a line to a server's configuration.
    pub fn configure(&self, name: &str, line: &str) {
        let file = self.path(name).join("postgresql.conf");
        let mut file = OpenOptions::new()
            .append(true)
            .open(file)
            .expect("a configuration");
        writeln!(file, "{line}").expect("a line more");
    }

    /// Starts it and says as superuser when it answers.
    pub async fn start(&self, name: &str) -> PgConnection {
        self.start_at(name, self.port).await
    }

    pub async fn start_standby(&self, name: &str) -> PgConnection {
        self.start_at(name, self.standby_port).await
    }

    async fn start_at(&self, name: &str, port: u16) -> PgConnection {
        self.pg_ctl(name, &["-o", &format!("-p {port}"), "start"]);
        superuser(port).await
    }

    /// Another connection as superuser to the server that runs.
    pub async fn connect(&self) -> PgConnection {
        superuser(self.port).await
    }

    pub fn stop(&self, name: &str) {
        self.pg_ctl(name, &["-m", "fast", "stop"]);
    }

    /// Stops it without a checkpoint, as a crash would.
    pub fn crash(&self, name: &str) {
        self.pg_ctl(name, &["-m", "immediate", "stop"]);
    }

    /// A copy of its data, byte for byte: of a server that is stopped, or between the marks of a backup.
    pub fn copy(&self, from: &str, to: &str) {
        let mut copy = self.command(Path::new("cp"));
        self.run(copy.arg("-a").arg(self.path(from)).arg(self.path(to)));
        let _of_one_that_runs = fs::remove_file(self.path(to).join("postmaster.pid"));
    }

    /// A base backup of a server that runs, with the log that is needed to start it.
    pub async fn back_up(&self, running: &mut PgConnection, from: &str, to: &str) {
        let start = "SELECT pg_backup_start('base', true)::text";
        let started: Result<String, _> = sqlx::query_scalar(start).fetch_one(&mut *running).await;
        started.expect("a backup begins");
        self.copy(from, to);
        let stop = "SELECT labelfile FROM pg_backup_stop(false)";
        let label: Result<String, _> = sqlx::query_scalar(stop).fetch_one(running).await;
        self.write(to, "backup_label", &label.expect("a backup ends"));
        let mut copy = self.command(Path::new("cp"));
        let log = self.path(from).join("pg_wal").join(".");
        self.run(copy.arg("-a").arg(log).arg(self.path(to).join("pg_wal")));
    }

    /// Writes a file of a server's.
    pub fn write(&self, name: &str, file: &str, text: &str) {
        let file = self.path(name).join(file);
        fs::write(&file, text).expect("a file");
        chown(&file, Some(self.account.0), Some(self.account.1)).expect("its owner is the server's");
    }

    /// A directory for the servers' account.
    pub fn make_dir(&self, name: &str) -> PathBuf {
        let dir = self.path(name);
        self.run(self.command(Path::new("mkdir")).arg(&dir));
        dir
    }

    fn pg_ctl(&self, name: &str, arguments: &[&str]) {
        let mut pg_ctl = self.command(&self.binaries.join("pg_ctl"));
        pg_ctl.args(["-w", "-D"]).arg(self.path(name));
        self.run(pg_ctl.args(arguments));
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let mut append = File::options();
        let log = append.append(true).create(true).open(self.path("log"));
        let log = log.expect("a log");
        command.current_dir("/").uid(self.account.0).gid(self.account.1);
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        command
    }

    fn run(&self, command: &mut Command) {
        let status = command.status().expect("it starts");
        let log = || fs::read_to_string(self.path("log")).unwrap_or_default();
        assert!(status.success(), "{command:?}: {status}\n{}", log());
    }
}

impl Drop for PostgresServers {
    fn drop(&mut self) {
        let servers = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let running = servers.filter(|server| server.path().join("postmaster.pid").exists());
        for server in running {
            let mut stop = self.command(&self.binaries.join("pg_ctl"));
            let stop = stop.args(["-w", "-m", "immediate", "-D"]).arg(server.path());
            // It may have ended by itself.
            let _ = stop.arg("stop").status();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

async fn superuser(port: u16) -> PgConnection {
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let connected = options(&url.parse().expect("a URL")).connect().await;
    connected.expect("it answers")
}

/// Two at once, so that they differ.
fn free_ports() -> (u16, u16) {
    let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
    let (one, other) = (bind(), bind());
    (port(&one), port(&other))
}
