//! An OpenAPI document, and places in it.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::{Map, Value};

/// Deeper `$ref`s in `allOf` go round in a circle.
const DEPTH: usize = 32;

/// What says nothing about which values fit.
pub(super) const ANNOTATIONS: [&str; 11] = [
    "$comment",
    "$ref",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// With every `allOf` merged, and whatever stands beside a `$ref`.
#[derive(Debug)]
pub(super) struct Document(Value);

impl Document {
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        Self::of(serde_json::from_str(text).context("not JSON")?)
    }

    pub(super) fn of(document: Value) -> anyhow::Result<Self> {
        let version = document.get("openapi").and_then(Value::as_str);
        let version = version.context("`openapi` is not there")?;
        ensure!(version.starts_with("3.1."), "it is OpenAPI {version}, not 3.1");
        let mut merged = document.clone();
        merge_below(&mut merged, &document, 0)?;
        Ok(Self(merged))
    }

    pub(super) fn root(&self) -> Node<'_> {
        Node {
            document: &self.0,
            pointer: String::new(),
            place: String::new(),
            value: &self.0,
        }
    }
}

fn merge_below(value: &mut Value, document: &Value, depth: usize) -> anyhow::Result<()> {
    ensure!(depth < 4 * DEPTH, "it goes too deep");
    match value {
        Value::Object(object) => {
            if needs_merging(object) {
                *object = merged(object, document, 0)?;
            }
            for below in object.values_mut() {
                merge_below(below, document, depth + 1)?;
            }
        }
        Value::Array(items) => {
            for below in items {
                merge_below(below, document, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn needs_merging(object: &Map<String, Value>) -> bool {
    let restricts = |name: &String| !ANNOTATIONS.contains(&name.as_str());
    let reference = object.get("$ref").is_some_and(Value::is_string);
    object.get("allOf").is_some_and(Value::is_array) || (reference && object.keys().any(restricts))
}

/// One schema in the place of several that all hold.
fn merged(object: &Map<String, Value>, document: &Value, depth: usize) -> anyhow::Result<Map<String, Value>> {
    ensure!(depth < DEPTH, "an `allOf` holds itself");
    let mut whole = object.clone();
    let mut parts = Vec::new();
    if let Some(Value::String(reference)) = whole.remove("$ref") {
        parts.push(target(document, &reference)?.clone());
    }
    if let Some(Value::Array(several)) = whole.remove("allOf") {
        parts.extend(several);
    }
    for part in parts {
        let Value::Object(mut part) = part else { continue };
        if needs_merging(&part) || part.contains_key("$ref") {
            part = merged(&part, document, depth + 1)?;
        }
        for (name, value) in part {
            match (whole.get_mut(&name), value) {
                (Some(Value::Object(into)), Value::Object(more)) if name == "properties" => into.extend(more),
                (Some(Value::Array(into)), Value::Array(more)) if name == "required" => into.extend(more),
                (Some(_), _) => {}
                (None, value) => {
                    whole.insert(name, value);
                }
            }
        }
    }
    Ok(whole)
}

fn target<'a>(document: &'a Value, reference: &str) -> anyhow::Result<&'a Value> {
    let pointer = reference.strip_prefix('#');
    let found = pointer.and_then(|pointer| document.pointer(pointer));
    found.with_context(|| format!("{reference} is not in the document"))
}

/// A value in a document, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    document: &'a Value,
    /// Of what a `$ref` leads to, where there is one.
    pub(super) pointer: String,
    /// Of the `$ref` itself.
    pub(super) place: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    /// What it has under a name; a `$ref` there is followed.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name)?;
        Some(self.below(name, value).resolved())
    }

    pub(super) fn members(&self) -> BTreeMap<&'a str, Self> {
        let members = self.value.as_object().into_iter().flatten();
        members
            .map(|(name, value)| (name.as_str(), self.below(name, value).resolved()))
            .collect()
    }

    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items
            .map(|(place, value)| self.below(&place.to_string(), value).resolved())
            .collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    /// The pointer of something below, which need not be there.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    fn below(&self, name: &str, value: &'a Value) -> Self {
        Self {
            document: self.document,
            pointer: self.at(name),
            place: self.at(name),
            value,
        }
    }

    fn resolved(self) -> Self {
        let mut node = self;
        // As many as a sane document has behind one another.
        for _ in 0..DEPTH {
            let Some(reference) = node.text("$ref") else {
                return node;
            };
            let Ok(value) = target(node.document, reference) else {
                return node;
            };
            node.pointer = reference.trim_start_matches('#').to_owned();
            node.value = value;
        }
        node
    }
}
