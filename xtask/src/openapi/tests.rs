//! One small document, and what each change of it breaks.

mod schemas;

use serde_json::{Value, json};

use super::allowed::Allowed;
use super::document::Document;
use super::{Break, Breaks, compare};

/// Two operations: `Item` is what is sent, `Answer` what comes back.
fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query",
                     "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
                    {"name": "status", "in": "query", "schema": {"type": "string", "pattern": "^(open|done)$"}},
                    {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {"200": {
                    "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
                }, "404": {"description": "no"}},
            },
            "put": {
                "requestBody": {"content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                    "text/csv": {"schema": {"type": "string"}},
                }},
                "responses": {"204": {"description": "done"}},
            },
        }},
        "components": {"schemas": {
            "Item": {
                "type": "object",
                "required": ["title"],
                "additionalProperties": false,
                "properties": {
                    "title": {"type": "string", "minLength": 1, "maxLength": 500},
                    "note": {"type": ["string", "null"]},
                    "tags": {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "uuid"}},
                    "priority": {"type": "string", "enum": ["low", "high"]},
                    "size": {"type": "number", "minimum": 0},
                    "due": {"oneOf": [{"$ref": "#/components/schemas/Moment"}, {"type": "null"}]},
                },
            },
            "Moment": {"type": "object", "properties": {"zone": {"type": "string"}}},
            "Answer": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["open", "done"]},
                    "count": {"type": "integer", "minimum": 0},
                    "next": {"$ref": "#/components/schemas/Answer"},
                },
            },
        }},
    })
}

fn broken_by(change: impl FnOnce(&mut Value)) -> Breaks {
    let mut changed = document();
    change(&mut changed);
    let read = |document: Value| Document::of(document).unwrap();
    compare(&read(document()), &read(changed))
}

/// The change breaks exactly this, and the operation that it names.
#[track_caller]
fn breaks(change: impl FnOnce(&mut Value), operation: &str, pointer: &str, what: &str) {
    let broken = Break {
        pointer: pointer.to_owned(),
        what: what.to_owned(),
    };
    let expected = Breaks::from([(broken, [operation.to_owned()].into())]);
    assert_eq!(broken_by(change), expected);
}

#[track_caller]
fn breaks_nothing(change: impl FnOnce(&mut Value)) {
    assert_eq!(broken_by(change), Breaks::new());
}

const GET: &str = "GET /a/{id}";
const PUT: &str = "PUT /a/{id}";
const PATH: &str = "/paths/~1a~1{id}";

/// Puts a value where the pointer says, or takes away what is there.
fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(object), Some(value)) => {
            object.insert(name.replace("~1", "/"), value);
        }
        (Value::Object(object), None) => {
            object.remove(&name.replace("~1", "/")).unwrap();
        }
        (Value::Array(items), Some(value)) if name == "-" => items.push(value),
        (Value::Array(items), None) => {
            items.remove(name.parse().unwrap());
        }
        (other, _) => panic!("{other}"),
    }
}

fn at(pointer: &str, value: Value) -> impl FnOnce(&mut Value) {
    move |document| set(document, pointer, Some(value))
}

fn without(pointer: &str) -> impl FnOnce(&mut Value) {
    move |document| set(document, pointer, None)
}

#[test]
fn the_same_document_breaks_nothing() {
    breaks_nothing(|_| {});
}

#[test]
fn a_path_that_is_gone_takes_its_operations() {
    let broken = broken_by(without("/paths/~1a~1{id}"));
    let whats: Vec<_> = broken
        .iter()
        .map(|(broken, at)| (&*broken.what, at.first().unwrap().as_str()))
        .collect();
    assert_eq!(
        whats,
        [("the operation is gone", GET), ("the operation is gone", PUT)]
    );
}

#[test]
fn an_operation_that_is_gone() {
    let pointer = format!("{PATH}/put");
    breaks(without(&pointer), PUT, &pointer, "the operation is gone");
}

#[test]
fn a_parameter_that_is_gone() {
    let pointer = format!("{PATH}/get/parameters/1");
    breaks(
        without(&pointer),
        GET,
        &pointer,
        "the query parameter status is gone",
    );
}

#[test]
fn a_new_required_parameter() {
    let added = json!({"name": "key", "in": "header", "required": true, "schema": {"type": "string"}});
    breaks(
        at(&format!("{PATH}/get/parameters/-"), added),
        GET,
        &format!("{PATH}/get/parameters/3"),
        "the header parameter key is new and required",
    );
    breaks_nothing(at(
        &format!("{PATH}/get/parameters/-"),
        json!({"name": "key", "in": "header", "schema": {"type": "string"}}),
    ));
}

#[test]
fn a_parameter_that_became_required() {
    breaks(
        at(&format!("{PATH}/get/parameters/2/required"), json!(true)),
        GET,
        &format!("{PATH}/get/parameters/2/required"),
        "the header parameter if-match became required",
    );
}

#[test]
fn the_name_of_a_header_has_no_case() {
    breaks_nothing(at(&format!("{PATH}/get/parameters/2/name"), json!("if-match")));
    breaks_nothing(|document| {
        let headers = format!("{PATH}/get/responses/200/headers");
        let etag = document.pointer(&headers).unwrap()["ETag"].clone();
        set(document, &headers, Some(json!({"etag": etag})));
    });
}

#[test]
fn bounds_of_a_parameter() {
    let maximum = format!("{PATH}/get/parameters/0/schema/maximum");
    breaks(
        at(&maximum, json!(100)),
        GET,
        &maximum,
        "request: maximum is 100, was 200",
    );
    breaks_nothing(at(&maximum, json!(500)));
    breaks_nothing(without(&maximum));
    let above = format!("{PATH}/get/parameters/0/schema/exclusiveMinimum");
    breaks(
        at(&above, json!(1)),
        GET,
        &above,
        "request: exclusiveMinimum is 1, was absent",
    );
    breaks_nothing(at(&above, json!(0)));
}

#[test]
fn another_default() {
    let default = format!("{PATH}/get/parameters/0/schema/default");
    breaks(
        at(&default, json!(20)),
        GET,
        &default,
        "request: default is 20, was 50",
    );
}

#[test]
fn a_pattern_of_words_lists_them() {
    let schema = format!("{PATH}/get/parameters/1/schema");
    let pattern = format!("{schema}/pattern");
    breaks(
        at(&pattern, json!("^(open)$")),
        GET,
        &pattern,
        "request: pattern is \"^(open)$\", was \"^(open|done)$\"",
    );
    breaks_nothing(at(&pattern, json!("^(skipped|done|open)$")));
    breaks_nothing(at(
        &schema,
        json!({"type": "string", "enum": ["open", "done", "skipped"]}),
    ));
    // Whether this is wider, nobody can tell.
    breaks(
        at(&pattern, json!("^[a-z]+$")),
        GET,
        &pattern,
        "request: pattern is \"^[a-z]+$\", was \"^(open|done)$\"",
    );
}

#[test]
fn a_body_that_is_required_or_gone() {
    let body = format!("{PATH}/put/requestBody");
    breaks(without(&body), PUT, &body, "the request body is gone");
    breaks(
        at(&format!("{body}/required"), json!(true)),
        PUT,
        &format!("{body}/required"),
        "the request body became required",
    );
}

#[test]
fn a_media_type_that_is_gone() {
    let csv = format!("{PATH}/put/requestBody/content/text~1csv");
    breaks(without(&csv), PUT, &csv, "the media type text/csv is gone");
    let json = format!("{PATH}/get/responses/200/content/application~1json");
    breaks(
        without(&json),
        GET,
        &json,
        "the media type application/json is gone",
    );
}

#[test]
fn an_answer_that_is_gone() {
    let missing = format!("{PATH}/get/responses/404");
    breaks(without(&missing), GET, &missing, "the answer 404 is gone");
    breaks_nothing(|document| {
        set(document, &missing, None);
        set(
            document,
            &format!("{PATH}/get/responses/4XX"),
            Some(json!({"description": "no"})),
        );
    });
}

#[test]
fn a_header_of_an_answer() {
    let header = format!("{PATH}/get/responses/200/headers/ETag");
    breaks(without(&header), GET, &header, "the answer's header ETag is gone");
    breaks(
        at(&format!("{header}/required"), json!(false)),
        GET,
        &format!("{header}/required"),
        "the answer's header ETag may be absent",
    );
}

#[test]
fn authentication_that_is_needed_now() {
    let security = format!("{PATH}/get/security");
    breaks(
        at(&security, json!([{"bearer": []}])),
        GET,
        &security,
        "it now needs authentication",
    );
}

#[test]
fn webhooks_and_callbacks_stay_as_they_are() {
    let read = |document| Document::of(document).unwrap();
    let mut old = document();
    set(&mut old, "/webhooks", Some(json!({"fired": {}})));
    set(
        &mut old,
        &format!("{PATH}/put/callbacks"),
        Some(json!({"done": {}})),
    );
    assert_eq!(compare(&read(old.clone()), &read(old.clone())), Breaks::new());
    assert_eq!(compare(&read(document()), &read(old.clone())), Breaks::new());
    let broken = compare(&read(old), &read(document()));
    let pointers: Vec<_> = broken.keys().map(|broken| broken.pointer.as_str()).collect();
    assert_eq!(pointers, [&format!("{PATH}/put/callbacks"), "/webhooks"]);
}

#[test]
fn only_what_is_listed_is_allowed_and_everything_listed_is_needed() {
    let broken = |what: &str| Break {
        pointer: "/a".to_owned(),
        what: what.to_owned(),
    };
    let entry = super::allowed::entry("s", &broken("request: it's 1, was \"2\""));
    let list = entry.replace("reason: ", "reason: it was never used");
    let mut allowed = Allowed::parse(&list).unwrap();
    assert_eq!(allowed.unused().len(), 1);
    assert!(!allowed.allows("s", &broken("request: it's 0, was \"2\"")));
    assert!(!allowed.allows("other", &broken("request: it's 1, was \"2\"")));
    assert!(allowed.allows("s", &broken("request: it's 1, was \"2\"")));
    assert_eq!(allowed.unused(), [""; 0]);
    let mut silent = Allowed::parse(&entry).unwrap();
    assert!(silent.allows("s", &broken("request: it's 1, was \"2\"")));
    assert!(silent.unused().concat().contains("has no reason"));
    assert_eq!(Allowed::parse("# nothing\n").unwrap().unused(), [""; 0]);
}

#[test]
fn other_versions_and_broken_references_are_refused() {
    let refused = |text: &str| Document::read(text).unwrap_err().to_string();
    assert!(refused(r#"{"openapi": "3.0.3"}"#).contains("not 3.1"));
    let text =
        r##"{"openapi": "3.1.0", "components": {"schemas": {"A": {"allOf": [{"$ref": "#/nowhere"}]}}}}"##;
    assert!(refused(text).contains("#/nowhere"));
}
