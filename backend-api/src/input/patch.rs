//! A field of a merge-patch (RFC 7396).

use serde::{Deserialize, Deserializer};

/// Absent leaves what is there, null clears it, a value takes its place. For something new, nothing is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> Patch<T> {
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    pub fn over(&self, before: Option<T>) -> Option<T>
    where
        T: Clone,
    {
        self.merged(before, |value, _| {
            Ok::<_, std::convert::Infallible>(value.clone())
        })
        .unwrap_or_else(|never| match never {})
    }

    /// What is there afterwards, when a value is to be merged with it.
    pub fn merged<U, E>(
        &self,
        before: Option<U>,
        merge: impl FnOnce(&T, Option<U>) -> Result<U, E>,
    ) -> Result<Option<U>, E> {
        match self {
            Self::Absent => Ok(before),
            Self::Null => Ok(None),
            Self::Value(value) => merge(value, before).map(Some),
        }
    }
}

/// Called for a field that is there; serde's default makes the absent one.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::deserialize(deserializer)? {
            Some(value) => Self::Value(value),
            None => Self::Null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(default)]
        field: Patch<u8>,
    }

    #[test]
    fn absent_null_and_a_value_are_told_apart() {
        for (json, patch, after) in [
            ("{}", Patch::Absent, Some(1)),
            (r#"{"field":null}"#, Patch::Null, None),
            (r#"{"field":2}"#, Patch::Value(2), Some(2)),
        ] {
            let body: Body = serde_json::from_str(json).expect(json);
            assert_eq!(body.field, patch, "{json}");
            assert_eq!(body.field.over(Some(1)), after, "{json}");
        }
    }
}
