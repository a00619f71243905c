//! One import style: a `use` names one module, and the groups are std, other crates, this crate.

use std::cmp::Ordering;

use super::uses::{self, Use};

/// What differs in a file from that style.
pub(super) fn judge(text: &str) -> Vec<String> {
    let uses = uses::read(text);
    let mut findings = Vec::new();
    for used in uses.iter().filter(|used| used.nested) {
        findings.push(format!(
            ":{}: a `use` names one module: its braces hold names, no paths",
            used.line
        ));
    }
    let lines: Vec<&str> = text.lines().collect();
    for pair in uses.windows(2) {
        let [before, after] = pair else { continue };
        let gap = lines
            .get(before.next_line - 1..after.line - 1)
            .unwrap_or_default();
        let neighbours = before.indent == after.indent && gap.iter().all(|line| line.is_empty());
        let in_order = match Group::of(before, text).cmp(&Group::of(after, text)) {
            Ordering::Less => !gap.is_empty(),
            Ordering::Equal => true,
            Ordering::Greater => false,
        };
        if neighbours && !in_order {
            findings.push(format!(
                ":{}: imports go from std over other crates to this crate, with an empty line between",
                after.line
            ));
        }
    }
    findings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Std,
    External,
    Own,
}

impl Group {
    fn of(used: &Use, text: &str) -> Self {
        let root = used.paths.first().and_then(|path| path.split("::").next());
        match root.unwrap_or_default() {
            "std" | "core" | "alloc" => Self::Std,
            "crate" | "super" | "self" => Self::Own,
            // A module that this file declares.
            root if text.lines().any(|line| line.ends_with(&format!("mod {root};"))) => Self::Own,
            _ => Self::External,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn a_use_names_one_module() {
        assert_eq!(judge("use a::{b, C, self};\nuse a::d::e;\n"), [""; 0]);
        assert_eq!(judge("use a::{\n    b,\n    c::D,\n};\n").len(), 1);
        assert_eq!(judge("fn f() {}\n    use a::{b::{C}};\n").len(), 1);
    }

    #[test]
    fn groups_are_in_order_and_apart() {
        let groups = "use std::a;\n\nuse x::a;\nuse y::b;\n\nuse crate::c;\nuse super::d;\n";
        assert_eq!(judge(groups), [""; 0]);
        for planted in [
            "use std::a;\nuse x::a;\n",
            "use x::a;\n\nuse std::a;\n",
            "use crate::a;\n\nuse x::a;\n",
            "use super::a;\nuse x::a;\n",
            "mod y;\nuse y::a;\nuse x::a;\n",
        ] {
            assert_eq!(judge(planted).len(), 1, "{planted}");
        }
    }

    #[test]
    fn what_other_code_separates_is_judged_apart() {
        assert_eq!(judge("use crate::a;\n\nmod b;\n\nuse std::c;\n"), [""; 0]);
        assert_eq!(
            judge("use crate::a;\n\nmod tests {\n    use std::c;\n}\n"),
            [""; 0]
        );
    }
}
