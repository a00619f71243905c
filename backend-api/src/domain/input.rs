//! A JSON document being read field by field, which knows where it stands: every refusal carries a JSON pointer.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

/// Why something that was sent is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Invalid {
    /// Which rule it breaks.
    pub rule: Rule,
    /// JSON pointer (RFC 6901) to the field.
    pub pointer: String,
    /// What is wrong with it and what would be right.
    pub detail: String,
}

/// The rules that a body can break; each is a problem type of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The value has the wrong type, form, length or content.
    InvalidField,
    /// The field is required.
    MissingField,
    /// No such field exists.
    UnknownField,
    /// It lies in the past, and `allow_past_due` was not given.
    PastDue,
}

/// Where in the document we are: a JSON pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A field or an index of what stands here.
    #[must_use]
    pub fn child(&self, name: impl Display) -> Self {
        let name = name.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{name}", self.0))
    }

    /// What stands here is refused.
    #[must_use]
    pub fn invalid(&self, detail: impl Display) -> Invalid {
        self.breaks(Rule::InvalidField, detail)
    }

    /// What stands here breaks the given rule.
    #[must_use]
    pub fn breaks(&self, rule: Rule, detail: impl Display) -> Invalid {
        Invalid {
            rule,
            pointer: self.0.clone(),
            detail: detail.to_string(),
        }
    }
}

/// An object whose fields are all known.
#[derive(Debug)]
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    at: Pointer,
}

impl<'a> Object<'a> {
    /// Reads an object that has no fields but the known ones.
    pub fn read(value: &'a Value, at: Pointer, known: &[&str]) -> Result<Self, Invalid> {
        let Value::Object(fields) = value else {
            return Err(at.invalid(format!("must be an object, not {}", type_of(value))));
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(at.child(unknown).breaks(
                Rule::UnknownField,
                format!("no such field; known here: {}", known.join(", ")),
            )),
            None => Ok(Self { fields, at }),
        }
    }

    /// The pointer to one of the fields.
    #[must_use]
    pub fn at(&self, name: &str) -> Pointer {
        self.at.child(name)
    }

    /// The pointer to the object itself.
    #[must_use]
    pub fn here(&self) -> &Pointer {
        &self.at
    }

    /// A field's value; absent and null are the same.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A field's value, which must be there.
    pub fn needed(&self, name: &str) -> Result<&'a Value, Invalid> {
        self.get(name).ok_or_else(|| self.missing(name))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Invalid> {
        self.get(name)
            .map(|value| text(value, &self.at(name)))
            .transpose()
    }

    /// A text that must be there.
    pub fn required_text(&self, name: &str) -> Result<&'a str, Invalid> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that is parsed.
    pub fn parse<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Invalid> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|error| self.at(name).invalid(error))
    }

    /// A text that must be there and is parsed.
    pub fn required<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Invalid> {
        self.parse(name)?.ok_or_else(|| self.missing(name))
    }

    /// True or false; false when absent.
    pub fn flag(&self, name: &str) -> Result<bool, Invalid> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self
                .at(name)
                .invalid(format!("must be true or false, not {}", type_of(other)))),
        }
    }

    /// A whole number within bounds.
    pub fn integer(&self, name: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.as_u64().filter(|number| bounds.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.at(name).invalid(format!(
                "must be a whole number from {} to {}",
                bounds.start(),
                bounds.end()
            ))),
        }
    }

    /// The items of a list, each with its place; none when absent.
    pub fn items(&self, name: &str, most: usize) -> Result<Vec<(Pointer, &'a Value)>, Invalid> {
        let at = self.at(name);
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() > most => {
                Err(at.invalid(format!("has {} items, and {most} is the most", items.len())))
            }
            Some(Value::Array(items)) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, item)| (at.child(index), item))
                .collect()),
            Some(other) => Err(at.invalid(format!("must be an array, not {}", type_of(other)))),
        }
    }

    fn missing(&self, name: &str) -> Invalid {
        self.at(name).breaks(Rule::MissingField, "is required")
    }
}

/// A value that must be a text.
pub fn text<'a>(value: &'a Value, at: &Pointer) -> Result<&'a str, Invalid> {
    value
        .as_str()
        .ok_or_else(|| at.invalid(format!("must be a string, not {}", type_of(value))))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_field_is_pointed_at_with_its_name_escaped() {
        let body = json!({"ti/t~le": 1});
        let refused = Object::read(&body, Pointer::root(), &["title"]).expect_err("unknown");
        assert_eq!(
            (refused.rule, refused.pointer.as_str()),
            (Rule::UnknownField, "/ti~1t~0le")
        );
    }

    #[test]
    fn a_wrong_type_is_pointed_at_and_both_types_are_named() {
        let body = json!({"title": 5});
        let object = Object::read(&body, Pointer::root(), &["title"]).expect("an object");
        let refused = object.required_text("title").expect_err("a number");
        assert_eq!(refused.to_string(), "/title: must be a string, not a number");
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let body = json!({"title": null});
        let object = Object::read(&body, Pointer::root(), &["title"]).expect("an object");
        assert_eq!(object.text("title"), Ok(None));
        assert_eq!(
            object.required_text("title").expect_err("missing").rule,
            Rule::MissingField
        );
    }

    #[test]
    fn what_is_no_object_is_pointed_at_as_a_whole() {
        let refused = Object::read(&json!([1]), Pointer::root(), &[]).expect_err("an array");
        assert_eq!(
            (refused.pointer.as_str(), refused.detail.as_str()),
            ("", "must be an object, not an array")
        );
    }
}
