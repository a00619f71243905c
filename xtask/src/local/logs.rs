//! `cargo xtask logs`: what the parts of the stack have to say, together and readable.

mod entry;
mod paint;
mod tail;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;

use crate::interrupt;
use crate::local::logs::entry::{Entry, Level};
use crate::local::logs::tail::Log;
use crate::stack::{Stack, frontend, infra, origin, services};
use crate::workspace::Workspace;

const POLL: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Which parts: services, or frontend, postgres, kafka, registry [default: all services]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// How many lines of each part's past
    #[arg(short = 'n', long, default_value_t = 100)]
    lines: usize,
    /// Only what is at least as grave
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        default_value = "trace",
        hide_default_value = true
    )]
    level: Level,
    /// The records as they were written, one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Prints the ends of the logs, in the order of time.
pub(crate) fn run(workspace: &Workspace, args: &LogsArgs) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let parts = chosen(&args.services)?;
    let paths = parts.iter().map(|name| (*name, stack.supervisor.log(name)));
    let mut logs: Vec<Log> = paths
        .map(|(name, path)| Log::new(name, path, args.level))
        .collect();
    let screen = Screen::of(args);
    if !logs.iter().any(|log| log.exists()) {
        bail!("nothing has run here yet; `cargo xtask up` starts it");
    }
    let past = logs.iter_mut().map(|log| log.past(args.lines));
    let past = past.collect::<std::io::Result<Vec<_>>>()?;
    let mut open = screen.show(merge(past));
    while args.follow && open && !interrupt::requested() {
        std::thread::sleep(POLL);
        let news = logs.iter_mut().map(Log::news);
        open = screen.show(merge(news.collect::<std::io::Result<Vec<_>>>()?));
    }
    Ok(ExitCode::SUCCESS)
}

/// The parts by name, or all services.
fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static str>> {
    let services = services::ALL.iter().map(|service| service.name);
    if names.is_empty() {
        return Ok(services.collect());
    }
    let others = infra::NAMES.into_iter().chain([frontend::NAME, origin::NAME]);
    let known: Vec<&'static str> = services.chain(others).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no `{name}`; there are {}", known.join(", "));
    }
    Ok(known
        .into_iter()
        .filter(|name| names.iter().any(|wanted| wanted == name))
        .collect())
}

/// Several logs as one, by time; what was logged in the same instant stays in its order.
fn merge(logs: Vec<Vec<Entry>>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = logs.into_iter().flatten().collect();
    entries.sort_by_key(|entry| entry.time);
    entries
}

struct Screen {
    json: bool,
    colour: bool,
}

impl Screen {
    fn of(args: &LogsArgs) -> Self {
        Self {
            json: args.json,
            colour: std::io::stdout().is_terminal(),
        }
    }

    /// Whether somebody still reads.
    fn show(&self, entries: Vec<Entry>) -> bool {
        let mut stdout = std::io::stdout().lock();
        let mut write = |entry: &Entry| {
            let line = if self.json {
                entry.json()
            } else {
                paint::line(entry, self.colour)
            };
            writeln!(stdout, "{line}")
        };
        let written = entries.iter().try_for_each(&mut write);
        written.and_then(|()| stdout.flush()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name_and_unknown_ones_are_refused() {
        let names = |names: &[&str]| chosen(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&[]).unwrap().len(), services::ALL.len());
        assert_eq!(names(&["kafka", "audit-svc"]).unwrap(), ["audit-svc", "kafka"]);
        let error = names(&["audit"]).unwrap_err().to_string();
        assert!(
            error.contains("`audit`") && error.contains("audit-svc"),
            "{error}"
        );
    }

    #[test]
    fn several_logs_become_one_in_the_order_of_time() {
        let entry = |service, second: &str| {
            let line =
                format!(r#"{{"timestamp":"2026-11-21T15:12:{second}Z","level":"INFO","message":"m"}}"#);
            Entry::parse(service, &line).unwrap()
        };
        let first = vec![entry("a", "01.5"), entry("a", "03")];
        let second = vec![entry("b", "01"), entry("b", "03"), entry("b", "02")];
        let order: Vec<&str> = merge(vec![first, second])
            .iter()
            .map(|entry| entry.service)
            .collect();
        assert_eq!(order, ["b", "a", "b", "a", "b"]);
    }
}
