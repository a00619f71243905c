//! The declaring files: those this binary was built with, or those of a directory.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::ending::BadConfiguration;

/// What `redpanda/` and `schemas/` held when this binary was built.
pub(crate) mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// A file's name, as messages say it, and its text.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The files of `directory` that end in `.extension`, sorted; without a directory, the embedded ones.
pub(crate) fn read(
    directory: Option<&Path>,
    extension: &str,
    embedded: &[(&str, &str)],
) -> anyhow::Result<Vec<File>> {
    let Some(directory) = directory else {
        return Ok(embedded
            .iter()
            .map(|&(name, text)| File {
                name: name.into(),
                text: text.into(),
            })
            .collect());
    };
    let mut found = Vec::new();
    for path in list(directory)? {
        if path.extension().is_some_and(|found| found == extension) {
            found.push(read_one(&path)?);
        }
    }
    if found.is_empty() {
        let message = format!("{} holds no .{extension} file", directory.display());
        return Err(BadConfiguration(message).into());
    }
    Ok(found)
}

/// The sorted entries of a directory.
pub(crate) fn list(directory: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(directory).map_err(|error| {
        BadConfiguration(format!(
            "cannot read the directory {}: {error}",
            directory.display()
        ))
    })?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// One file, named by its path.
pub(crate) fn read_one(path: &Path) -> anyhow::Result<File> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(File {
        name: path.display().to_string(),
        text,
    })
}
