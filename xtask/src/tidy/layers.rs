//! Which layers of a crate may not know which others.
//!
//! A crate's `domain` is pure: no HTTP, no views, no routes, no SQL. Its `store` knows the database and the domain.

use super::Files;
use super::uses;

/// What may not be named, where, and why.
struct Layer {
    name: &'static str,
    /// The first part of a path.
    crates: &'static [&'static str],
    /// The modules of its own crate.
    modules: &'static [&'static str],
}

const LAYERS: [Layer; 2] = [
    Layer {
        name: "domain",
        crates: &["actix_web", "actix_cors", "sqlx"],
        modules: &["view", "routes", "store"],
    },
    Layer {
        name: "store",
        crates: &["actix_web", "actix_cors"],
        modules: &["view", "routes"],
    },
];

/// Every import, and every path in the code, that a layer may not name.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let sources = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    sources
        .flat_map(|(path, text)| {
            let layers = LAYERS.iter().filter(|layer| layer.contains(path));
            layers
                .flat_map(|layer| layer.judge(path, text))
                .collect::<Vec<_>>()
        })
        .collect()
}

impl Layer {
    fn contains(&self, path: &str) -> bool {
        let Some((_, inside)) = path.split_once("/src/") else {
            return false;
        };
        let parts = inside.trim_end_matches(".rs").split('/');
        // Only the outermost one counts: what lies in `store/` may have a module called `domain`.
        let first = parts
            .into_iter()
            .find(|part| LAYERS.iter().any(|layer| layer.name == *part));
        first == Some(self.name)
    }

    fn judge(&self, path: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        for used in uses::read(text) {
            for target in used.paths.iter().filter(|target| self.forbids(target)) {
                findings.push(format!(
                    "{path}:{}: {} may not know `{target}`",
                    used.line, self.name
                ));
            }
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.trim_start().starts_with("use ") || code.trim_start().starts_with("pub use ") {
                continue;
            }
            for target in paths_in(code).filter(|target| self.forbids(target)) {
                findings.push(format!(
                    "{path}:{}: {} may not know `{target}`",
                    number + 1,
                    self.name
                ));
            }
        }
        findings
    }

    fn forbids(&self, path: &str) -> bool {
        let mut parts = path.split("::");
        let root = parts.next().unwrap_or_default();
        if matches!(root, "crate" | "super" | "self") {
            let module = parts.find(|part| *part != "super");
            return root != "self" && module.is_some_and(|module| self.modules.contains(&module));
        }
        self.crates.contains(&root)
    }
}

/// Everything like `a::b` in a line of code.
fn paths_in(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|word| word.trim_matches(':'))
        .filter(|word| word.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        judge(&Files::from([(path.to_owned(), text.to_owned())])).len()
    }

    #[test]
    fn a_domain_that_knows_http_views_or_sql_is_found() {
        for planted in [
            "use actix_web::web;\n",
            "use crate::{domain::a, view::TaskView};\n",
            "use super::super::routes::Api;\n",
            "use crate::store;\n",
            "fn f(pool: &sqlx::PgPool) {}\n",
            "    let view = crate::view::TaskView::of(task);\n",
        ] {
            assert_eq!(findings("a-svc/src/domain/task.rs", planted), 1, "{planted}");
            assert_eq!(findings("a-svc/src/routes/task.rs", planted), 0, "{planted}");
        }
        assert_eq!(findings("a-svc/src/domain.rs", "use crate::view::A;\n"), 1);
    }

    #[test]
    fn a_store_knows_the_database_and_the_domain() {
        let path = "a-svc/src/outbox/store/relay.rs";
        assert_eq!(
            findings(path, "use sqlx::PgPool;\nuse crate::domain::task::Task;\n"),
            0
        );
        assert_eq!(
            findings(
                path,
                "use actix_web::http::StatusCode;\nuse crate::view::TaskView;\n"
            ),
            2
        );
    }

    #[test]
    fn words_in_comments_and_names_alike_are_no_findings() {
        let text = "// `crate::view` is made from this\nuse crate::domain::view_of_time::A;\nuse super::sqlx_like;\n";
        assert_eq!(findings("a-svc/src/domain/task.rs", text), 0);
    }
}
