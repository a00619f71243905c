//! A target directory that begins with every third-party artefact of another one, so that only this repository's own
//! crates are compiled in it.

use std::path::Path;

use anyhow::Context;

/// Copies what is not of `ours` (crate names) from one profile directory to another, unless that was done before.
pub(super) fn seed(from: &Path, to: &Path, ours: &[String]) -> anyhow::Result<()> {
    let done = to.join("seeded");
    if done.exists() {
        return Ok(());
    }
    for part in ["deps", "build", ".fingerprint"] {
        let Ok(entries) = std::fs::read_dir(from.join(part)) else {
            continue;
        };
        let target = to.join(part);
        std::fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !is_ours(&name.to_string_lossy(), ours) {
                copy(&entry.path(), &target.join(&name))?;
            }
        }
    }
    std::fs::write(&done, "")?;
    Ok(())
}

/// `libbackend_api-0a1b….rlib`, `backend-api-0a1b…` and the like.
fn is_ours(name: &str, ours: &[String]) -> bool {
    let plain = name.replace('-', "_");
    ours.iter().any(|crate_name| {
        let crate_name = crate_name.replace('-', "_");
        [plain.as_str(), plain.strip_prefix("lib").unwrap_or_default()]
            .into_iter()
            .filter_map(|name| name.strip_prefix(crate_name.as_str())?.strip_prefix('_'))
            .any(is_hash)
    })
}

fn is_hash(rest: &str) -> bool {
    let hash = rest.split('.').next().unwrap_or_default();
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Files keep their times, by which cargo judges them.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let metadata = std::fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)?.flatten() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if !metadata.is_file() {
        return Ok(());
    }
    // A compiled library is never written again under its name, which has a hash; its copy is the same file.
    let is_library = from
        .extension()
        .is_some_and(|extension| ["rlib", "rmeta", "so"].iter().any(|known| extension == *known));
    if is_library && std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    let file = std::fs::File::options().write(true).open(to)?;
    file.set_modified(metadata.modified()?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_names_of_our_crates_with_a_hash_are_ours() {
        let ours = [
            "backend-api".to_owned(),
            "recurrence".to_owned(),
            "tests".to_owned(),
        ];
        for name in [
            "libbackend_api-0123456789abcdef.rlib",
            "backend_api-0123456789abcdef.d",
            "backend-api-0123456789abcdef",
            "recurrence-0123456789abcdef",
        ] {
            assert!(is_ours(name, &ours), "{name}");
        }
        for name in [
            "librecurrence_more-0123456789abcdef.rlib",
            "serde-0123456789abcdef",
            "libtests_x.rlib",
        ] {
            assert!(!is_ours(name, &ours), "{name}");
        }
    }
}
