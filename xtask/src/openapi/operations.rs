//! Paths, operations, parameters, bodies and answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Node;
use super::schema;
use super::{Break, Direction};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Tells of each break with the operation that it breaks, such as `GET /v1/tasks`.
pub(super) fn compare(released: Node<'_>, now: Node<'_>, tell: &mut dyn FnMut(&str, Break)) {
    same(&released, &now, "webhooks", &mut |broken| {
        tell("webhooks", broken);
    });
    let (Some(old_paths), new_paths) = (released.get("paths"), now.get("paths")) else {
        return;
    };
    for (path, old_path) in old_paths.members() {
        let new_path = new_paths.as_ref().and_then(|paths| paths.get(path));
        for method in METHODS {
            let Some(old) = old_path.get(method) else { continue };
            let name = format!("{} {path}", method.to_uppercase());
            let mut tell = |broken| tell(&name, broken);
            match new_path.as_ref().and_then(|path| path.get(method)) {
                None => tell(gone(&old, "operation")),
                Some(new) => {
                    let mut compared = Operation { tell: &mut tell };
                    compared.parameters([&old_path, &old], [new_path.as_ref(), Some(&new)]);
                    compared.body(&old, &new);
                    compared.answers(&old, &new);
                    same(&old, &new, "callbacks", &mut *compared.tell);
                    compared.security([&released, &old], [&now, &new]);
                }
            }
        }
    }
}

/// What nobody compares may be added, and then stays as it is.
fn same(old: &Node<'_>, new: &Node<'_>, name: &str, tell: &mut dyn FnMut(Break)) {
    let before = old.value.get(name);
    if before.is_some() && before != new.value.get(name) {
        tell(Break {
            pointer: old.at(name),
            what: format!("{name} changed, which this check cannot judge"),
        });
    }
}

fn gone(old: &Node<'_>, what: &str) -> Break {
    Break {
        pointer: old.pointer.clone(),
        what: format!("the {what} is gone"),
    }
}

struct Operation<'a> {
    tell: &'a mut dyn FnMut(Break),
}

impl Operation<'_> {
    fn tell(&mut self, pointer: String, what: impl Into<String>) {
        let what = what.into();
        (self.tell)(Break { pointer, what });
    }

    /// Those of the path and those of the operation, which go before.
    fn parameters(&mut self, old: [&Node<'_>; 2], new: [Option<&Node<'_>>; 2]) {
        let old = parameters(old.into_iter());
        let new = parameters(new.into_iter().flatten());
        for (key, old) in &old {
            let Some(new) = new.get(key) else {
                (self.tell)(gone(old, &format!("{} parameter {}", key.0, key.1)));
                continue;
            };
            if new.is_true("required") && !old.is_true("required") {
                self.tell(
                    new.at("required"),
                    format!("the {} parameter {} became required", key.0, key.1),
                );
            }
            for name in ["style", "explode", "allowReserved"] {
                if old.value.get(name) != new.value.get(name) {
                    self.tell(new.at(name), format!("request: {name} is another"));
                }
            }
            self.content(old, new, Direction::Request);
            if let (Some(old), Some(new)) = (old.get("schema"), new.get("schema")) {
                schema::compare(&old, &new, Direction::Request, self.tell);
            }
        }
        for (key, new) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            if new.is_true("required") {
                self.tell(
                    new.pointer.clone(),
                    format!("the {} parameter {} is new and required", key.0, key.1),
                );
            }
        }
    }

    fn body(&mut self, old: &Node<'_>, new: &Node<'_>) {
        match (old.get("requestBody"), new.get("requestBody")) {
            (Some(old), None) => (self.tell)(gone(&old, "request body")),
            (None, Some(new)) if new.is_true("required") => {
                self.tell(new.pointer.clone(), "the request body is new and required");
            }
            (Some(old), Some(new)) => {
                if new.is_true("required") && !old.is_true("required") {
                    self.tell(new.at("required"), "the request body became required");
                }
                self.content(&old, &new, Direction::Request);
            }
            (None, _) => {}
        }
    }

    fn answers(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let Some(old) = old.get("responses") else { return };
        let new = new.get("responses");
        for (status, old) in old.members() {
            // A status may be there as one of its class, or of all.
            let class = status.get(..1).map(|first| format!("{first}XX"));
            let names = [Some(status), class.as_deref(), Some("default")];
            let mut found = names.into_iter().flatten();
            let Some(new) = found.find_map(|name| new.as_ref().and_then(|new| new.get(name))) else {
                (self.tell)(gone(&old, &format!("answer {status}")));
                continue;
            };
            self.content(&old, &new, Direction::Answer);
            self.headers(&old, &new);
        }
    }

    fn headers(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let new = headers(new);
        for (key, (name, old)) in headers(old) {
            let Some((_, new)) = new.get(&key) else {
                (self.tell)(gone(&old, &format!("answer's header {name}")));
                continue;
            };
            if old.is_true("required") && !new.is_true("required") {
                self.tell(
                    new.at("required"),
                    format!("the answer's header {name} may be absent"),
                );
            }
            if let (Some(old), Some(new)) = (old.get("schema"), new.get("schema")) {
                schema::compare(&old, &new, Direction::Answer, self.tell);
            }
        }
    }

    /// Media types and their schemas.
    fn content(&mut self, old: &Node<'_>, new: &Node<'_>, direction: Direction) {
        let Some(old) = old.get("content") else { return };
        let new = new.get("content");
        for (media, old) in old.members() {
            let Some(new) = new.as_ref().and_then(|new| new.get(media)) else {
                (self.tell)(gone(&old, &format!("media type {media}")));
                continue;
            };
            if let (Some(old), Some(new)) = (old.get("schema"), new.get("schema")) {
                schema::compare(&old, &new, direction, self.tell);
            }
        }
    }

    /// Whoever was let in is let in still; the operation's own goes before the document's.
    fn security(&mut self, old: [&Node<'_>; 2], new: [&Node<'_>; 2]) {
        let [old, new] = [old, new].map(|[document, operation]| {
            let own = operation.get("security");
            own.or_else(|| document.get("security"))
        });
        let ways = |node: &Option<Node<'_>>| -> Vec<Value> {
            let listed = node.iter().filter_map(|node| node.value.as_array());
            listed.flatten().cloned().collect()
        };
        let Some(node) = &new else { return };
        let (old, ways_now) = (ways(&old), ways(&new));
        // An empty list, or an empty way of it, lets everybody in.
        let everybody = |ways: &[Value]| ways.is_empty() || ways.contains(&Value::Object(Default::default()));
        if everybody(&ways_now) {
            return;
        }
        if everybody(&old) {
            self.tell(node.pointer.clone(), "it now needs authentication");
        }
        for way in old.iter().filter(|way| !ways_now.contains(way)) {
            self.tell(node.pointer.clone(), format!("{way} no longer lets anybody in"));
        }
    }
}

/// With their names as they are written, by their names without case.
fn headers<'a>(answer: &Node<'a>) -> BTreeMap<String, (&'a str, Node<'a>)> {
    let headers = answer.get("headers");
    let members = headers.iter().flat_map(Node::members);
    members
        .map(|(name, header)| (name.to_lowercase(), (name, header)))
        .collect()
}

/// By place and name; header names without their case.
fn parameters<'a, 'b: 'a>(
    places: impl Iterator<Item = &'a Node<'b>>,
) -> BTreeMap<(String, String), Node<'b>> {
    let lists = places.filter_map(|place| place.get("parameters"));
    let parameters = lists.flat_map(|list| list.items()).filter_map(|parameter| {
        let (place, name) = (parameter.text("in")?, parameter.text("name")?);
        let name = match place {
            "header" => name.to_lowercase(),
            _ => name.to_owned(),
        };
        Some(((place.to_owned(), name), parameter))
    });
    parameters.collect()
}
