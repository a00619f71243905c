//! Every metric that a document names exists.

use super::Files;

/// Metrics that no code has.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let sources = files
        .iter()
        .filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".sql"));
    let code: Vec<&str> = sources.map(|(_, text)| text.as_str()).collect();
    let mut findings = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for (number, line) in text.lines().enumerate() {
            for name in metrics(line).filter(|name| !code.iter().any(|text| text.contains(name))) {
                findings.push(format!("{path}:{}: there is no metric {name}", number + 1));
            }
        }
    }
    findings
}

/// As the code names them: the exporter adds `_total` to counters.
fn metrics(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words
        .filter(|word| word.starts_with("taskwire_") || word.starts_with("http_server_"))
        .map(|word| word.strip_suffix("_total").unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_no_code_has_is_found() {
        let findings = |text: &str| {
            let files = [
                ("docs/A.md", text),
                ("a/src/metrics.rs", "counter(\"taskwire_a_gaps\")"),
            ];
            judge(
                &files
                    .map(|(path, text)| (path.to_owned(), text.to_owned()))
                    .into_iter()
                    .collect(),
            )
        };
        assert_eq!(findings("`taskwire_a_gaps_total` rises"), [""; 0]);
        assert_eq!(findings("`taskwire_a_holes` > 0").len(), 1);
    }
}
