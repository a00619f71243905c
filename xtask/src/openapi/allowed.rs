//! The breaking changes since the last release that are meant, each with its reason.

use serde::Deserialize;

use super::Break;
use crate::workspace::Workspace;

pub(super) const FILE: &str = "docs/api-breaks.yaml";

/// Stays when the list is emptied.
const HEADER: &str = "\
# Breaking changes of the APIs since the last release that are meant, each with its reason. `cargo xtask check openapi`
# prints the entries that are missing, and fails for one that allows nothing any more; `--accept`, at a release, makes
# the documents of today those of the last release and empties the list.
";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    service: String,
    pointer: String,
    /// As it is printed, so that a further change at the same place needs an entry of its own.
    what: String,
    reason: String,
}

#[derive(Debug)]
pub(super) struct Allowed {
    /// With whether it allowed something.
    entries: Vec<(Entry, bool)>,
}

impl Allowed {
    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let file = workspace.path(FILE);
        if !file.is_file() {
            return Self::parse("");
        }
        Self::parse(&std::fs::read_to_string(file)?)
    }

    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let entries: Option<Vec<Entry>> = serde_yaml_ng::from_str(text)?;
        let entries = entries.unwrap_or_default().into_iter();
        Ok(Self {
            entries: entries.map(|entry| (entry, false)).collect(),
        })
    }

    pub(super) fn allows(&mut self, service: &str, broken: &Break) -> bool {
        let mut allowed = false;
        for (entry, used) in &mut self.entries {
            if entry.service == service && entry.pointer == broken.pointer && entry.what == broken.what {
                *used = true;
                allowed = true;
            }
        }
        allowed
    }

    /// What is wrong with the list itself, once everything was asked.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.entries.iter().filter(|(_, used)| !used);
        let unused = unused.map(|(entry, _)| {
            let Entry { service, pointer, .. } = entry;
            format!("{FILE}: the entry of {service} {pointer} allows nothing that is there: remove it")
        });
        let silent = self
            .entries
            .iter()
            .filter(|(entry, _)| entry.reason.trim().is_empty());
        let silent = silent.map(|(entry, _)| {
            let Entry { service, pointer, .. } = entry;
            format!("{FILE}: the entry of {service} {pointer} has no reason")
        });
        unused.chain(silent).collect()
    }
}

/// An entry to be filled in.
pub(super) fn entry(service: &str, broken: &Break) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    format!(
        "- service: {service}\n  pointer: {}\n  what: {}\n  reason: \n",
        quoted(&broken.pointer),
        quoted(&broken.what)
    )
}

/// Nothing is allowed any more.
pub(super) fn clear(workspace: &Workspace) -> anyhow::Result<()> {
    Ok(std::fs::write(workspace.path(FILE), HEADER)?)
}
