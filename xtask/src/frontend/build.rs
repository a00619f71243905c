//! The front end as it runs: built when its sources have changed, and copied to where nothing replaces it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::{folder, install, npm};
use crate::stack::artifacts;
use crate::stack::lock::Lock;
use crate::workspace::Workspace;
use crate::{command, ui};

/// What was built last, and from which sources.
const BUILT: &str = ".next/taskwire-built";

/// Files of the front end that no build reads.
const NOT_BUILT: [&str; 4] = ["frontend/journeys/", "frontend/migrations/", ".md", ".test.ts"];

/// One tool of the front end works in its folder at a time.
pub(crate) fn lock(workspace: &Workspace) -> anyhow::Result<Lock> {
    std::fs::create_dir_all(&workspace.target)?;
    Lock::wait(&workspace.target.join("frontend.lock"))
}

/// Installs and builds it unless that was done from these very sources.
pub(crate) fn ensure(workspace: &Workspace) -> anyhow::Result<()> {
    let _lock = lock(workspace)?;
    install(workspace)?;
    let wanted = fingerprint(workspace)?;
    let mark = folder(workspace).join(BUILT);
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let start = Instant::now();
    ui::step("frontend", "building");
    let mut build = npm(workspace, &["run", "--silent", "build"]);
    command::expect_success(build.env("NODE_ENV", "production"))?;
    std::fs::write(&mark, wanted)?;
    ui::step("frontend", &format!("built ({})", ui::seconds(start.elapsed())));
    Ok(())
}

/// Copies what was built into `dir`, under a name that tells its sources, beside nothing older; its server's file.
pub(crate) fn copy(workspace: &Workspace, dir: &Path) -> anyhow::Result<PathBuf> {
    let _lock = lock(workspace)?;
    let built = folder(workspace).join(BUILT);
    let name = std::fs::read_to_string(&built).with_context(|| format!("no {}", built.display()))?;
    let place = dir.join(&name);
    let server = place.join("server.js");
    if server.is_file() {
        return Ok(server);
    }
    artifacts::remove(dir)?;
    let draft = dir.join("unfinished");
    std::fs::create_dir_all(dir)?;
    let sources = folder(workspace);
    copy_folder(&sources.join(".next/standalone"), &draft)?;
    // The standalone server serves them, and Next leaves copying them to us.
    copy_folder(&sources.join(".next/static"), &draft.join(".next/static"))?;
    if sources.join("public").is_dir() {
        copy_folder(&sources.join("public"), &draft.join("public"))?;
    }
    artifacts::publish(&draft, &place)?;
    Ok(server)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut copy = Command::new("cp");
    command::expect_success(copy.arg("-R").arg(from).arg(to))
}

/// Changes with everything that a build reads.
fn fingerprint(workspace: &Workspace) -> anyhow::Result<String> {
    let files = workspace.files()?;
    let sources = files.iter().map(String::as_str).filter(|path| is_built(path));
    fingerprint_of(workspace, sources)
}

fn is_built(path: &str) -> bool {
    path.starts_with("frontend/") && !NOT_BUILT.iter().any(|part| path.contains(part))
}

/// Changes with the content of these files.
pub(super) fn fingerprint_of<'a>(
    workspace: &Workspace,
    paths: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<String> {
    let mut all = Sha256::new();
    for path in paths {
        let content = std::fs::read(workspace.path(path)).with_context(|| format!("cannot read {path}"))?;
        all.update(path.as_bytes());
        all.update([0]);
        all.update(Sha256::digest(&content));
    }
    let digest = all.finalize();
    Ok(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_documents_are_no_reason_to_build() {
        for (path, expected) in [
            ("frontend/app/page.tsx", true),
            ("frontend/package-lock.json", true),
            ("frontend/live/queue.test.ts", false),
            ("frontend/journeys/sign-in.journey.ts", false),
            ("frontend/README.md", false),
            ("backend-api/src/main.rs", false),
        ] {
            assert_eq!(is_built(path), expected, "{path}");
        }
    }

    #[test]
    fn a_fingerprint_changes_with_name_and_content() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(dir.path());
        let of = |files: &[(&str, &str)]| {
            for (name, content) in files {
                std::fs::write(dir.path().join(name), content).unwrap();
            }
            fingerprint_of(&workspace, files.iter().map(|(name, _)| *name)).unwrap()
        };
        let first = of(&[("a", "1"), ("b", "2")]);
        assert_eq!(of(&[("a", "1"), ("b", "2")]), first);
        assert_ne!(of(&[("a", "2"), ("b", "2")]), first);
        assert_ne!(of(&[("b", "1"), ("a", "2")]), first);
        assert!(fingerprint_of(&workspace, ["absent"]).is_err());
    }

    #[test]
    fn what_was_built_is_copied_once_and_takes_the_place_of_an_older_one() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(dir.path());
        let build = |name: &str| {
            for path in ["standalone/server.js", "standalone/.next/x", "static/y"] {
                let path = dir.path().join("frontend/.next").join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, name).unwrap();
            }
            std::fs::write(dir.path().join("frontend").join(BUILT), name).unwrap();
            copy(&workspace, &dir.path().join("stack")).unwrap()
        };
        let first = build("one");
        assert!(first.with_file_name(".next").join("static/y").is_file());
        assert_eq!(build("one"), first);
        let second = build("two");
        assert!(second.is_file() && !first.exists());
    }
}
