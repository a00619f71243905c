//! Every file of the repository named in a message, a comment or a document exists.

use std::collections::BTreeSet;

use super::Files;

/// Files that do not exist, and decision records that nobody wrote.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let places = Places::of(files);
    let mut findings = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| speaks(path)) {
        // What code joins to a folder need not be in the repository.
        let said = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.contains("join("));
        for (number, line) in said {
            let mut find = |what: String| findings.push(format!("{path}:{}: {what}", number + 1));
            for name in named(line).filter(|name| !places.know(path, name)) {
                find(format!("there is no {name}"));
            }
            for record in records(line).filter(|record| !places.has_record(record)) {
                find(format!("there is no docs/adr/{record}-….md"));
            }
        }
    }
    findings
}

/// Published migrations, patches and recorded outputs stay as they are.
fn speaks(path: &str) -> bool {
    [".rs", ".md", ".yaml"].iter().any(|end| path.ends_with(end)) && !path.starts_with("xtask/src/tidy")
}

/// Every file, and every folder that holds one.
struct Places<'a> {
    files: &'a Files,
    folders: BTreeSet<&'a str>,
}

impl<'a> Places<'a> {
    fn of(files: &'a Files) -> Self {
        let above = |path: &'a str| path.match_indices('/').filter_map(move |(at, _)| path.get(..at));
        let folders = files.keys().flat_map(|path| above(path)).collect();
        Self { files, folders }
    }

    /// Whether there is such a file or folder: from the root, from the file that names it or any folder above that,
    /// or, for a file, as the end of some path.
    fn know(&self, from: &str, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        let exists = |path: &str| self.files.contains_key(path) || self.folders.contains(path);
        let mut base = from;
        while let Some((folder, _)) = base.rsplit_once('/') {
            if exists(&resolve(folder, name)) || exists(&resolve(folder, &format!("src/{name}"))) {
                return true;
            }
            base = folder;
        }
        let end = format!("/{name}");
        exists(&resolve("", name)) || self.files.keys().any(|path| path.ends_with(&end))
    }

    fn has_record(&self, number: &str) -> bool {
        let start = format!("docs/adr/{number}-");
        self.files.keys().any(|path| path.starts_with(&start))
    }
}

fn resolve(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

const ENDINGS: [&str; 6] = [".rs", ".md", ".yaml", ".avsc", ".sql", ".patch"];

/// Words that are meant as files: they end like one, or lie in a folder that holds nothing else.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let part_of_a_path = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(part_of_a_path)?;
            let before = rest.get(..start)?.chars().next_back();
            let from = rest.get(start..)?;
            let end = from.find(|c| !part_of_a_path(c)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            rest = after;
            // A pattern, the address of something elsewhere, or a part of a longer word.
            let open = after.starts_with(['<', '*', '{', '$', '…', '>', '(']);
            let joined = before.is_some_and(|c| c.is_alphanumeric() || "*>}~$:@<{+…%\\".contains(c));
            let word = word.trim_end_matches('.');
            if !open && !joined && is_file(word) {
                return Some(word);
            }
        }
    })
}

fn is_file(word: &str) -> bool {
    if word.starts_with(['/', '-']) || word.contains("//") || word.starts_with("target/") {
        return false;
    }
    let name = word.rsplit('/').next().unwrap_or_default();
    let stem = ENDINGS.iter().find_map(|end| name.strip_suffix(end));
    let in_docs = ["docs/", "redpanda/", ".ci/"]
        .iter()
        .any(|folder| word.starts_with(folder));
    // Without a folder only names of documents are no accident: `is.rs` may be anything, `NAME.patch` stands for any.
    match stem {
        Some("") => false,
        Some(stem) if stem.chars().all(|c| c.is_ascii_uppercase()) => name.ends_with(".md"),
        Some(_) => word.contains('/'),
        None => in_docs && word.len() > word.find('/').unwrap_or_default() + 1,
    }
}

/// The numbers in `ADR 0012`.
fn records(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("ADR ")
        .filter_map(|(at, word)| line.get(at + word.len()..at + word.len() + 4))
        .filter(|number| number.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(from: &str, text: &str) -> Vec<String> {
        let there = [
            "docs/EVENTS.md",
            "docs/adr/0012-the-kill-test.md",
            "a-svc/README.md",
            "a-svc/src/domain/task.rs",
            "a-svc/tests/it/main.rs",
            "redpanda/topics/tasks.yaml",
        ];
        let mut files: Files = there
            .map(|path| (path.to_owned(), String::new()))
            .into_iter()
            .collect();
        files.insert(from.to_owned(), text.to_owned());
        judge(&files)
    }

    #[test]
    fn files_that_do_not_exist_are_found() {
        for planted in [
            "see [EVENTS](EVENT.md)",
            "why: `docs/adr/0099-x.md`",
            "in `domain/tasks.rs` alone",
            "`redpanda/users/a.yaml` has it",
            "read docs/REALTIME.md.",
            "as in `docs/adr/9999`",
            "so it was decided (ADR 0099)",
        ] {
            assert_eq!(findings("docs/A.md", planted).len(), 1, "{planted}");
        }
    }

    #[test]
    fn files_are_found_from_the_root_from_beside_and_by_their_end() {
        for (from, fine) in [
            (
                "docs/A.md",
                "[EVENTS](EVENTS.md), `docs/EVENTS.md`, [x](adr/0012-the-kill-test.md), ADR 0012",
            ),
            ("docs/adr/0001-x.md", "[EVENTS](../EVENTS.md)"),
            (
                "a-svc/README.md",
                "`domain/task.rs`, `src/domain/task.rs`, README.md",
            ),
            (
                "a-svc/src/lib.rs",
                "//! As `domain/task.rs` says, `redpanda/topics/` too.",
            ),
        ] {
            assert_eq!(findings(from, fine), [""; 0], "{fine}");
        }
    }

    #[test]
    fn patterns_addresses_and_words_are_no_files() {
        let text = "`schemas/<subject>/v1.avsc`, `redpanda/topics/*.yaml`, https://h/docs/x.md, `/v1/x.md`, lib.rs, a/b, \
                    target/chaos/kills.md, tests/planted/NAME.patch, dir.join(\"a/b.md\"), \
                    `{room}/src/x.rs`";
        assert_eq!(findings("docs/A.md", text), [""; 0]);
    }
}
