//! Which versions of a schema cannot read each other, and because of which field. Pure.

use std::error::Error;

use apache_avro::Schema;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};

/// What a compatibility mode asks of two versions, an older and a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demands {
    newer_reads_older: bool,
    older_reads_newer: bool,
    transitive: bool,
}

impl Demands {
    /// The demands of a mode such as FULL_TRANSITIVE.
    pub(crate) fn of(mode: &str) -> Self {
        let full = mode.starts_with("FULL");
        Self {
            newer_reads_older: full || mode.starts_with("BACKWARD"),
            older_reads_newer: full || mode.starts_with("FORWARD"),
            transitive: mode.ends_with("_TRANSITIVE"),
        }
    }

    /// Why these versions, oldest first, do not go together; empty when they do.
    pub(crate) fn violations(self, versions: &[(String, &Schema)]) -> Vec<String> {
        let mut violations = Vec::new();
        for (index, newer) in versions.iter().enumerate() {
            let earliest = if self.transitive {
                0
            } else {
                index.saturating_sub(1)
            };
            for older in versions.iter().take(index).skip(earliest) {
                if self.newer_reads_older {
                    violations.extend(cannot_read(newer, older));
                }
                if self.older_reads_newer {
                    violations.extend(cannot_read(older, newer));
                }
            }
        }
        violations
    }
}

fn cannot_read(reader: &(String, &Schema), writer: &(String, &Schema)) -> Option<String> {
    let because = match SchemaCompatibility::can_read(writer.1, reader.1) {
        Ok(Compatibility::Full) => return None,
        Ok(Compatibility::Partial) => "only some of its values can be read".to_owned(),
        Err(error) => causes(&error),
    };
    Some(format!("{} cannot read {}: {because}", reader.0, writer.0))
}

/// The chain of causes, outermost field first.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &str) -> Schema {
        Schema::parse_str(&format!(
            r#"{{"type": "record", "name": "E", "fields": [{{"name": "a", "type": "string"}}{fields}]}}"#
        ))
        .unwrap()
    }

    fn violations(mode: &str, schemas: &[Schema]) -> Vec<String> {
        let names = (1..).map(|number| format!("v{number}"));
        let versions: Vec<(String, &Schema)> = names.zip(schemas).collect();
        Demands::of(mode).violations(&versions)
    }

    const OPTIONAL_BODY: &str = r#", {"name": "b", "default": null, "type":
        ["null", {"type": "record", "name": "B", "fields": [{"name": "c", "type": "string", "default": ""}]}]}"#;

    #[test]
    fn a_new_field_with_a_default_is_fine_in_every_mode() {
        let schemas = [record(""), record(OPTIONAL_BODY)];
        for mode in ["FULL_TRANSITIVE", "FULL", "BACKWARD", "FORWARD", "NONE"] {
            assert_eq!(violations(mode, &schemas), [""; 0], "{mode}");
        }
    }

    #[test]
    fn a_new_field_without_a_default_is_named() {
        let schemas = [record(""), record(r#", {"name": "b", "type": "string"}"#)];
        let found = violations("FULL_TRANSITIVE", &schemas);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("v2 cannot read v1") && found[0].contains("'b'"),
            "{found:?}"
        );
        assert!(violations("FORWARD", &schemas).is_empty());
    }

    #[test]
    fn another_type_is_named_in_both_directions() {
        let schemas = [
            record(r#", {"name": "b", "type": "long", "default": 0}"#),
            record(r#", {"name": "b", "type": "string", "default": ""}"#),
        ];
        let found = violations("FULL", &schemas);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found.iter().all(|violation| violation.contains("'b'")),
            "{found:?}"
        );
    }

    #[test]
    fn a_wider_type_is_readable_one_way_only() {
        let schemas = [
            record(r#", {"name": "b", "type": "int", "default": 0}"#),
            record(r#", {"name": "b", "type": "long", "default": 0}"#),
        ];
        assert!(violations("BACKWARD", &schemas).is_empty());
        assert_eq!(violations("FULL", &schemas).len(), 1);
    }

    #[test]
    fn an_option_that_is_no_longer_one_is_found() {
        let schemas = [
            record(r#", {"name": "b", "type": ["null", "string"], "default": null}"#),
            record(r#", {"name": "b", "type": "string", "default": ""}"#),
        ];
        assert!(!violations("FULL", &schemas).is_empty());
    }

    #[test]
    fn transitive_modes_look_back_to_the_first_version() {
        // v2 drops the field, v3 brings it back with another type: only v1 and v3 disagree.
        let schemas = [
            record(r#", {"name": "b", "type": "long", "default": 0}"#),
            record(""),
            record(r#", {"name": "b", "type": "string", "default": ""}"#),
        ];
        assert!(violations("FULL", &schemas).is_empty());
        let found = violations("FULL_TRANSITIVE", &schemas);
        assert!(
            found
                .iter()
                .any(|violation| violation.starts_with("v3 cannot read v1")),
            "{found:?}"
        );
    }
}
