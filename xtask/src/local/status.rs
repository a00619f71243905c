//! `cargo xtask status`: what runs, where, and how big it is.

use std::process::ExitCode;

use crate::stack::environment::{self, FRONTEND_URL};
use crate::stack::process::{self, Record};
use crate::stack::{Stack, frontend, http, infra, origin, services};
use crate::ui;
use crate::workspace::Workspace;

/// Prints a line per part; succeeds when everything runs.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let mut all_well = true;
    ui::line(&format!(
        "{:<18} {:<10} {:>8} {:>9}  address",
        "part", "state", "pid", "memory"
    ));
    let names = infra::NAMES
        .into_iter()
        .chain(services::ALL.iter().map(|service| service.name))
        .chain(front_end(&stack))
        .chain(stack.supervisor.record(origin::NAME).map(|_| origin::NAME));
    for name in names {
        let record = stack.supervisor.record(name);
        let state = judge(&stack, name, record.as_ref());
        all_well &= state == "ready";
        let running = record.as_ref().filter(|record| record.alive());
        let pid = running.map(|record| record.pid.to_string()).unwrap_or_default();
        let memory = running.and_then(|record| process::resident_kilobytes(record.pid));
        let memory = memory
            .map(|kilobytes| format!("{:.1} MB", kilobytes as f64 / 1024.0))
            .unwrap_or_default();
        let address = port(&stack, name)
            .map(|port| format!("127.0.0.1:{port}"))
            .unwrap_or_default();
        ui::line(format!("{name:<18} {state:<10} {pid:>8} {memory:>9}  {address}").trim_end());
    }
    if all_well {
        ui::line(&format!(
            "\nwhat the services understand:\n{}",
            services::documentation(&stack).trim_end()
        ));
    }
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn port(stack: &Stack, name: &str) -> Option<u16> {
    match name {
        // It has the front end's address.
        origin::NAME => stack.ports.current(frontend::NAME),
        name => stack.ports.current(name),
    }
}

/// The front end, unless the stack was started without.
fn front_end(stack: &Stack) -> Option<&'static str> {
    let started = environment::read(stack);
    let wanted = started.is_none_or(|variables| environment::value(&variables, FRONTEND_URL).is_some());
    wanted.then_some(frontend::NAME)
}

fn judge(stack: &Stack, name: &str, record: Option<&Record>) -> &'static str {
    match record {
        None => return "stopped",
        Some(record) if !record.alive() => return "ended",
        Some(_) => {}
    }
    if name == frontend::NAME {
        return match frontend::is_ready(stack) {
            Ok(()) => "ready",
            Err(_) => "not ready",
        };
    }
    let Some(service) = services::ALL.iter().find(|service| service.name == name) else {
        return "ready";
    };
    match service.admin_port(stack).map(|port| http::get(port, "/readyz")) {
        Some(Ok((200, _))) => "ready",
        _ => "not ready",
    }
}
