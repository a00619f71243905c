//! What Schemathesis reports, as a line per kind of finding.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

/// The parts of `--report json` that say how a run went.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// Whether it came to its end.
    complete: bool,
    operations: Operations,
    test_cases: TestCases,
    failures: Vec<Failure>,
    errors: Vec<serde_json::Value>,
    /// By kind, the operations that it could say less about.
    warnings: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Operations {
    tested: u64,
    skipped: u64,
    selected: u64,
}

#[derive(Debug, Deserialize)]
struct TestCases {
    generated: u64,
}

#[derive(Debug, Deserialize)]
struct Failure {
    title: String,
    count: u64,
    operations: Vec<String>,
}

impl Report {
    /// Reads the file that a run has written.
    pub(crate) fn read(text: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(text)
            .context("Schemathesis' report has another form than that of the pinned version")
    }

    /// How much is wrong; a run without a result is wrong too.
    pub(crate) fn findings(&self) -> u64 {
        let failures: u64 = self.failures.iter().map(|failure| failure.count).sum();
        let unfinished =
            !self.complete || self.operations.tested + self.operations.skipped < self.operations.selected;
        failures + self.errors.len() as u64 + u64::from(unfinished)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} requests, {} of {} operations",
            self.test_cases.generated, self.operations.tested, self.operations.selected
        )];
        for failure in &self.failures {
            let places = failure.operations.join(", ");
            lines.push(format!("{:>4} {}: {places}", failure.count, failure.title));
        }
        for error in &self.errors {
            lines.push(format!("   1 error: {error}"));
        }
        for (kind, places) in &self.warnings {
            let names = places.as_array().map(Vec::as_slice).unwrap_or_default();
            if !names.is_empty() {
                lines.push(format!("     (warning) {}: {places}", kind.replace('_', " ")));
            }
        }
        lines
    }
}

/// Whether a line of its output says that a phase has ended.
pub(crate) fn tells_progress(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['✅', '❌', '⏭', '🚫']) && line.contains(" (in ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"complete":true,"operations":{"total":2,"selected":2,"tested":2,"skipped":0},
        "test_cases":{"generated":40},"errors":[],"warnings":{"missing_auth":["GET /a"],"rate_limited":[]},
        "failures":[{"title":"Undocumented status code","count":3,"operations":["GET /a","PUT /b"]}]}"#;

    #[test]
    fn findings_are_counted_and_told_by_kind() {
        let report = Report::read(REPORT.as_bytes()).unwrap();
        assert_eq!(report.findings(), 3);
        let lines = report.lines();
        assert_eq!(lines[0], "40 requests, 2 of 2 operations");
        assert_eq!(lines[1], "   3 Undocumented status code: GET /a, PUT /b");
        assert!(lines[2].contains("missing auth") && lines.len() == 3, "{lines:?}");
    }

    #[test]
    fn a_run_that_was_cut_off_is_a_finding() {
        let cut = REPORT.replace("\"complete\":true", "\"complete\":false");
        assert_eq!(Report::read(cut.as_bytes()).unwrap().findings(), 4);
        let untested = REPORT.replace("\"tested\":2", "\"tested\":1");
        assert_eq!(Report::read(untested.as_bytes()).unwrap().findings(), 4);
        assert!(Report::read(b"{}").is_err());
    }

    #[test]
    fn the_ends_of_phases_are_progress() {
        assert!(tells_progress(" ❌  Coverage (in 0.67s)"));
        assert!(!tells_progress("     ❌ 1 failed"));
    }
}
