//! Single keywords of a schema as what they say about values.

use std::collections::BTreeSet;

use serde_json::Value;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// All but null; every one when none is listed.
pub(super) fn types(schema: &Value) -> BTreeSet<String> {
    let listed = listed_types(schema).unwrap_or(TYPES.to_vec());
    let others = listed.into_iter().filter(|name| *name != "null");
    others.map(str::to_owned).collect()
}

/// `type`, which is a name or a list of names.
pub(super) fn listed_types(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        name => Some(name.as_str().into_iter().collect()),
    }
}

/// `const` or `enum`.
pub(super) fn listed(schema: &Value) -> Option<Vec<Value>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![value.clone()]);
    }
    schema.get("enum")?.as_array().cloned()
}

/// The texts that a pattern such as `^(open|done)$` lists.
pub(super) fn words(schema: &Value) -> Option<Vec<Value>> {
    let pattern = schema.get("pattern")?.as_str()?;
    let whole = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let words = match whole.strip_prefix('(') {
        Some(group) => {
            let group = group.strip_suffix(')')?;
            group.strip_prefix("?:").unwrap_or(group)
        }
        // Without a group, ^ and $ belong to the first and the last of them.
        None if whole.contains('|') => return None,
        None => whole,
    };
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-:/ |".contains(character);
    let listed = || words.split('|').map(Value::from).collect();
    words.chars().all(plain).then(listed)
}

pub(super) fn required(schema: &Value) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// A keyword that is a number which values must not pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    keyword: &'static str,
    side: Side,
    /// Says the same, without or with the number itself.
    beside: Option<&'static str>,
    /// What is so whatever the schema says.
    anyhow: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Bound {
    pub(super) const ALL: [Self; 10] = [
        Self::number("minimum", Side::AtLeast, "exclusiveMinimum"),
        Self::number("exclusiveMinimum", Side::Above, "minimum"),
        Self::number("maximum", Side::AtMost, "exclusiveMaximum"),
        Self::number("exclusiveMaximum", Side::Below, "maximum"),
        Self::count("minLength", Side::AtLeast),
        Self::count("maxLength", Side::AtMost),
        Self::count("minItems", Side::AtLeast),
        Self::count("maxItems", Side::AtMost),
        Self::count("minProperties", Side::AtLeast),
        Self::count("maxProperties", Side::AtMost),
    ];

    const fn number(keyword: &'static str, side: Side, beside: &'static str) -> Self {
        Self {
            keyword,
            side,
            beside: Some(beside),
            anyhow: f64::NEG_INFINITY,
        }
    }

    const fn count(keyword: &'static str, side: Side) -> Self {
        Self {
            keyword,
            side,
            beside: None,
            anyhow: 0.0,
        }
    }

    pub(super) fn keyword(self) -> &'static str {
        self.keyword
    }

    /// Whether everything that is within the bounds of `narrow` is within this one of `wide`.
    pub(super) fn holds(self, narrow: &Value, wide: &Value) -> bool {
        let number = |schema: &Value, keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let Some(bound) = number(wide, self.keyword) else {
            return true;
        };
        let same = number(narrow, self.keyword);
        let beside = self.beside.and_then(|keyword| number(narrow, keyword));
        let (same, beside) = (same.iter(), beside.iter());
        match self.side {
            Side::AtLeast => bound <= self.anyhow || same.chain(beside).any(|least| *least >= bound),
            Side::AtMost => same.chain(beside).any(|most| *most <= bound),
            Side::Above => {
                same.clone().any(|least| *least >= bound) || beside.clone().any(|least| *least > bound)
            }
            Side::Below => {
                same.clone().any(|most| *most <= bound) || beside.clone().any(|most| *most < bound)
            }
        }
    }
}
