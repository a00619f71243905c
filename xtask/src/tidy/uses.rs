//! `use` statements as plain lists of paths.

/// One `use` statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// Where the next line after it is.
    pub(super) next_line: usize,
    /// How far it is set in.
    pub(super) indent: usize,
    /// Whether braces hold more than names: a path, or braces again.
    pub(super) nested: bool,
    /// Every path it brings in, without `as` names.
    pub(super) paths: Vec<String>,
}

/// Every `use` statement, in order.
pub(super) fn read(text: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(first) = begins(line) else { continue };
        let mut statement = first.to_owned();
        let mut last = number;
        while !statement.contains(';') {
            let Some((number, line)) = lines.next() else { break };
            statement.push_str(line.trim());
            last = number;
        }
        let tree = statement.split(';').next().unwrap_or_default();
        let inside = tree.split_once('{').map_or("", |(_, inside)| inside);
        uses.push(Use {
            line: number + 1,
            next_line: last + 2,
            indent: line.len() - line.trim_start().len(),
            nested: inside.contains("::") || inside.contains('{'),
            paths: paths(tree),
        });
    }
    uses
}

/// What follows `use`, whatever its visibility.
fn begins(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) => rest.trim_start_matches(|c| c != ' ').trim_start(),
        None => line,
    };
    line.strip_prefix("use ")
}

/// The leaves of a tree such as `a::{b, c::{d, self}}`.
fn paths(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.trim().to_owned()];
    };
    let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
    let mut found = Vec::new();
    for branch in branches(inside) {
        for path in paths(branch) {
            let full = format!("{}{path}", prefix.trim());
            found.push(full.trim_end_matches("::self").to_owned());
        }
    }
    found
}

/// Splits at the commas that are in no braces.
fn branches(inside: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = inside.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_trees_are_taken_apart() {
        let uses = read("pub(crate) use a::{b, c::{self, d as e}};\nuse x::Y;\n");
        assert_eq!(uses.len(), 2);
        assert_eq!(uses[0].paths, ["a::b", "a::c", "a::c::d"]);
        assert!(uses[0].nested && !uses[1].nested);
    }

    #[test]
    fn a_statement_may_run_over_lines() {
        let uses = read("fn f() {}\n    use a::{\n        b,\n        C,\n    };\n\nuse d;\n");
        assert_eq!((uses[0].line, uses[0].next_line, uses[0].indent), (2, 6, 4));
        assert_eq!(uses[0].paths, ["a::b", "a::C"]);
        assert!(!uses[0].nested);
    }
}
