//! The descriptions of the APIs: the copy in the repository is fresh, and what OpenAPI 3.1 asks of a document beyond its
//! types.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use utoipa::openapi::OpenApi;

const FILE: &str = "openapi.json";
/// Set, the tests write the copies instead of comparing them.
const UPDATE: &str = "UPDATE_OPENAPI";

/// Compares a service's document with the copy in its folder, and returns what the copy says.
///
/// Clients, and the types of the front end, are made from the copy.
#[must_use]
pub fn expect_kept_openapi(folder: &str, document: &OpenApi) -> Value {
    let path = Path::new(folder).join(FILE);
    let fresh = document.to_pretty_json().expect("it has a text") + "\n";
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no command line of their own"
    )]
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &fresh).expect("the copy can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "{} is stale: run these tests with {UPDATE}=1, read the difference, and run `npm run api` in frontend/",
        path.display()
    );
    serde_json::from_str(&kept).expect("it is JSON")
}

/// Each response has a description, each operation a name of its own, each path its parameters, each reference an end.
pub fn expect_valid_openapi(document: &Value) {
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect(path) {
            let place = format!("{method} {path}");
            let name = operation["operationId"].as_str().expect(&place);
            assert!(names.insert(name), "{place}: {name} names another operation too");
            for (status, response) in operation["responses"].as_object().expect(&place) {
                assert!(
                    response["description"].is_string(),
                    "{place}: {status} has no description"
                );
            }
            let in_path = |parameter: &&Value| parameter["in"] == "path";
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            assert_eq!(
                parameters.filter(in_path).count(),
                path.matches('{').count(),
                "{place}"
            );
        }
    }
    expect_references(document, document);
}

fn expect_references(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            members
                .values()
                .for_each(|member| expect_references(document, member));
        }
        Value::Array(items) => items.iter().for_each(|item| expect_references(document, item)),
        _ => {}
    }
}
