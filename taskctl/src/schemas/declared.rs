//! The declared subjects: their versions and their compatibility.

use std::collections::BTreeMap;
use std::path::Path;

use apache_avro::Schema;
use serde::Deserialize;

use crate::ending::BadConfiguration;
use crate::files::{self, File, embedded};

/// A subject with every version there ever was, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) compatibility: String,
    pub(crate) versions: Vec<Version>,
}

/// One published version. Its text is registered as it stands: registries tell versions apart by their text.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) text: String,
    pub(crate) schema: Schema,
}

/// Reads the subjects of a directory and a registry file, or the built-in ones.
pub(crate) fn read(directory: Option<&Path>, registry_file: Option<&Path>) -> anyhow::Result<Vec<Subject>> {
    let modes = modes(registry_file)?;
    let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for (subject, file) in schema_files(directory)? {
        versions.entry(subject).or_default().push(parse(&file)?);
    }
    subjects(versions, modes).map_err(Into::into)
}

fn subjects(
    mut versions: BTreeMap<String, Vec<Version>>,
    modes: BTreeMap<String, Mode>,
) -> Result<Vec<Subject>, BadConfiguration> {
    let mut subjects = Vec::new();
    for (name, mode) in modes {
        let mut versions = versions.remove(&name).unwrap_or_default();
        versions.sort_by_key(|version| version.number);
        let complete = versions
            .iter()
            .zip(1u32..)
            .all(|(version, number)| version.number == number);
        if versions.is_empty() || !complete {
            return Err(BadConfiguration(format!(
                "schemas/{name} needs v1.avsc, v2.avsc, … without a gap"
            )));
        }
        subjects.push(Subject {
            name,
            compatibility: mode.compatibility,
            versions,
        });
    }
    match versions.keys().next() {
        Some(stray) => Err(BadConfiguration(format!(
            "registry.yaml names no compatibility for schemas/{stray}"
        ))),
        None => Ok(subjects),
    }
}

fn parse(file: &File) -> Result<Version, BadConfiguration> {
    let bad = |what: String| BadConfiguration(format!("{}: {what}", file.name));
    let stem = Path::new(&file.name)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let number = stem
        .as_deref()
        .and_then(|stem| stem.strip_prefix('v'))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| bad("a schema file is named v<N>.avsc".to_owned()))?;
    let schema = Schema::parse_str(&file.text).map_err(|error| bad(error.to_string()))?;
    Ok(Version {
        number,
        text: file.text.clone(),
        schema,
    })
}

/// Pairs of subject and file.
fn schema_files(directory: Option<&Path>) -> anyhow::Result<Vec<(String, File)>> {
    let Some(directory) = directory else {
        let with_subject = |file: File| (file.name.split('/').next().unwrap_or_default().to_owned(), file);
        return Ok(files::read(None, "avsc", embedded::SCHEMAS)?
            .into_iter()
            .map(with_subject)
            .collect());
    };
    let mut found = Vec::new();
    for path in files::list(directory)?.into_iter().filter(|path| path.is_dir()) {
        let subject = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        found.extend(
            files::read(Some(&path), "avsc", &[])?
                .into_iter()
                .map(|file| (subject.clone(), file)),
        );
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryFile {
    subjects: BTreeMap<String, Mode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mode {
    compatibility: String,
}

const MODES: [&str; 7] = [
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
];

fn modes(registry_file: Option<&Path>) -> anyhow::Result<BTreeMap<String, Mode>> {
    let file = match registry_file {
        Some(path) => files::read_one(path).map_err(|error| BadConfiguration(format!("{error:#}")))?,
        None => files::read(None, "yaml", embedded::REGISTRY)?
            .pop()
            .ok_or_else(|| {
                BadConfiguration("this taskctl was built without redpanda/registry.yaml".to_owned())
            })?,
    };
    let bad = |what: String| BadConfiguration(format!("{}: {what}", file.name));
    let parsed: RegistryFile = serde_yaml_ng::from_str(&file.text).map_err(|error| bad(error.to_string()))?;
    for (subject, mode) in &parsed.subjects {
        if !MODES.contains(&mode.compatibility.as_str()) {
            return Err(bad(format!(
                "{subject}: {} is none of {}",
                mode.compatibility,
                MODES.join(", ")
            ))
            .into());
        }
    }
    Ok(parsed.subjects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> Version {
        Version {
            number,
            text: r#""string""#.to_owned(),
            schema: Schema::String,
        }
    }

    fn mode() -> Mode {
        Mode {
            compatibility: "FULL_TRANSITIVE".to_owned(),
        }
    }

    #[test]
    fn every_subject_of_the_registry_file_has_its_versions() {
        let subjects = read(None, None).unwrap();
        assert!(!subjects.is_empty());
        for subject in subjects {
            assert_eq!(subject.versions[0].number, 1, "{}", subject.name);
            assert_eq!(subject.compatibility, "FULL_TRANSITIVE", "{}", subject.name);
        }
    }

    #[test]
    fn a_gap_between_versions_is_named() {
        let versions = BTreeMap::from([("a-value".to_owned(), vec![version(3), version(1)])]);
        let error = subjects(versions, BTreeMap::from([("a-value".to_owned(), mode())])).unwrap_err();
        assert!(error.to_string().contains("schemas/a-value"), "{error}");
    }

    #[test]
    fn a_subject_without_compatibility_is_named() {
        let versions = BTreeMap::from([("a-value".to_owned(), vec![version(1)])]);
        let error = subjects(versions, BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("schemas/a-value"), "{error}");
    }
}
