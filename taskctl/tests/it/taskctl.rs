//! Running the built binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// This run, if it ended as expected.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// Runs `taskctl` with these variables and no other of its own.
pub(crate) fn taskctl(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskctl"));
    for variable in [
        "DATABASE_URL",
        "KAFKA_BROKERS",
        "REGISTRY_URL",
        "KAFKA_SECURITY_PROTOCOL",
        "REPLICATION_OVERRIDE",
    ] {
        command.env_remove(variable);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("taskctl starts");
    Run {
        code: status.code().expect("taskctl was not killed"),
        stdout: String::from_utf8(stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(stderr).expect("stderr is UTF-8"),
    }
}

/// An address that `cargo xtask test` provides.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's surroundings come from its environment"
)]
pub(crate) fn provided(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `cargo xtask test`"))
}

/// A short name that no other run has.
pub(crate) fn unique() -> String {
    uuid::Uuid::new_v4().simple().to_string()[..12].to_owned()
}

pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
