//! What one file must look like.

use std::path::Path;

/// Beyond this a file is shown. It does not fail: one idea of 450 lines is better than two halves.
const LINE_LIMIT: usize = 400;

/// How long a Rust file is, if that is worth a look.
pub(super) fn length_to_show(path: &str, text: &str) -> Option<usize> {
    let length = text.lines().count();
    (path.ends_with(".rs") && length > LINE_LIMIT).then_some(length)
}

/// What is wrong with one file, each finding beginning with its line or with a colon.
pub(super) fn judge(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
    {
        findings.extend(judge_rust(path, text));
    }
    let generated = path.ends_with(".snap") || path == "Cargo.lock";
    if generated || is_tidy_itself(path) {
        return findings;
    }
    for (number, line) in text.lines().enumerate() {
        let mut find = |what: &str| findings.push(format!(":{}: {what}", number + 1));
        if line.ends_with([' ', '\t']) {
            find("trailing space");
        }
        if let Some(place) = MACHINE_PATHS.into_iter().find(|place| holds_path(line, place)) {
            find(&format!("names a path of somebody's machine ({place})"));
        }
        if let Some(host) = REGISTRY_HOSTS.into_iter().find(|host| line.contains(host)) {
            find(&format!(
                "names a registry ({host}); that is for the user's own settings"
            ));
        }
    }
    findings
}

const MACHINE_PATHS: [&str; 4] = ["/work/", "/root/", "/home/", "/Users/"];
const REGISTRY_HOSTS: [&str; 6] = [
    "index.crates.io",
    "static.crates.io",
    "repo.maven.apache.org",
    "repo1.maven.org",
    "registry.npmjs.org",
    "artifactory",
];

fn judge_rust(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//! ") {
        findings.push(":1: does not open with a `//!` sentence".to_owned());
    }
    if path.ends_with("/mod.rs") {
        findings.push(": modules are name.rs beside name/".to_owned());
    }
    if is_tidy_itself(path) {
        return findings;
    }
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let mut find = |what: &str| findings.push(format!(":{}: {what}", number + 1));
        if line.trim_start().starts_with("#[ignore") {
            find("a test that does not run tells nothing");
        }
        if is_test(path) && SLEEPS.into_iter().any(|sleep| line.contains(sleep)) && !may_sleep(&lines, number)
        {
            find(
                "tests wait for conditions under a deadline, they do not sleep; or say `// Sleeps because …`",
            );
        }
        if !is_store(path) && !is_test(path) && QUERIES.into_iter().any(|query| line.contains(query)) {
            find("SQL lives in store files");
        }
        if path != "shared-events/src/retry.rs" && line.contains("backoff::") && !line.contains("::backoff::")
        {
            find("`backoff` is used in shared-events/src/retry.rs alone");
        }
    }
    findings
}

const SLEEPS: [&str; 3] = ["thread::sleep(", "time::sleep(", "sleep_until("];
/// The step of a loop that polls: a deadline is near. Or a reason is given on the line before.
fn may_sleep(lines: &[&str], number: usize) -> bool {
    let reason = number.checked_sub(1).and_then(|before| lines.get(before));
    let around = lines.iter().skip(number.saturating_sub(12)).take(19);
    reason.is_some_and(|line| line.trim_start().starts_with(SLEEP_MARK))
        || around
            .into_iter()
            .any(|line| line.to_ascii_lowercase().contains("deadline"))
}

const SLEEP_MARK: &str = "// Sleeps because ";
const QUERIES: [&str; 8] = [
    "query!(",
    "query_as!(",
    "query_scalar!(",
    "query_file!(",
    "sqlx::query(",
    "sqlx::query_as(",
    "sqlx::query_scalar(",
    "sqlx::raw_sql(",
];

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests" || part == "testing")
}

fn is_store(path: &str) -> bool {
    path.ends_with("/store.rs") || path.split('/').any(|part| part == "store")
}

/// These files hold the patterns that they look for.
fn is_tidy_itself(path: &str) -> bool {
    path.starts_with("xtask/src/tidy")
}

/// A path begins where no word goes before it.
fn holds_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::{judge, length_to_show};

    fn findings(path: &str, body: &str) -> Vec<String> {
        judge(path, &format!("//! Says what it is.\n{body}\n"))
    }

    #[test]
    fn a_rust_file_opens_with_a_sentence() {
        assert_eq!(judge("a/b.rs", "use x;\n").len(), 1);
        assert!(judge("a/b.txt", "use x;\n").is_empty());
        assert!(findings("a/b.rs", "").is_empty());
    }

    #[test]
    fn a_long_file_is_shown_and_no_finding() {
        let lines = "fn f() {}\n".repeat(401);
        assert_eq!(length_to_show("a/b.rs", &lines), Some(401));
        assert_eq!(length_to_show("a/b.sql", &lines), None);
        assert!(findings("a/b.rs", &lines).is_empty());
    }

    #[test]
    fn mod_files_trailing_spaces_and_ignored_tests_are_found() {
        assert_eq!(findings("a/mod.rs", "").len(), 1);
        assert_eq!(findings("a/b.rs", "let x = 1; "), [":2: trailing space"]);
        assert_eq!(findings("a/b.rs", "    #[ignore = \"slow\"]").len(), 1);
    }

    #[test]
    fn sleeps_are_found_in_tests_alone_unless_a_deadline_or_a_reason_is_near() {
        let sleep = "    tokio::time::sleep(PAUSE).await;";
        assert_eq!(findings("a/tests/it/main.rs", sleep).len(), 1);
        assert_eq!(findings("a/src/b/tests.rs", sleep).len(), 1);
        assert!(findings("a/src/b.rs", sleep).is_empty());
        assert!(
            findings(
                "tests/src/wait.rs",
                &format!("while now < deadline {{\n{sleep}\n}}")
            )
            .is_empty()
        );
        assert!(
            findings(
                "a/tests/x.rs",
                &format!("    // Sleeps because time must pass.\n{sleep}")
            )
            .is_empty()
        );
    }

    #[test]
    fn sql_stays_in_store_files_and_tests() {
        let query = "    sqlx::query!(\"SELECT 1\")";
        assert_eq!(findings("a/src/handler.rs", query).len(), 1);
        assert!(findings("a/src/store.rs", query).is_empty());
        assert!(findings("a/src/store/tasks.rs", query).is_empty());
        assert!(findings("a/tests/it/main.rs", query).is_empty());
    }

    #[test]
    fn backoff_has_one_home() {
        assert_eq!(findings("a/src/b.rs", "use backoff::Backoff;").len(), 1);
        assert!(findings("shared-events/src/retry.rs", "use backoff::Backoff;").is_empty());
    }

    #[test]
    fn paths_of_a_machine_and_registries_are_found() {
        assert_eq!(findings("a/b.rs", "// see /root/x").len(), 1);
        assert_eq!(judge("README.md", "cd /home/me/x\n").len(), 1);
        assert!(judge("README.md", "a network/work/x and $HOME/work/x\n").is_empty());
        assert_eq!(judge("a.toml", "index = \"https://index.crates.io\"\n").len(), 1);
    }
}
