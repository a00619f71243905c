//! A standby that is promoted, with the binaries of the server that the other tests use.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use shared_events::outbox::verify_epoch;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

/// A directory for servers of this test's own, beside the data of the server that was given, under its account.
struct Servers {
    binaries: PathBuf,
    account: (u32, u32),
    dir: PathBuf,
    port: u16,
}

impl Servers {
    async fn create() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "cargo xtask test says in the environment what it started"
        )]
        let url = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL: run `cargo xtask test`");
        let options: PgConnectOptions = url.parse().unwrap();
        let mut given = options.connect().await.unwrap();
        let data: String = sqlx::query_scalar("SHOW data_directory")
            .fetch_one(&mut given)
            .await
            .unwrap();
        given.close().await.unwrap();
        let data = PathBuf::from(data);
        let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let program = fs::read_link(format!("/proc/{}/exe", lock.lines().next().unwrap())).unwrap();
        let owner = fs::metadata(&data).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let servers = Self {
            binaries: program.parent().unwrap().to_owned(),
            account: (owner.uid(), owner.gid()),
            dir: data
                .parent()
                .unwrap()
                .join(format!("promotion-{}-{port}", std::process::id())),
            port,
        };
        fs::create_dir(&servers.dir).unwrap();
        std::os::unix::fs::chown(&servers.dir, Some(owner.uid()), Some(owner.gid())).unwrap();
        servers
    }

    fn data(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.dir.join("log"))
            .unwrap();
        command.current_dir("/").uid(self.account.0).gid(self.account.1);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    fn run(&self, command: &mut Command) {
        let status = command.status().unwrap();
        let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        assert!(status.success(), "{command:?}: {status}\n{}", log());
    }

    fn initialise(&self, name: &str) {
        let mut initdb = self.command(&self.binaries.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        initdb.args(["--locale=C", "-D"]).arg(self.data(name));
        self.run(&mut initdb);
    }

    async fn start(&self, name: &str) -> PgConnection {
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=16MB",
            self.port
        );
        let mut start = self.command(&self.binaries.join("pg_ctl"));
        self.run(
            start
                .args(["-w", "-o", &settings, "-D"])
                .arg(self.data(name))
                .arg("start"),
        );
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port);
        options
            .username("postgres")
            .database("postgres")
            .connect()
            .await
            .unwrap()
    }

    fn stop(&self, name: &str) {
        let mut stop = self.command(&self.binaries.join("pg_ctl"));
        self.run(stop.args(["-w", "-D"]).arg(self.data(name)).arg("stop"));
    }

    /// A copy of a server that was stopped, to be started as a standby of nobody.
    fn copy_as_standby(&self, from: &str, to: &str) {
        let mut copy = self.command(Path::new("cp"));
        self.run(copy.arg("-a").arg(self.data(from)).arg(self.data(to)));
        fs::write(self.data(to).join("standby.signal"), "").unwrap();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in ["primary", "standby"] {
            let mut stop = self.command(&self.binaries.join("pg_ctl"));
            // It may never have been started, or be stopped already.
            let _ = stop
                .args(["-m", "immediate", "-D"])
                .arg(self.data(server))
                .arg("stop")
                .status();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn signal(name: &str, pid: i32) {
    let status = Command::new("kill")
        .args([name, &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success(), "kill {name} {pid}: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_and_its_promotion_raises_the_epoch_before_any_checkpoint() {
    let servers = Servers::create().await;
    servers.initialise("primary");
    let mut primary = servers.start("primary").await;
    primary.execute("CREATE SCHEMA outbox").await.unwrap();
    shared_events::MIGRATOR
        .run_direct(None, &mut primary, false)
        .await
        .unwrap();
    let before = verify_epoch(&mut primary).await.unwrap();
    assert_eq!(verify_epoch(&mut primary).await.unwrap(), before);
    primary.close().await.unwrap();
    servers.stop("primary");

    servers.copy_as_standby("primary", "standby");
    let mut standby = servers.start("standby").await;
    let refused = verify_epoch(&mut standby).await.unwrap_err();
    assert!(service_kit::pg::is_outage(&refused), "{refused}");
    assert!(refused.to_string().contains("pg_ctl promote"), "{refused}");

    // The checkpoint that follows a promotion may take minutes; this one waits until we have looked.
    let checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let checkpointer: i32 = sqlx::query_scalar(checkpointer)
        .fetch_one(&mut standby)
        .await
        .unwrap();
    signal("-STOP", checkpointer);
    let promoted: bool = sqlx::query_scalar("SELECT pg_promote()")
        .fetch_one(&mut standby)
        .await
        .unwrap();
    let timeline = "SELECT timeline_id FROM pg_control_checkpoint()";
    let timeline: i32 = sqlx::query_scalar(timeline)
        .fetch_one(&mut standby)
        .await
        .unwrap();
    let after = verify_epoch(&mut standby).await;
    let again = verify_epoch(&mut standby).await;
    signal("-CONT", checkpointer);
    assert!(promoted);
    assert_eq!(timeline, 1, "the last checkpoint was on the old timeline");
    let after = after.unwrap();
    assert!(after.0 > before.0, "{after:?}");
    assert_eq!(again.unwrap(), after, "once");
    standby.close().await.unwrap();
}
