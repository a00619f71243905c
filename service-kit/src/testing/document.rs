//! A document of `docs/` whose examples are checked: its fenced blocks by their info string, its tables by their heading.

use std::path::PathBuf;

/// With this variable set, [`Document::expect_block`] writes what the code says into the document.
const UPDATE: &str = "UPDATE_DOCS";

#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    /// Of `docs/`.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).join(name);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// The blocks that open with exactly this info string, as in "```json connect".
    #[must_use]
    pub fn blocks(&self, info: &str) -> Vec<&str> {
        let opening = format!("```{info}\n");
        let after = self.text.split(opening.as_str()).skip(1);
        after
            .map(|rest| rest.split_once("```").map_or(rest, |(block, _)| block))
            .collect()
    }

    /// The one block that opens with this info string.
    #[must_use]
    pub fn block(&self, info: &str) -> &str {
        match self.blocks(info).as_slice() {
            [block] => block,
            blocks => panic!("{} blocks ```{info} in {}", blocks.len(), self.path.display()),
        }
    }

    /// What follows `prefix` in the info strings of all blocks that begin with it.
    #[must_use]
    pub fn infos(&self, prefix: &str) -> Vec<&str> {
        let openings = self.text.lines().filter_map(|line| line.strip_prefix("```"));
        openings.filter_map(|info| info.strip_prefix(prefix)).collect()
    }

    /// The rows of the first table under this heading, their cells without backticks.
    #[must_use]
    pub fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let opening = format!("\n{heading}\n");
        let (_, section) = self
            .text
            .split_once(&opening)
            .unwrap_or_else(|| panic!("no {heading} in {}", self.path.display()));
        let rows = section.lines().skip_while(|line| !line.starts_with('|'));
        let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
        let cells = |row: &str| {
            row.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().replace('`', ""))
                .collect()
        };
        rows.map(cells).collect()
    }

    /// The block that opens with this info string is what the code says.
    pub fn expect_block(&mut self, info: &str, expected: &str) {
        let kept = self.block(info).to_owned();
        #[expect(
            clippy::disallowed_methods,
            reason = "tests have no command line of their own"
        )]
        let is_update = std::env::var_os(UPDATE).is_some();
        if is_update {
            let whole = |block: &str| format!("```{info}\n{block}```");
            self.text = self.text.replace(&whole(&kept), &whole(expected));
            // Other tests read the document meanwhile.
            let whole = self.path.with_extension("md.new");
            let written =
                std::fs::write(&whole, &self.text).and_then(|()| std::fs::rename(&whole, &self.path));
            written.unwrap_or_else(|error| panic!("{error}"));
            return;
        }
        assert!(
            kept == expected,
            "the block ```{info} of {} is stale: run this test with {UPDATE}=1 and read the difference; the code says\n{expected}",
            self.path.display()
        );
    }
}

/// JSON text, a member a line, in the order that it has.
#[must_use]
pub fn pretty(compact: &str) -> String {
    let (mut pretty, mut depth) = (String::new(), 0_usize);
    let (mut is_text, mut is_escaped) = (false, false);
    let mut before = ' ';
    for char in compact.chars() {
        if is_text {
            pretty.push(char);
            is_text = is_escaped || char != '"';
            is_escaped = !is_escaped && char == '\\';
            before = char;
            continue;
        }
        let is_close = matches!(char, '}' | ']');
        let is_empty = is_close && matches!(before, '{' | '[');
        depth = if is_close { depth - 1 } else { depth };
        let is_first = matches!(before, '{' | '[') && !is_close;
        if is_first || (is_close && !is_empty) || before == ',' {
            pretty.push('\n');
            pretty.extend(std::iter::repeat_n("  ", depth));
        }
        pretty.push(char);
        match char {
            '{' | '[' => depth += 1,
            ':' => pretty.push(' '),
            '"' => is_text = true,
            _ => {}
        }
        before = char;
    }
    pretty.push('\n');
    pretty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document {
            path: PathBuf::from("test.md"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn blocks_are_found_by_their_info_string() {
        let document = document("a\n```json one\n{}\n```\nb\n```json two\n[]\n```\n```json one\n1\n```\n");
        assert_eq!(document.blocks("json one"), ["{}\n", "1\n"]);
        assert_eq!(document.block("json two"), "[]\n");
        assert_eq!(document.infos("json "), ["one", "two", "one"]);
    }

    #[test]
    fn a_table_is_found_under_its_heading() {
        let document =
            document("# T\n\n## Codes\n\ntext\n\n| a | b |\n|---|---|\n| `1` | x |\n| 2 | y |\n\nend");
        assert_eq!(document.table("## Codes"), [["1", "x"], ["2", "y"]]);
    }

    #[test]
    fn json_is_laid_out_in_its_own_order() {
        let text = pretty(r#"{"b":[],"a":{"x":"1,{\"","y":[1,2]}}"#);
        let expected = "{\n  \"b\": [],\n  \"a\": {\n    \"x\": \"1,{\\\"\",\n    \"y\": [\n      1,\n      2\n    ]\n  }\n}\n";
        assert_eq!(text, expected);
    }
}
