//! Breaking changes of the APIs: each service's `openapi.json` against the document of the last release beside it,
//! `openapi.released.json`. A copy instead of a tag, since a shallow clone has no tags.

mod allowed;
mod document;
mod operations;
mod schema;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};

use self::allowed::Allowed;
use self::document::Document;
use crate::ui;
use crate::workspace::Workspace;

const SNAPSHOT: &str = "/openapi.json";
const RELEASED: &str = "/openapi.released.json";

/// Operations that are named for each break.
const SHOWN: usize = 4;

/// Which way a schema's values go: what breaks the one is harmless to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Request,
    Answer,
}

/// One thing that a client of the last release would stumble over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Break {
    /// Into the new document, or into the released one when it is about something that is gone.
    pointer: String,
    what: String,
}

/// Each with the operations that it breaks.
type Breaks = BTreeMap<Break, BTreeSet<String>>;

/// Fails when a document breaks what the last release promised and `docs/api-breaks.yaml` does not allow it.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let mut allowed = Allowed::read(workspace)?;
    let (mut findings, mut not_allowed) = (Vec::new(), Vec::new());
    for service in services(workspace)? {
        let released = read(workspace, &service, RELEASED)?;
        let (Some(released), Some(now)) = (released, read(workspace, &service, SNAPSHOT)?) else {
            findings.push(format!(
                "{service}: there is only one of its documents openapi.json and openapi.released.json; \
                 `cargo xtask check openapi --accept` makes the second the first"
            ));
            continue;
        };
        for (broken, operations) in compare(&released, &now) {
            if allowed.allows(&service, &broken) {
                continue;
            }
            findings.push(format!(
                "{service} {}: {} ({})",
                broken.pointer,
                broken.what,
                some(&operations)
            ));
            not_allowed.push(allowed::entry(&service, &broken));
        }
    }
    findings.extend(allowed.unused());
    for finding in &findings {
        ui::failure(finding);
    }
    if !not_allowed.is_empty() {
        let entries = not_allowed.concat();
        ui::notice(&format!(
            "what is meant is listed in {} with its reason:\n{entries}",
            allowed::FILE
        ));
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("one finding"),
        count => bail!("{count} findings"),
    }
}

/// The first few names, and how many more there are.
fn some(names: &BTreeSet<String>) -> String {
    let first: Vec<&str> = names.iter().map(String::as_str).take(SHOWN).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Makes every document that of the last release, and empties the list of what was allowed since.
pub(crate) fn accept(workspace: &Workspace) -> anyhow::Result<()> {
    for service in services(workspace)? {
        let (from, to) = (format!("{service}{SNAPSHOT}"), format!("{service}{RELEASED}"));
        if workspace.path(&from).is_file() {
            std::fs::copy(workspace.path(&from), workspace.path(&to))
                .with_context(|| format!("cannot write {to}"))?;
            ui::step("openapi", &format!("{to} is {from}"));
        } else {
            std::fs::remove_file(workspace.path(&to))?;
            ui::step("openapi", &format!("{to} is gone, as {from} is"));
        }
    }
    allowed::clear(workspace)
}

/// Every folder that has one of the two documents.
fn services(workspace: &Workspace) -> anyhow::Result<BTreeSet<String>> {
    let files = workspace.files()?;
    let folders = files
        .iter()
        .filter_map(|path| path.strip_suffix(SNAPSHOT).or(path.strip_suffix(RELEASED)));
    Ok(folders
        .filter(|folder| !folder.contains('/'))
        .map(str::to_owned)
        .collect())
}

fn read(workspace: &Workspace, service: &str, file: &str) -> anyhow::Result<Option<Document>> {
    let path = format!("{service}{file}");
    if !workspace.path(&path).is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(workspace.path(&path))?;
    Document::read(&text)
        .map(Some)
        .with_context(|| format!("{path} cannot be compared"))
}

fn compare(released: &Document, now: &Document) -> Breaks {
    let mut breaks = Breaks::new();
    operations::compare(released.root(), now.root(), &mut |operation, broken| {
        breaks.entry(broken).or_default().insert(operation.to_owned());
    });
    breaks
}
