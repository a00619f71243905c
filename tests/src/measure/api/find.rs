//! What is looked for: the searches that backend-api's tests are about, and filters as people have them.

use anyhow::Context as _;
use reqwest::Url;

/// Kind, what was typed, and what a judge expects of the tests' tasks, which is nothing to these.
const QUERIES: &str = include_str!("../../../../backend-api/tests/api/search/queries.tsv");

/// Names are those of the tags and projects that the bench makes.
const FILTERS: [&str; 20] = [
    "due <= today and status = open",
    "status = open and due < today + 7d",
    "due = today",
    "due < now and status = open",
    "due = this week and priority >= high",
    "priority >= high and status = open",
    "priority = critical and status = open and not has project",
    "tag = home and status = open",
    "tag in (errands, urgent) and due < today + 7d",
    "tag = urgent or priority = critical",
    "tag = \"office work\" and not tag = urgent and status = open",
    "project = \"House move\" and status = open",
    "project in (\"House move\", Vereinskasse) and priority >= high",
    "not has project and not has due and status = open",
    "has tags and not has due",
    "title like \"*invoice*\" and status = open",
    "text like conference and due >= today",
    "(project = Vereinskasse or tag = home) and estimate <= 30m",
    "completed >= today - 30d",
    "start <= today and status = open and due > today + 1w",
];

/// A page of each search.
pub(super) fn searches(api: &Url, page: usize) -> anyhow::Result<Vec<Url>> {
    lists(api, page, "q", queries(QUERIES))
}

/// A page of each filtered list.
pub(super) fn filters(api: &Url, page: usize) -> anyhow::Result<Vec<Url>> {
    lists(api, page, "filter", FILTERS)
}

fn lists<'a>(
    api: &Url,
    page: usize,
    parameter: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<Vec<Url>> {
    let mut lists = Vec::new();
    for value in values {
        let mut url = api.join("/v1/tasks").context("the API has no such path")?;
        url.query_pairs_mut()
            .append_pair("limit", &page.to_string())
            .append_pair(parameter, value);
        lists.push(url);
    }
    Ok(lists)
}

/// The second column.
fn queries(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter_map(|line| line.split('\t').nth(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn api() -> Url {
        Url::parse("http://127.0.0.1:8080").unwrap()
    }

    #[test]
    fn a_search_is_the_second_column_percent_encoded() {
        let table = "two words\tat offic\t-\t3\t1 2\numlauts\tKäse\t-\t1\t7\n";
        assert_eq!(queries(table).collect::<Vec<_>>(), ["at offic", "Käse"]);
        let urls = lists(&api(), 50, "q", queries(table)).unwrap();
        let urls: Vec<&str> = urls.iter().map(Url::as_str).collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:8080/v1/tasks?limit=50&q=at+offic",
                "http://127.0.0.1:8080/v1/tasks?limit=50&q=K%C3%A4se"
            ]
        );
    }

    #[test]
    fn all_searches_and_filters_are_asked_for_once() {
        let distinct = |urls: Vec<Url>| urls.into_iter().collect::<BTreeSet<Url>>().len();
        assert_eq!(searches(&api(), 50).unwrap().len(), 300);
        assert!(distinct(searches(&api(), 50).unwrap()) > 250);
        assert_eq!(distinct(filters(&api(), 50).unwrap()), FILTERS.len());
    }
}
