//! A file lock that says whom it waits for, and lets itself be interrupted.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::{interrupt, ui};

/// Held until dropped; the kernel releases it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else holds the lock.
    pub(crate) fn wait(path: &Path) -> anyhow::Result<Self> {
        let mut file = open(path)?;
        let mut announced = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Self::hold(file),
                Err(TryLockError::WouldBlock) if announced => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    file.rewind()?;
                    file.read_to_string(&mut holder)?;
                    ui::notice(&format!(
                        "waiting for process {}, which holds {}",
                        holder.trim(),
                        path.display()
                    ));
                    announced = true;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
            interrupt::pause(Duration::from_millis(100))?;
        }
    }

    /// The lock, unless somebody else holds it.
    pub(crate) fn try_now(path: &Path) -> anyhow::Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Self::hold(file).map(Some),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("cannot lock"),
        }
    }

    fn hold(mut file: File) -> anyhow::Result<Self> {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_held_lock_is_not_given_twice_and_a_dropped_one_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = Lock::try_now(&path).unwrap();
        assert!(held.is_some());
        assert!(Lock::try_now(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::try_now(&path).unwrap().is_some());
    }
}
