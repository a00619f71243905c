//! `.taskwire/env`: every address of a running stack, in shell syntax.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::stack::infra::Addresses;
use crate::stack::process::Record;
use crate::stack::services::{self, Service};
use crate::stack::tokens::{self, Issuer};
use crate::stack::{Stack, frontend, state};

/// Name and value, in the order of the file.
pub(crate) type Variables = Vec<(String, String)>;

/// The variable that says where the stack's programs are.
const BINARIES: &str = "TASKWIRE_BIN_DIR";

/// Where people find the front end, when the stack has one.
pub(crate) const FRONTEND_URL: &str = "FRONTEND_URL";

/// What somebody needs who wants to talk to the stack.
pub(crate) fn variables(
    stack: &Stack,
    addresses: &Addresses,
    issuer: &Issuer,
    binaries: &Path,
) -> anyhow::Result<Variables> {
    let mut variables = Variables::new();
    let mut add = |name: &str, value: String| variables.push((name.to_owned(), value));
    if let Some(url) = frontend::url(stack) {
        add(FRONTEND_URL, url);
    }
    for service in &services::ALL {
        if let Some(url) = service.url(stack) {
            add(&format!("{}_URL", service.prefix), url);
        }
    }
    for service in &services::ALL {
        add(&format!("{}_ADMIN_URL", service.prefix), service.admin_url(stack));
    }
    add("KAFKA_BROKERS", addresses.kafka_brokers.clone());
    add("REGISTRY_URL", addresses.registry_url.clone());
    if let Some(copies) = addresses.replication_override {
        add("REPLICATION_OVERRIDE", copies.to_string());
    }
    add("DATABASE_URL", addresses.database_url.clone());
    add("JWT_ISSUERS", tokens::issuers(stack));
    add("JWT_AUDIENCE", tokens::AUDIENCE.to_owned());
    add("LOCAL_STACK", "true".to_owned());
    add("LOCAL_ISSUER", tokens::ISSUER.to_owned());
    add("JWT_PRIVATE_KEY", tokens::key_path(stack).display().to_string());
    add("JWT_KEY_ID", issuer.key_id());
    add("TASKWIRE_STATE_DIR", stack.dir.display().to_string());
    add(BINARIES, binaries.display().to_string());
    Ok(variables)
}

/// Writes the file that a shell can source.
pub(crate) fn write(stack: &Stack, variables: &Variables) -> anyhow::Result<()> {
    state::write_private(&stack.path("env"), render(variables).as_bytes())
}

/// Reads it back; absent when no stack was started, or it was stopped since.
pub(crate) fn read(stack: &Stack) -> Option<Variables> {
    Some(parse(&std::fs::read_to_string(stack.path("env")).ok()?))
}

/// The variables of the stack that runs now.
pub(crate) fn of_running(stack: &Stack) -> anyhow::Result<Variables> {
    // After a crash of the machine the file is still there.
    let runs = stack.supervisor.records().iter().any(Record::alive);
    read(stack)
        .filter(|_| runs)
        .context("no local stack runs here; start one with: cargo xtask up --detach")
}

/// The value of one of them.
pub(crate) fn value<'a>(variables: &'a Variables, wanted: &str) -> Option<&'a str> {
    let found = variables.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.as_str())
}

/// A program of the workspace, as it was built for that stack.
pub(crate) fn program(variables: &Variables, name: &str) -> anyhow::Result<PathBuf> {
    let folder = value(variables, BINARIES)
        .with_context(|| format!(".taskwire/env names no {BINARIES}; run `cargo xtask up` again"))?;
    Ok(Path::new(folder).join(name))
}

/// The port in an address like `http://127.0.0.1:8080`.
pub(crate) fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://127.0.0.1:{port}")
}

/// The health and metrics port of a service, in its own words for [`Service`].
pub(crate) fn admin_port_name(service: &Service) -> String {
    format!("{}-admin", service.name)
}

fn render(variables: &Variables) -> String {
    let lines = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quote(value)));
    std::iter::once("# Written by `cargo xtask up`; read it with: . .taskwire/env\n".to_owned())
        .chain(lines)
        .collect()
}

fn parse(text: &str) -> Variables {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    lines
        .map(|(name, value)| (name.to_owned(), unquote(value)))
        .collect()
}

/// As a shell reads it: bare where nothing is special, else in single quotes.
fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@%+=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn unquote(text: &str) -> String {
    match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) => inner.replace(r"'\''", "'"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::workspace::Workspace;

    fn sample() -> Variables {
        let pairs = [
            ("PLAIN", "postgres://u:p-_w@127.0.0.1:5432/db?x=1"),
            ("SPACED", "/a/some body/it's $HERE `x`"),
            ("EMPTY", ""),
        ];
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(parse(&render(&sample())), sample());
    }

    #[test]
    fn a_file_that_a_crash_left_behind_is_no_running_stack() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(dir.path());
        let stack = Stack::persistent(&workspace).unwrap();
        write(&stack, &sample()).unwrap();
        let error = of_running(&stack).unwrap_err().to_string();
        assert!(error.contains("cargo xtask up --detach"), "{error}");
    }

    #[test]
    fn a_shell_reads_the_same_values() {
        let script = format!(
            "{}printf '%s|' \"$PLAIN\" \"$SPACED\" \"$EMPTY\"",
            render(&sample())
        );
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let expected: String = sample()
            .into_iter()
            .map(|(_, value)| format!("{value}|"))
            .collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}
