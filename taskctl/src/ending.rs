//! How a command ends, and the exit code that says so.

use std::process::ExitCode;

/// A command that did what it was asked for, and what the caller should make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done; for a plan: nothing differs.
    Done,
    Drift,
    /// Apply left something undone on purpose, and said why.
    Refused,
}

/// An argument, a variable or a declaring file that makes no sense; the message names it.
#[derive(Debug)]
pub(crate) struct BadConfiguration(pub(crate) String);

impl std::fmt::Display for BadConfiguration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for BadConfiguration {}

/// Prints an error to stderr with its causes, and turns the result into the documented exit code.
pub(crate) fn exit_code(result: anyhow::Result<Ending>) -> ExitCode {
    match result {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Drift) => ExitCode::from(3),
        Ok(Ending::Refused) => ExitCode::from(4),
        Err(error) => {
            eprintln!("taskctl: {error:#}");
            let bad_configuration = error.chain().any(|cause| cause.is::<BadConfiguration>());
            ExitCode::from(if bad_configuration { 2 } else { 1 })
        }
    }
}
