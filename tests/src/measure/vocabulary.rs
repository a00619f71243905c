//! What the tasks of a bench say: the lines that backend-api's tests of search are about. xtask, which makes tasks of them,
//! compiles this file too.

const TASKS: &str = include_str!("../../../backend-api/tests/api/search/tasks.tsv");

/// How many rare words there are: names and subjects, of which everybody has others.
pub(crate) const RARE: usize = 8_000;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) title: &'static str,
    pub(crate) description: Option<&'static str>,
}

/// In their order.
pub(crate) fn lines() -> Vec<Line> {
    let line = |line: &'static str| {
        let mut columns = line.split('\t').skip(1);
        let title = columns.next()?;
        let description = columns.next().filter(|text| *text != "-");
        Some(Line { title, description })
    };
    TASKS.lines().filter_map(line).collect()
}

/// Three syllables; no two of [`RARE`] are alike.
pub(crate) fn rare(number: usize) -> String {
    let syllables = "ba de fi go lu ma ne pi ro su ta ve zi ko la mi no ra se tu".split(' ');
    let syllable = |place: usize| syllables.clone().nth(number / place % 20).unwrap_or_default();
    format!("{}{}{}", syllable(400), syllable(20), syllable(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn lines_have_a_title_and_some_a_description() {
        let lines = lines();
        assert!(lines.len() >= 200, "{}", lines.len());
        let described = lines.iter().filter(|line| line.description.is_some()).count();
        assert!(described > 50 && described < lines.len(), "{described}");
        assert!(
            lines
                .iter()
                .all(|line| !line.title.is_empty() && line.title != "-")
        );
    }

    #[test]
    fn rare_words_differ() {
        let words: BTreeSet<String> = (0..RARE).map(rare).collect();
        assert_eq!(words.len(), RARE);
        assert!(words.contains("badefi"), "0 * 400 + 1 * 20 + 2");
    }
}
