//! One order of derived traits: the standard library's as its documentation pairs them, then each library's in turn.

const ORDER: [&str; 19] = [
    "Debug",
    "Clone",
    "Copy",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Default",
    // serde
    "Serialize",
    "Deserialize",
    // sqlx
    "FromRow",
    // utoipa
    "ToSchema",
    "IntoParams",
    "OpenApi",
    // clap
    "Parser",
    "Args",
    "Subcommand",
    "ValueEnum",
    // thiserror's `Error`, and whatever is not named here, come last.
];

/// What differs in a file from that order.
pub(super) fn judge(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut rest = text;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("#[derive(") {
            let derived = names(rest);
            let mut wanted = derived.clone();
            wanted.sort_by_key(|name| place(name));
            if derived != wanted {
                findings.push(format!(":{number}: derive in this order: {}", wanted.join(", ")));
            }
        }
        rest = rest.get(line.len() + 1..).unwrap_or_default();
    }
    findings
}

/// What the attribute names that begins in the first line.
fn names(text: &str) -> Vec<&str> {
    let list = text.split_once('(').and_then(|(_, after)| after.split_once(')'));
    let (list, _) = list.unwrap_or_default();
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

fn place(name: &str) -> usize {
    let name = name.rsplit("::").next();
    ORDER
        .iter()
        .position(|known| Some(*known) == name)
        .unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn derived_traits_are_in_order() {
        for right in [
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]\n",
            "#[derive(Debug, serde::Serialize, Deserialize, ToSchema)]\nstruct A;\n",
            "    #[derive(\n        Debug,\n        Clone,\n        thiserror::Error,\n    )]\n",
            "let text = \"#[derive(Clone, Debug)]\";\n",
        ] {
            assert_eq!(judge(right), [""; 0], "{right}");
        }
        assert_eq!(
            judge("struct A;\n#[derive(Args, Clone, Debug)]\nstruct B;\n"),
            [":2: derive in this order: Debug, Clone, Args"]
        );
        for planted in [
            "#[derive(Debug, Clone, Default, PartialEq)]\n",
            "#[derive(Debug, Deserialize, Serialize)]\n",
            "#[derive(Debug, thiserror::Error, PartialEq)]\n",
            "#[derive(\n    Clone,\n    Debug,\n)]\n",
        ] {
            assert_eq!(judge(planted).len(), 1, "{planted}");
        }
    }
}
