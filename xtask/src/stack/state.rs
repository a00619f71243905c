//! Small facts a stack remembers, as JSON files that are replaced whole.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file written by [`write()`]; a missing or broken one counts as absent.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Replaces a file whole, so that a reader or a crash never sees half of it. Only its owner may read it.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write_private(path, &bytes)
}

pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| anyhow!("{} has no name", path.display()))?;
    let draft = path.with_file_name(format!("{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        std::fs::rename(&draft, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Passwords and ids that are made once per stack.
#[derive(Debug)]
pub(crate) struct Secrets {
    path: PathBuf,
    // Postgres and Kafka start on threads of their own and both ask here.
    values: Mutex<()>,
}

impl Secrets {
    pub(crate) fn open(path: PathBuf) -> Self {
        Self {
            path,
            values: Mutex::new(()),
        }
    }

    /// A secret of 128 random bits that needs no quoting in URLs and shells, the same on every call.
    pub(crate) fn get(&self, name: &str) -> anyhow::Result<String> {
        let _guard = self
            .values
            .lock()
            .map_err(|_| anyhow!("a thread died while it wrote secrets"))?;
        let mut values: BTreeMap<String, String> = read(&self.path).unwrap_or_default();
        if let Some(value) = values.get(name) {
            return Ok(value.clone());
        }
        let value = random_word();
        values.insert(name.to_owned(), value.clone());
        write(&self.path, &values)?;
        Ok(value)
    }
}

/// 22 characters of base64url that do not begin like an option.
fn random_word() -> String {
    loop {
        let word = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        if !word.starts_with('-') {
            return word;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_the_same_and_differs_from_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        let first = Secrets::open(path.clone()).get("a").unwrap();
        let again = Secrets::open(path);
        assert_eq!(again.get("a").unwrap(), first);
        assert_ne!(again.get("b").unwrap(), first);
        assert_eq!(first.len(), 22);
    }

    #[test]
    fn a_half_written_file_counts_as_absent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        std::fs::write(&path, "{\"a\": ").unwrap();
        assert_eq!(read::<BTreeMap<String, String>>(&path), None);
    }
}
