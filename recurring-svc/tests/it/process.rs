//! The binary itself: its help, its bad configuration, and its stop while nothing else is there.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::wait::wait_until;

/// What a process of ours may take to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Nothing listens on port 1.
const NOWHERE: [(&str, &str); 2] = [
    ("KAFKA_BROKERS", "127.0.0.1:1"),
    ("REGISTRY_URL", "http://127.0.0.1:1"),
];

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recurring-svc"));
    command.env_clear().env("LOG_FORMAT", "json").stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A process of the service; killed should its test fail before it stopped.
struct Running(Child);

impl Running {
    fn start() -> Self {
        let mut command = binary();
        command
            .envs(NOWHERE)
            .env("ADMIN_ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Self(command.spawn().expect("the binary starts"))
    }

    /// The address that the first log line names; the rest of the log is read away, so that the pipe never fills.
    fn admin_address(&mut self) -> String {
        let mut lines = BufReader::new(self.0.stdout.take().expect("a pipe")).lines();
        let address = lines.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
            let fields = line.get("fields").unwrap_or(&line);
            fields.get("admin.addr")?.as_str().map(str::to_owned)
        });
        std::thread::spawn(move || lines.for_each(drop));
        address.expect("a log line with the admin address")
    }

    fn terminate(&self) {
        let pid = self.0.id().to_string();
        wait_until(GRACE, "it handles SIGTERM", || catches_sigterm(&pid));
        let killed = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(killed.expect("kill runs").success());
    }

    fn exit_code_within(&mut self, patience: Duration) -> Option<i32> {
        let mut code = None;
        wait_until(patience, "it stopped", || {
            match self.0.try_wait().expect("a child") {
                Some(status) => {
                    code = status.code();
                    true
                }
                None => false,
            }
        });
        code
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn help_documents_every_variable() {
    let output = binary().arg("--help").output().expect("the binary runs");
    assert!(output.status.success());
    for variable in [
        "ADMIN_ADDR",
        "KAFKA_BROKERS",
        "REGISTRY_URL",
        "KAFKA_SECURITY_PROTOCOL",
        "LOG",
        "LOG_FORMAT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "INSTANCE",
    ] {
        assert!(
            text(&output).contains(&format!("[env: {variable}=")),
            "{variable} is missing in --help"
        );
    }
}

#[test]
fn bad_configuration_names_the_variable_and_exits_with_two() {
    for (bad, variable) in [
        (vec![("REGISTRY_URL", "http://127.0.0.1:1")], "KAFKA_BROKERS"),
        (
            vec![NOWHERE[0], ("REGISTRY_URL", "ftp://127.0.0.1")],
            "REGISTRY_URL",
        ),
        (
            vec![NOWHERE[0], NOWHERE[1], ("ADMIN_ADDR", "everywhere")],
            "ADMIN_ADDR",
        ),
        (vec![NOWHERE[0], NOWHERE[1], ("LOG", "info,=,")], "LOG"),
    ] {
        let output = binary().envs(bad).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(variable), "{}", text(&output));
    }
}

#[test]
fn without_a_broker_it_is_alive_but_not_ready_and_stops_cleanly_on_sigterm() {
    let mut running = Running::start();
    let admin = running.admin_address();
    assert_eq!(status(&admin, "/healthz"), 200);
    assert_eq!(status(&admin, "/readyz"), 503);
    assert_eq!(status(&admin, "/metrics"), 200);
    running.terminate();
    assert_eq!(running.exit_code_within(GRACE), Some(0));
}

/// True once the process has a handler for SIGTERM (bit 14), which Linux tells and other systems do not.
fn catches_sigterm(pid: &str) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else {
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_none_or(|mask| mask & (1 << 14) != 0)
}

/// The status of a GET, over a connection of its own.
fn status(address: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(address).expect("the admin port is open");
    stream.set_read_timeout(Some(GRACE)).expect("a timeout");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .expect("a request");
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .expect("a status line");
    let code = line
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("no status in {line:?}"));
    code.parse().unwrap_or_else(|error| panic!("{line:?}: {error}"))
}
