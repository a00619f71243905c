//! Reading the configuration: clap fields with `env`, and a clear end when something is wrong.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser};

/// The exit code of a process whose configuration is wrong.
pub const EXIT_BAD_CONFIGURATION: i32 = 2;

/// Reads flags and environment; on an error prints what is wrong and exits with code 2, before any port is open.
///
/// `--help` and `--version` print and exit with 0.
#[must_use]
pub fn parse<T: Parser>() -> T {
    match try_parse_from(std::env::args_os()) {
        Ok(config) => config,
        Err(error) => error.exit(),
    }
}

/// Like [`parse`], but from given arguments and without exiting; environment variables are still read.
pub fn try_parse_from<T: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<T, clap::Error> {
    T::try_parse_from(arguments).map_err(|error| name_the_variables(error, &T::command()))
}

/// A configuration that parses but cannot be used: a file that is not there, two values that do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{variable} is not usable: {problem}")]
pub struct BadConfiguration {
    variable: String,
    problem: String,
}

impl BadConfiguration {
    /// Names the variable and what is wrong with it.
    pub fn new(variable: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self {
            variable: variable.into(),
            problem: problem.to_string(),
        }
    }
}

/// The end of a start that failed: prints why, and says 2 when the configuration is to blame, else 1.
pub fn report_failure(error: &(dyn Error + 'static)) -> ExitCode {
    let mut message = error.to_string();
    let mut is_configuration = error.is::<BadConfiguration>();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        is_configuration |= cause.is::<BadConfiguration>();
        source = cause.source();
    }
    // Also without a subscriber, and where logs go elsewhere, whoever started the process must see why it ended.
    let _ = writeln!(std::io::stderr(), "error: {message}");
    if is_configuration {
        let _ = writeln!(std::io::stderr(), "\nFor more information, try '--help'.");
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

/// Which replica this process is.
#[derive(Debug, Clone, Args)]
pub struct InstanceArgs {
    /// Name of this replica in logs, traces and broker connections [default: host name and process id]
    #[arg(long, env = "INSTANCE", default_value_t = default_instance(), hide_default_value = true)]
    pub instance: String,
}

/// A value parser for secrets: a wrong value is never repeated in the message.
#[derive(Debug, Clone, Copy)]
pub struct SecretParser<T> {
    expected: &'static str,
    parsed: std::marker::PhantomData<fn() -> T>,
}

impl<T> SecretParser<T> {
    /// `expected` completes the sentence "DATABASE_URL must be …".
    #[must_use]
    pub const fn new(expected: &'static str) -> Self {
        Self {
            expected,
            parsed: std::marker::PhantomData,
        }
    }
}

impl<T> TypedValueParser for SecretParser<T>
where
    T: FromStr + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(
        &self,
        _command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        value.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            let name = argument
                .and_then(variable_of)
                .unwrap_or_else(|| "the value".to_owned());
            let message = format!(
                "{name} must be {} (the value given is not shown)\n\nFor more information, try '--help'.\n",
                self.expected
            );
            clap::Error::raw(ErrorKind::ValueValidation, message)
        })
    }
}

fn variable_of(argument: &clap::Arg) -> Option<String> {
    argument.get_env().map(|name| name.to_string_lossy().into_owned())
}

/// Clap names only the flag (`--jwt-issuers`); operators set the variable (`JWT_ISSUERS`), so it is named as well.
fn name_the_variables(error: clap::Error, command: &clap::Command) -> clap::Error {
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) || error.context().next().is_none()
    {
        return error;
    }
    let rendered = error.render().to_string();
    let variables = variables_in(&error, command).join(", ");
    if variables.is_empty() {
        return error;
    }
    let way_out = match kind {
        ErrorKind::MissingRequiredArgument => {
            format!("Set {variables} in the environment (or pass the flag).\n")
        }
        _ => format!("Correct {variables} in the environment (or the flag).\n"),
    };
    clap::Error::raw(
        kind,
        format!(
            "{}\n\n{way_out}",
            rendered.trim_start_matches("error: ").trim_end()
        ),
    )
}

/// The variables of the arguments that an error is about, and of no other that its message mentions.
fn variables_in(error: &clap::Error, command: &clap::Command) -> Vec<String> {
    let arguments = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => std::slice::from_ref(argument),
        Some(ContextValue::Strings(arguments)) => arguments.as_slice(),
        _ => &[],
    };
    let flags = arguments
        .iter()
        .filter_map(|argument| argument.split_whitespace().next());
    flags.filter_map(|flag| variable_for(flag, command)).collect()
}

/// The variable that stands for a flag, here or in a subcommand: `JWT_ISSUERS` for `--jwt-issuers`.
fn variable_for(flag: &str, command: &clap::Command) -> Option<String> {
    let named = |argument: &&clap::Arg| argument.get_long() == flag.strip_prefix("--");
    let here = command.get_arguments().find(named).and_then(variable_of);
    here.or_else(|| {
        command
            .get_subcommands()
            .find_map(|below| variable_for(flag, below))
    })
}

fn default_instance() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "localhost",
        name => name,
    };
    format!("{host}-{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    struct Example {
        /// Who issues tokens
        #[arg(long, env = "KIT_TEST_ISSUER")]
        kit_test_issuer: String,
        /// How many
        #[arg(long, env = "KIT_TEST_COUNT", default_value_t = 1)]
        kit_test_count: u8,
        /// Secret number
        #[arg(long, env = "KIT_TEST_SECRET", default_value = "1", value_parser = SecretParser::<u8>::new("a small number"))]
        kit_test_secret: u8,
        /// Has no variable
        #[arg(long)]
        reason: String,
    }

    #[derive(Debug, Parser)]
    enum Tool {
        /// One of several commands
        Work(Example),
    }

    fn message(arguments: &[&str]) -> String {
        let arguments = ["example"].iter().chain(arguments).map(OsString::from);
        try_parse_from::<Example>(arguments)
            .expect_err("bad configuration")
            .to_string()
    }

    #[test]
    fn a_missing_value_is_named_by_its_variable() {
        let message = message(&[]);
        assert!(
            message.contains("Set KIT_TEST_ISSUER in the environment"),
            "{message}"
        );
        assert!(message.contains("--reason"), "{message}");
        assert!(!message.contains("REASON in"), "{message}");
    }

    #[test]
    fn variables_of_a_subcommand_are_named_too() {
        let error = try_parse_from::<Tool>(["tool".into(), "work".into()]).expect_err("bad configuration");
        assert!(
            error
                .to_string()
                .contains("Set KIT_TEST_ISSUER in the environment"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_value_is_named_by_its_variable() {
        let message = message(&["--kit-test-issuer", "x", "--kit-test-count", "many"]);
        assert!(
            message.contains("'many'") && message.contains("KIT_TEST_COUNT"),
            "{message}"
        );
        assert!(!message.contains("KIT_TEST_ISSUER"), "{message}");
    }

    #[test]
    fn a_wrong_value_is_corrected_and_no_other_is_asked_for() {
        let message = message(&[
            "--kit-test-issuer",
            "x",
            "--kit-test-count",
            "see --kit-test-issuer",
        ]);
        assert!(
            message.ends_with("Correct KIT_TEST_COUNT in the environment (or the flag).\n"),
            "{message}"
        );
    }

    #[test]
    fn a_wrong_secret_is_named_but_not_repeated() {
        let message = message(&["--kit-test-issuer", "x", "--kit-test-secret", "hunter2"]);
        assert!(
            message.contains("KIT_TEST_SECRET must be a small number"),
            "{message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn bad_configuration_exits_with_two() {
        let error = try_parse_from::<Example>(["example".into()]).expect_err("bad configuration");
        assert_eq!(error.exit_code(), EXIT_BAD_CONFIGURATION);
    }

    #[test]
    fn a_failed_start_says_whether_the_configuration_is_to_blame() {
        let code = |error: anyhow::Error| format!("{:?}", report_failure(error.as_ref()));
        let bad =
            anyhow::Error::from(BadConfiguration::new("JWT_ISSUERS", "no such file")).context("cannot start");
        assert_eq!(
            format!("{bad:#}"),
            "cannot start: JWT_ISSUERS is not usable: no such file"
        );
        assert_eq!(code(bad), format!("{:?}", ExitCode::from(2)));
        assert_eq!(
            code(anyhow::anyhow!("out of luck")),
            format!("{:?}", ExitCode::FAILURE)
        );
    }

    #[test]
    fn the_instance_is_never_empty() {
        assert!(default_instance().len() > 2);
    }
}
