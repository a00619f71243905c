//! `cargo xtask logs`: what a part of the stack has to say.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::stack::{Stack, infra, process, services};
use crate::workspace::Workspace;
use crate::{interrupt, ui};

/// Arguments of `cargo xtask logs`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Which part: a service, or postgres, kafka, registry
    service: String,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// How many lines of the past
    #[arg(short = 'n', long, default_value_t = 200)]
    lines: usize,
}

/// Prints the end of a log.
pub(crate) fn run(workspace: &Workspace, args: &LogsArgs) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let mut names = services::ALL
        .iter()
        .map(|service| service.name)
        .chain(infra::NAMES);
    if !names.clone().any(|name| name == args.service) {
        let known: Vec<&str> = names.by_ref().collect();
        bail!("there is no `{}`; there are {}", args.service, known.join(", "));
    }
    let path = stack.supervisor.log(&args.service);
    let mut file = File::open(&path).with_context(|| format!("{} has not run yet", args.service))?;
    let mut text = String::new();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    text.push_str(&String::from_utf8_lossy(&bytes));
    ui::line(process::last_lines(&text, args.lines));
    if args.follow {
        follow(&mut file)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn follow(file: &mut File) -> anyhow::Result<()> {
    let mut buffer = [0; 8192];
    while !interrupt::requested() {
        // A log that was begun anew is shorter than where we are.
        let at = file.stream_position()?;
        if file.metadata()?.len() < at {
            file.seek(SeekFrom::Start(0))?;
        }
        match file.read(&mut buffer)? {
            0 => std::thread::sleep(Duration::from_millis(100)),
            read => {
                let new = buffer.get(..read).unwrap_or_default();
                if std::io::stdout()
                    .write_all(new)
                    .and_then(|()| std::io::stdout().flush())
                    .is_err()
                {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
