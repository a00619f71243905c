//! A stack that is gone when it is dropped, whatever happened in between.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::stack::lock::Lock;
use crate::stack::{Layout, Lifetime, Stack, artifacts, postgres};
use crate::ui;
use crate::workspace::Workspace;

/// The guard: dropping it ends the processes and removes the directory.
#[derive(Debug)]
pub(crate) struct ThrowAway {
    pub(crate) stack: Stack,
    _lock: Lock,
}

impl ThrowAway {
    /// Begins one in a directory of its own, after clearing away those whose owner was killed.
    pub(crate) fn begin(workspace: &Workspace) -> anyhow::Result<Self> {
        Self::begin_as(workspace, Layout::Plain)
    }

    /// The same, with servers as the fault suite may want them.
    pub(crate) fn begin_as(workspace: &Workspace, layout: Layout) -> anyhow::Result<Self> {
        let parent = workspace.target.join("taskwire-stacks");
        clear_abandoned(workspace, &parent);
        let dir = parent.join(format!("{}-{:08x}", std::process::id(), rand::random::<u32>()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let lock = Lock::wait(&dir.join("lock"))?;
        let stack = Stack::open(workspace, dir, Lifetime::ThrowAway)?;
        Ok(Self {
            stack: Stack { layout, ..stack },
            _lock: lock,
        })
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        clear(&self.stack);
    }
}

/// A directory that nobody has locked lost its owner before it could tidy up.
fn clear_abandoned(workspace: &Workspace, parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for dir in entries.flatten().map(|entry| entry.path()) {
        if let Ok(Some(_lock)) = Lock::try_now(&dir.join("lock")) {
            clear_one(workspace, dir);
        }
    }
}

fn clear_one(workspace: &Workspace, dir: PathBuf) {
    match Stack::open(workspace, dir, Lifetime::ThrowAway) {
        Ok(stack) => clear(&stack),
        Err(error) => ui::notice(&format!("{error:#}")),
    }
}

fn clear(stack: &Stack) {
    let records = stack.supervisor.records();
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    stack.supervisor.stop(&names);
    stack.supervisor.clear_traces();
    let outside = postgres::outside(stack);
    for dir in outside.iter().chain([&stack.dir]) {
        if let Err(error) = artifacts::remove(dir) {
            ui::notice(&format!("{error:#}"));
        }
    }
}
