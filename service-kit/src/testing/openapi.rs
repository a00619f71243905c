//! What OpenAPI 3.1 asks of a document and its types do not see to.

use std::collections::BTreeSet;

use serde_json::Value;

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
