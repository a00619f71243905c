//! Two versions of a schema: whether what was sent is still accepted, and what comes was to be expected.
//!
//! A request breaks where a value of the old schema does not fit the new one; an answer breaks where a value of the new
//! one does not fit the old one. So one comparison does both: does each value of `narrow` fit `wide`?

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::{ANNOTATIONS, Node};
use super::values::{self, Bound};
use super::{Break, Direction};

/// Formats that name what a text had to be anyhow; they make no value unfit that fitted.
const NAMES: [&str; 4] = ["zone", "rrule", "cursor", "etag"];

/// Keywords that are compared; others that restrict have to stay as they are.
const COMPARED: [&str; 26] = [
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "discriminator",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// Tells of everything in which the new schema breaks what the old one promised.
pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, direction: Direction, tell: &mut dyn FnMut(Break)) {
    let mut comparison = Comparison {
        direction,
        seen: BTreeSet::new(),
        tell,
    };
    comparison.whole(old, new);
}

struct Comparison<'a> {
    direction: Direction,
    /// Pairs of pointers: schemas can hold themselves.
    seen: BTreeSet<(String, String)>,
    tell: &'a mut dyn FnMut(Break),
}

impl Comparison<'_> {
    fn tell(&mut self, pointer: String, what: impl std::fmt::Display) {
        let side = match self.direction {
            Direction::Request => "request",
            Direction::Answer => "answer",
        };
        let what = format!("{side}: {what}");
        (self.tell)(Break { pointer, what });
    }

    /// A value changed, and not for the better.
    fn tell_changed(&mut self, old: &Node<'_>, new: &Node<'_>, keyword: &str) {
        let shown = |node: &Node<'_>| match node.value.get(keyword) {
            Some(value) => value.to_string(),
            None => "absent".to_owned(),
        };
        let what = format!("{keyword} is {}, was {}", shown(new), shown(old));
        self.tell(new.at(keyword), what);
    }

    /// Whose values must fit, and what they must fit.
    fn sides<T>(&self, old: T, new: T) -> (T, T) {
        match self.direction {
            Direction::Request => (old, new),
            Direction::Answer => (new, old),
        }
    }

    fn whole(&mut self, old: &Node<'_>, new: &Node<'_>) {
        if !self.seen.insert((old.pointer.clone(), new.pointer.clone())) {
            return;
        }
        let (old_ways, new_ways) = (Alternatives::of(old), Alternatives::of(new));
        let (narrow, wide) = self.sides(&old_ways, &new_ways);
        if narrow.null && !wide.null {
            let what = match self.direction {
                Direction::Request => "null is refused",
                Direction::Answer => "it may be null",
            };
            // The schema behind a `$ref` may be one of many places.
            self.tell(new.place.clone(), what);
        }
        match (old_ways.others.as_slice(), new_ways.others.as_slice()) {
            ([old], [new]) => self.one(old, new),
            (olds, news) => self.several(new, olds, news),
        }
    }

    /// Each way of the narrow side has to be one of the wide side's.
    fn several(&mut self, whole: &Node<'_>, olds: &[Node<'_>], news: &[Node<'_>]) {
        let (narrow, wide) = self.sides(olds, news);
        for way in narrow {
            let fits = |other: &Node<'_>| {
                let (old, new) = self.sides(way, other);
                self.would_tell(old, new).is_empty()
            };
            // The same name is the same thing, whatever became of it.
            if let Some(same) = wide.iter().find(|other| other.pointer == way.pointer) {
                let (old, new) = self.sides(way, same);
                self.one(old, new);
            } else if !wide.iter().any(fits) {
                let what = match self.direction {
                    Direction::Request => format!("what fits {} is refused", way.pointer),
                    Direction::Answer => format!("what fits {} may come", way.pointer),
                };
                self.tell(whole.pointer.clone(), what);
            }
        }
    }

    fn would_tell(&self, old: &Node<'_>, new: &Node<'_>) -> Vec<Break> {
        let mut found = Vec::new();
        let mut comparison = Comparison {
            direction: self.direction,
            seen: self.seen.clone(),
            tell: &mut |broken| found.push(broken),
        };
        comparison.whole(old, new);
        found
    }

    /// Neither is null, nor one of several.
    fn one(&mut self, old: &Node<'_>, new: &Node<'_>) {
        self.types(old, new);
        self.listed(old, new);
        self.pattern(old, new);
        self.format(old, new);
        self.bounds(old, new);
        self.default(old, new);
        self.items(old, new);
        self.required(old, new);
        self.properties(old, new);
        self.other_properties(old, new);
        self.other_keywords(old, new);
    }

    fn types(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (narrow, wide) = self.sides(values::types(old.value), values::types(new.value));
        let fits = |name: &String| wide.contains(name) || (name == "integer" && wide.contains("number"));
        if !narrow.iter().all(fits) {
            self.tell_changed(old, new, "type");
        }
    }

    /// `enum` and `const`; a pattern of plain words lists as well as they do.
    fn listed(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (narrow, wide) = self.sides(old.value, new.value);
        let Some(wide) = values::listed(wide) else { return };
        let narrow = values::listed(narrow).or_else(|| values::words(narrow));
        let fits = |value: &Value| value.is_null() || wide.contains(value);
        if !narrow.is_some_and(|narrow| narrow.iter().all(fits)) {
            let either = [old.value, new.value].map(|schema| schema.get("const").is_some());
            let keyword = if either.contains(&true) { "const" } else { "enum" };
            self.tell_changed(old, new, keyword);
        }
    }

    /// Of two patterns that are more than plain words, nobody can tell which is the wider one.
    fn pattern(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (narrow, wide) = self.sides(old.value, new.value);
        let Some(pattern) = wide.get("pattern") else {
            return;
        };
        if narrow.get("pattern") == Some(pattern) {
            return;
        }
        let known = values::listed(narrow).or_else(|| values::words(narrow));
        let fits = match (known, values::words(wide)) {
            (Some(narrow), Some(wide)) => narrow
                .iter()
                .filter(|value| value.is_string())
                .all(|value| wide.contains(value)),
            _ => false,
        };
        if !fits {
            self.tell_changed(old, new, "pattern");
        }
    }

    fn format(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (narrow, wide) = self.sides(old, new);
        let Some(format) = wide.text("format").filter(|format| !NAMES.contains(format)) else {
            return;
        };
        let fits = match narrow.text("format") {
            Some(narrow) => {
                narrow == format || matches!((narrow, format), ("int32", "int64") | ("float", "double"))
            }
            None => false,
        };
        if !fits {
            self.tell_changed(old, new, "format");
        }
    }

    fn bounds(&mut self, old: &Node<'_>, new: &Node<'_>) {
        for bound in Bound::ALL {
            let (narrow, wide) = self.sides(old.value, new.value);
            if !bound.holds(narrow, wide) {
                self.tell_changed(old, new, bound.keyword());
            }
        }
        for keyword in ["multipleOf", "uniqueItems"] {
            let (narrow, wide) = self.sides(old.value.get(keyword), new.value.get(keyword));
            if wide.is_some_and(|wide| *wide != json!(false)) && narrow != wide {
                self.tell_changed(old, new, keyword);
            }
        }
    }

    /// What is left out means something else.
    fn default(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (before, after) = (old.value.get("default"), new.value.get("default"));
        if self.direction == Direction::Request && before.is_some() && before != after {
            self.tell_changed(old, new, "default");
        }
    }

    fn items(&mut self, old: &Node<'_>, new: &Node<'_>) {
        match (old.get("items"), new.get("items")) {
            (Some(old), Some(new)) => self.whole(&old, &new),
            (None, Some(_)) if self.direction == Direction::Request => self.tell_changed(old, new, "items"),
            (Some(_), None) if self.direction == Direction::Answer => self.tell_changed(old, new, "items"),
            _ => {}
        }
    }

    fn required(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let (before, after) = (values::required(old.value), values::required(new.value));
        let (narrow, wide) = self.sides(&before, &after);
        for name in wide.difference(narrow) {
            let what = match self.direction {
                Direction::Request => format!("{name} became required"),
                Direction::Answer => format!("{name} may be absent"),
            };
            self.tell(new.at("required"), what);
        }
    }

    /// A new field of an answer breaks nobody; an old one of a request that is ignored from now on does.
    fn properties(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let Some(old_fields) = old.get("properties") else {
            return;
        };
        let new_fields = new.get("properties");
        for (name, old_field) in old_fields.members() {
            match new_fields.as_ref().and_then(|fields| fields.get(name)) {
                Some(new_field) => self.whole(&old_field, &new_field),
                // The place in its parent: a field may be a `$ref` to what is still there.
                None => self.tell(old_fields.at(name), format!("the field {name} is gone")),
            }
        }
    }

    fn other_properties(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let closed = |node: &Node<'_>| node.value.get("additionalProperties") == Some(&json!(false));
        let (narrow, wide) = self.sides(old, new);
        if closed(wide) && !closed(narrow) {
            self.tell_changed(old, new, "additionalProperties");
        }
        match (other_fields(old), other_fields(new)) {
            (Some(old), Some(new)) => self.whole(&old, &new),
            (None, Some(_)) if self.direction == Direction::Request && !closed(old) => {
                self.tell_changed(old, new, "additionalProperties");
            }
            (Some(_), None) if self.direction == Direction::Answer && !closed(new) => {
                self.tell_changed(old, new, "additionalProperties");
            }
            _ => {}
        }
    }

    fn other_keywords(&mut self, old: &Node<'_>, new: &Node<'_>) {
        let keywords = |node: &Node<'_>| -> BTreeSet<String> {
            let names = node
                .value
                .as_object()
                .into_iter()
                .flat_map(|object| object.keys());
            names.cloned().collect()
        };
        for keyword in keywords(old).union(&keywords(new)) {
            let known = COMPARED.contains(&keyword.as_str()) || ANNOTATIONS.contains(&keyword.as_str());
            let known = known || keyword.starts_with("x-");
            if !known && old.value.get(keyword) != new.value.get(keyword) {
                self.tell_changed(old, new, keyword);
            }
        }
    }
}

/// The schema of fields without a name.
fn other_fields<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let fields = node.get("additionalProperties");
    fields.filter(|fields| fields.value.is_object())
}

/// What a value may be: null, or one of the others.
#[derive(Debug)]
struct Alternatives<'a> {
    null: bool,
    others: Vec<Node<'a>>,
}

impl<'a> Alternatives<'a> {
    fn of(schema: &Node<'a>) -> Self {
        let lists = ["oneOf", "anyOf"].map(|name| schema.get(name));
        let mut alternatives = Self {
            null: false,
            others: Vec::new(),
        };
        if let Some(list) = lists.into_iter().flatten().next() {
            for way in list.items() {
                let Self { null, others } = Self::of(&way);
                alternatives.null |= null;
                alternatives.others.extend(others);
            }
            return alternatives;
        }
        let types = values::listed_types(schema.value);
        let listed = values::listed(schema.value);
        alternatives.null = types.as_ref().is_none_or(|types| types.contains(&"null"))
            && listed.is_none_or(|values| values.contains(&Value::Null));
        if types.is_none_or(|types| types.iter().any(|name| *name != "null")) {
            alternatives.others.push(schema.clone());
        }
        alternatives
    }
}
