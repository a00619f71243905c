//! The words that tasks are searched for, and where they stand in a text. Words are compared without case, accents and width,
//! as `tasks.search_words` does in Postgres, which keeps them.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

/// What is searched for: every word of it, or words that begin like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    text: String,
    words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuery {
    #[error("has {0} characters, and {most} is the most", most = Query::MAX_CHARS)]
    TooLong(usize),
    #[error("has {0} words, and {most} is the most", most = Query::MAX_WORDS)]
    TooManyWords(usize),
    #[error("must not contain control characters (found U+{code:04X} at character {column})")]
    Control { code: u32, column: usize },
    #[error("has no letter and no digit to search for")]
    NoWord,
}

/// One word of a text.
struct Word {
    /// Its characters, counted from the beginning of the text.
    at: Range<usize>,
    folded: String,
}

/// Of a longer word so many characters count, once it is folded.
const WORD_CHARS: usize = 64;
/// So many places of a text are given at most.
const MAX_PLACES: usize = 50;
/// So much of a text is looked through for them, in characters.
const MAX_LOOKED_THROUGH: usize = 4_000;

impl Query {
    pub const MAX_CHARS: usize = 200;
    pub const MAX_WORDS: usize = 16;

    /// Takes what somebody typed.
    ///
    /// # Errors
    /// What cannot be searched for, and why.
    pub fn parse(text: &str) -> Result<Self, NotAQuery> {
        let length = text.chars().count();
        if length > Self::MAX_CHARS {
            return Err(NotAQuery::TooLong(length));
        }
        if let Some((index, control)) = text.chars().enumerate().find(|(_, c)| c.is_control()) {
            let (code, column) = (u32::from(control), index + 1);
            return Err(NotAQuery::Control { code, column });
        }
        let words = folded(text);
        match words.len() {
            0 => Err(NotAQuery::NoWord),
            1..=Self::MAX_WORDS => Ok(Self {
                text: text.to_owned(),
                words,
            }),
            many => Err(NotAQuery::TooManyWords(many)),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The words, as they are compared: each once, in order.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Where words stand in a text that begin like one that is searched for, or are one of `alike`: ranges of characters, in
    /// order.
    #[must_use]
    pub fn places(&self, alike: &[String], text: &str) -> Vec<Range<usize>> {
        let end = text.char_indices().nth(MAX_LOOKED_THROUGH);
        let looked_through = end.map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
        words(looked_through)
            .filter(|word| self.wants(alike, &word.folded))
            .map(|word| word.at)
            .take(MAX_PLACES)
            .collect()
    }

    fn wants(&self, alike: &[String], folded: &str) -> bool {
        self.words.iter().any(|word| folded.starts_with(word.as_str()))
            || alike.iter().any(|word| word == folded)
    }
}

/// The words of a text, in order.
fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut folded = text
        .chars()
        .enumerate()
        .flat_map(|(index, c)| fold(c).map(move |c| (index, c)))
        .peekable();
    std::iter::from_fn(move || {
        let (start, first) = folded.find(|(_, c)| is_of_a_word(*c))?;
        let mut word = Word {
            at: start..start + 1,
            folded: String::from(first),
        };
        let goes_on = |c: char| is_of_a_word(c) && !stands_alone(c) && !stands_alone(first);
        let mut length = 1;
        while let Some((index, c)) = folded.next_if(|(_, c)| is_mark(*c) || goes_on(*c)) {
            word.at.end = index + 1;
            if is_mark(c) {
                continue;
            }
            length += 1;
            if length <= WORD_CHARS {
                word.folded.push(c);
            }
        }
        Some(word)
    })
}

/// What a character is compared as, with the marks that say nothing.
fn fold(c: char) -> impl Iterator<Item = char> {
    std::iter::once(c).nfkd().flat_map(lower).flat_map(spelt)
}

/// The lower case of a character by itself; that of others can be several, which Postgres leaves as they are.
fn lower(c: char) -> impl Iterator<Item = char> {
    let mut lower = c.to_lowercase();
    let one = (lower.len() == 1).then(|| lower.next()).flatten();
    std::iter::once(one.unwrap_or(c))
}

/// Letters that are also spelt with others.
fn spelt(c: char) -> impl Iterator<Item = char> {
    let (one, other) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ς' => ('σ', None),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' => ('d', None),
        'ı' => ('i', None),
        c => (c, None),
    };
    std::iter::once(one).chain(other)
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() && !is_mark(c)
}

/// Marks that go with the letter before them: accents, and those of kana.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

/// Kana and Han characters, which words are not separated between: each is a word.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// The words of a text as they are compared, each once, in order: what `tasks.search_words` gives.
#[must_use]
pub fn folded(text: &str) -> Vec<String> {
    let mut words: Vec<String> = words(text).map(|word| word.folded).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(query: &str, text: &str) -> Vec<String> {
        let query = Query::parse(query).expect("a query");
        let characters: Vec<char> = text.chars().collect();
        let found = query.places(&[], text);
        found
            .into_iter()
            .map(|at| characters.get(at).expect("a place").iter().collect())
            .collect()
    }

    #[test]
    fn words_are_compared_without_case_accents_and_width() {
        for (text, expected) in [
            ("Pay the RENT, now!", vec!["now", "pay", "rent", "the"]),
            ("Müller Strasse", vec!["muller", "strasse"]),
            ("Straße", vec!["strasse"]),
            ("Ёлка", vec!["елка"]),
            ("ΟΔΟΣ οδός", vec!["οδοσ"]),
            ("ﬁle ＡＢＣ", vec!["abc", "file"]),
            ("会議が", vec!["か", "会", "議"]),
            ("a.b-c_d", vec!["a", "b", "c", "d"]),
            ("re\u{301}sume\u{301}", vec!["resume"]),
            ("!?", vec![]),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_words_that_begin_like_what_is_searched_for() {
        assert_eq!(places("ren", "Rent a rental car, brent"), ["Rent", "rental"]);
        assert_eq!(places("strasse", "Große Straße 5"), ["Straße"]);
        assert_eq!(
            places("resume", "My re\u{301}sume\u{301}!"),
            ["re\u{301}sume\u{301}"]
        );
        assert_eq!(places("議", "会議室"), ["議"]);
        assert_eq!(places("x", "nothing"), [""; 0]);
        let query = Query::parse("meetng").expect("a query");
        let at = query.places(&["meeting".to_owned()], "The Meeting");
        assert_eq!(at, std::iter::once(4..11).collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_searched_for_is_told() {
        let told = |text: &str| Query::parse(text).map_err(|error| error.to_string());
        assert_eq!(
            told(" ?! "),
            Err("has no letter and no digit to search for".to_owned())
        );
        assert_eq!(
            told(""),
            Err("has no letter and no digit to search for".to_owned())
        );
        assert_eq!(
            told("a\u{0}b"),
            Err("must not contain control characters (found U+0000 at character 2)".to_owned())
        );
        assert_eq!(
            told(&"a".repeat(201)),
            Err("has 201 characters, and 200 is the most".to_owned())
        );
        let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
        assert_eq!(
            told(&many.join(" ")),
            Err("has 17 words, and 16 is the most".to_owned())
        );
    }

    proptest! {
        #[test]
        fn places_lie_within_the_text_in_order_and_apart(query in "\\PC{1,20}", text in "\\PC{0,200}") {
            if let Ok(query) = Query::parse(&query) {
                let places = query.places(&[], &text);
                let length = text.chars().count();
                prop_assert!(places.iter().all(|at| at.start < at.end && at.end <= length));
                prop_assert!(places.is_sorted_by(|one, other| one.end <= other.start));
            }
        }
    }
}
