//! `taskctl schemas` on a real registry.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::taskctl::{Run, provided, taskctl, unique};

const FIRST: &str = r#"{"type": "record", "name": "E", "fields": [{"name": "kind", "type": "string"}]}"#;
const WITH_DEFAULT: &str = r#"{"type": "record", "name": "E", "fields": [{"name": "kind", "type": "string"},
    {"name": "note", "type": ["null", "string"], "default": null}]}"#;
const WITHOUT_DEFAULT: &str = r#"{"type": "record", "name": "E", "fields": [{"name": "kind", "type": "string"},
    {"name": "note", "type": "string"}]}"#;

/// One declared subject of a name that no other test uses.
struct Declared {
    directory: TempDir,
    subject: String,
}

impl Declared {
    fn new() -> Self {
        let declared = Self {
            directory: tempfile::tempdir().unwrap(),
            subject: format!("t{}-value", unique()),
        };
        fs::create_dir(declared.directory.path().join(&declared.subject)).unwrap();
        let registry = format!(
            "subjects:\n  {}:\n    compatibility: FULL_TRANSITIVE\n",
            declared.subject
        );
        fs::write(declared.directory.path().join("registry.yaml"), registry).unwrap();
        declared.version(1, FIRST);
        declared
    }

    fn version(&self, number: u32, text: &str) {
        let path = self
            .directory
            .path()
            .join(&self.subject)
            .join(format!("v{number}.avsc"));
        fs::write(path, text).unwrap();
    }

    fn schemas(&self, command: &str) -> Run {
        let directory = self.directory.path();
        let registry_file = directory.join("registry.yaml");
        let arguments = [
            "schemas",
            command,
            "--json",
            "--dir",
            directory.to_str().unwrap(),
            "--registry-file",
            registry_file.to_str().unwrap(),
        ];
        taskctl(&arguments, &[("REGISTRY_URL", &provided("TEST_REGISTRY_URL"))])
    }
}

fn registered(run: &Run) -> serde_json::Value {
    run.json()["subjects"][0]["register"].clone()
}

fn incompatible(run: &Run) -> String {
    run.json()["subjects"][0]["incompatible"].to_string()
}

#[test]
fn a_subject_is_registered_once_with_its_compatibility() {
    let declared = Declared::new();
    let plan = declared.schemas("plan").expect_code(3);
    assert_eq!(registered(&plan), json!([1]));
    assert_eq!(
        plan.json()["subjects"][0]["compatibility"]["to"],
        "FULL_TRANSITIVE"
    );

    assert_eq!(registered(&declared.schemas("apply").expect_code(0)), json!([1]));
    declared.schemas("plan").expect_code(0);
    assert_eq!(registered(&declared.schemas("apply").expect_code(0)), json!([]));
}

#[test]
fn a_compatible_next_version_is_registered() {
    let declared = Declared::new();
    declared.schemas("apply").expect_code(0);
    declared.version(2, WITH_DEFAULT);
    assert_eq!(registered(&declared.schemas("plan").expect_code(3)), json!([2]));
    assert_eq!(registered(&declared.schemas("apply").expect_code(0)), json!([2]));
    declared.schemas("plan").expect_code(0);
}

#[test]
fn versions_of_a_new_registry_are_registered_in_order() {
    let declared = Declared::new();
    declared.version(2, WITH_DEFAULT);
    assert_eq!(
        registered(&declared.schemas("apply").expect_code(0)),
        json!([1, 2])
    );
    declared.schemas("plan").expect_code(0);
}

#[test]
fn an_incompatible_next_version_is_refused_with_its_field() {
    let declared = Declared::new();
    declared.schemas("apply").expect_code(0);
    declared.version(2, WITHOUT_DEFAULT);
    let plan = declared.schemas("plan").expect_code(3);
    assert!(
        incompatible(&plan).contains("v2 cannot read v1") && incompatible(&plan).contains("'note'"),
        "{plan:#?}"
    );
    declared.schemas("apply").expect_code(4);
    declared.schemas("check").expect_code(4);

    declared.version(2, WITH_DEFAULT);
    declared.schemas("check").expect_code(0);
    assert_eq!(
        registered(&declared.schemas("apply").expect_code(0)),
        json!([2]),
        "nothing was registered before"
    );
}

#[test]
fn a_version_of_a_later_release_is_left_alone_and_compared_with() {
    let declared = Declared::new();
    declared.version(2, WITH_DEFAULT);
    declared.schemas("apply").expect_code(0);
    fs::remove_file(declared.directory.path().join(&declared.subject).join("v2.avsc")).unwrap();
    let plan = declared.schemas("plan").expect_code(0);
    assert_eq!(plan.json()["subjects"][0]["undeclared"], json!([2]));

    declared.version(2, WITHOUT_DEFAULT);
    let plan = declared.schemas("plan").expect_code(3);
    assert!(
        incompatible(&plan).contains("the registry's version 2"),
        "{plan:#?}"
    );
}

#[test]
fn a_registry_that_does_not_answer_is_named_without_its_password() {
    let run = taskctl(
        &["schemas", "plan"],
        &[("REGISTRY_URL", "http://me:secret@127.0.0.1:1/x")],
    )
    .expect_code(1);
    assert!(
        run.stderr.contains("127.0.0.1:1/x") && !run.stderr.contains("secret"),
        "{run:#?}"
    );
}

#[test]
fn something_else_than_a_registry_is_recognised() {
    let mut url = provided("TEST_REGISTRY_URL");
    url.push_str("/somewhere/else");
    let run = taskctl(&["schemas", "plan"], &[("REGISTRY_URL", &url)]).expect_code(1);
    assert!(run.stderr.contains("404"), "{run:#?}");
}
