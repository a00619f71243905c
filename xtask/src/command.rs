//! Runs other programs to their end, and takes them along when we are told to stop.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::interrupt;

const POLL: Duration = Duration::from_millis(20);

/// Runs to the end; an interrupt ends the program and everything it started.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<ExitStatus> {
    let mut child = spawn(command)?;
    wait(&mut child)
}

/// Runs to the end and fails unless the program succeeded.
pub(crate) fn expect_success(command: &mut Command) -> anyhow::Result<()> {
    let status = run(command)?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs to the end, handing over each line of the program's stdout as it comes.
pub(crate) fn run_lines(command: &mut Command, mut on_line: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
    let mut child = spawn(command.stdout(Stdio::piped()))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(1..)) {
            let text = String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\n', '\r'])
                .to_owned();
            if sender.send(text).is_err() {
                return;
            }
            bytes.clear();
        }
    });
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(text) => on_line(&text),
            Err(mpsc::RecvTimeoutError::Timeout) => stop_if_interrupted(&mut child)?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return wait(&mut child),
        }
    }
}

/// How a program is named in messages: as it would be typed, shortened.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(name)
        .chain(args)
        .take(6)
        .collect::<Vec<_>>()
        .join(" ")
}

fn spawn(command: &mut Command) -> anyhow::Result<Child> {
    // A group of its own, so that a signal from us reaches what the program itself started too.
    command.process_group(0).stdin(Stdio::null());
    command
        .spawn()
        .with_context(|| format!("cannot run {}", describe(command)))
}

fn wait(child: &mut Child) -> anyhow::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        stop_if_interrupted(child)?;
        std::thread::sleep(POLL);
    }
}

fn stop_if_interrupted(child: &mut Child) -> anyhow::Result<()> {
    if let Err(interrupted) = interrupt::check() {
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::TERM);
        }
        child.wait()?;
        return Err(interrupted.into());
    }
    Ok(())
}
