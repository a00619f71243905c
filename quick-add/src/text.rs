//! The words of a text: where each begins and ends, and how it is compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// ASCII digits.
    Digits,
    /// One character that is neither.
    Sign,
}

/// A run of letters, a run of digits, or one sign.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Its first character, counted in Unicode scalar values.
    pub(crate) start: usize,
    /// The one after its last.
    pub(crate) end: usize,
    pub(crate) kind: Kind,
    /// In lower case and NFC.
    pub(crate) folded: String,
    /// A blank stands before it, or nothing does.
    pub(crate) is_apart: bool,
    /// It was quoted or escaped, and means nothing but itself.
    pub(crate) is_opaque: bool,
}

/// A text with its tokens.
#[derive(Debug)]
pub(crate) struct Text {
    chars: Vec<char>,
    tokens: Vec<Token>,
    /// For each token, and for the end: whether something may end before it.
    ends: Vec<bool>,
    /// For each token: whether something may begin with it.
    begins: Vec<bool>,
    /// The backslashes that escape a word.
    escapes: Vec<usize>,
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut tokens = tokens(&chars);
        let escapes = hide_escaped(&chars, &mut tokens);
        hide_quoted(&chars, &mut tokens);
        let ends = ends(&tokens);
        let begins = begins(&tokens);
        Self {
            chars,
            tokens,
            ends,
            begins,
            escapes,
        }
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(crate) fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    /// The characters from one place to another.
    pub(crate) fn slice(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end).unwrap_or_default().iter().collect()
    }

    pub(crate) fn chars(&self) -> &[char] {
        &self.chars
    }

    /// Whether something may begin with this token.
    pub(crate) fn may_begin(&self, index: usize) -> bool {
        self.begins.get(index).copied().unwrap_or_default()
    }

    /// Whether something may end before this token.
    pub(crate) fn may_end(&self, index: usize) -> bool {
        self.ends.get(index).copied().unwrap_or_default()
    }

    /// Whether the backslash here was an escape, which is not a part of the title.
    pub(crate) fn is_escape(&self, at: usize) -> bool {
        self.escapes.binary_search(&at).is_ok()
    }
}

impl Token {
    /// Whether it is this sign, and means it.
    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign && !self.is_opaque && self.folded.starts_with(sign)
    }

    /// The number that its digits write, if they are so many at most.
    pub(crate) fn number(&self, digits: usize) -> Option<u32> {
        let is_number = self.kind == Kind::Digits && !self.is_opaque && self.folded.len() <= digits;
        is_number.then(|| self.folded.parse().ok()).flatten()
    }
}

fn kind_of(c: char) -> Kind {
    if c.is_ascii_digit() {
        Kind::Digits
    } else if c.is_alphabetic() || c.is_numeric() || is_combining_mark(c) {
        Kind::Word
    } else {
        Kind::Sign
    }
}

fn tokens(chars: &[char]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_apart = true;
    for (at, c) in chars.iter().enumerate() {
        if c.is_whitespace() {
            is_apart = true;
            continue;
        }
        // A mark goes with whatever it stands on.
        let kind = kind_of(*c);
        let last = tokens.last_mut().filter(|last| last.end == at);
        match last {
            Some(last) if is_combining_mark(*c) || (kind != Kind::Sign && last.kind == kind) => {
                last.end = at + 1;
                last.folded.push(*c);
                if is_combining_mark(*c) && last.kind == Kind::Digits {
                    last.kind = Kind::Word;
                }
            }
            _ => tokens.push(Token {
                start: at,
                end: at + 1,
                kind,
                folded: c.to_string(),
                is_apart,
                is_opaque: false,
            }),
        }
        is_apart = false;
    }
    for token in tokens.iter_mut().filter(|token| token.kind == Kind::Word) {
        token.folded = token.folded.to_lowercase().nfc().collect();
    }
    tokens
}

/// What a word has a backslash before it for.
fn hide_escaped(chars: &[char], tokens: &mut [Token]) -> Vec<usize> {
    let mut escapes = Vec::new();
    let mut is_escaped = false;
    for token in tokens.iter_mut() {
        if token.is_apart {
            let is_backslash = chars.get(token.start) == Some(&'\\');
            let has_word = chars.get(token.end).is_some_and(|next| !next.is_whitespace());
            is_escaped = is_backslash && has_word;
            if is_escaped {
                escapes.push(token.start);
            }
        }
        token.is_opaque |= is_escaped;
    }
    escapes
}

/// What closes a quotation that begins like this.
fn closing(quote: char) -> &'static [char] {
    match quote {
        '"' => &['"'],
        '“' => &['”'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        _ => &[],
    }
}

/// A quotation begins at the beginning of a word, or right behind the sign of a tag or a project, and ends at the end of one.
fn hide_quoted(chars: &[char], tokens: &mut [Token]) {
    let char_at = |at: usize| chars.get(at).copied();
    let mut closed_by: &[char] = &[];
    let mut opened = 0;
    let mut quotations = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(c) = char_at(token.start).filter(|_| token.kind == Kind::Sign && !token.is_opaque) else {
            continue;
        };
        let before = token.start.checked_sub(1).and_then(char_at);
        if closed_by.contains(&c) && char_at(token.end).is_none_or(|next| !next.is_alphanumeric()) {
            quotations.push(opened..=index);
            closed_by = &[];
        } else if closed_by.is_empty() && (token.is_apart || matches!(before, Some('(' | '#' | '+'))) {
            closed_by = closing(c);
            opened = index;
        }
    }
    for range in quotations {
        for token in tokens.get_mut(range).into_iter().flatten() {
            token.is_opaque = true;
        }
    }
}

fn ends(tokens: &[Token]) -> Vec<bool> {
    let mut ends = vec![true; tokens.len() + 1];
    let mut after = true;
    for (token, end) in tokens.iter().zip(&mut ends).rev() {
        let closes = [',', ';', '.', '!', '?', ')', ':']
            .iter()
            .any(|sign| token.is_sign(*sign));
        *end = token.is_apart || (closes && after);
        after = *end;
    }
    ends
}

fn begins(tokens: &[Token]) -> Vec<bool> {
    let mut after_bracket = false;
    let begins = tokens.iter().map(|token| {
        let begins = token.is_apart || after_bracket;
        after_bracket = begins && token.is_sign('(');
        begins
    });
    begins.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opaque(text: &str) -> String {
        let text = Text::new(text);
        let tokens = text.tokens().iter().filter(|token| token.is_opaque);
        tokens
            .map(|token| text.slice(token.start, token.end))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_digits_and_signs_are_told_apart_and_counted_in_characters() {
        let text = Text::new("Cafe\u{301} 9am, 🌱x");
        let found: Vec<_> = text
            .tokens()
            .iter()
            .map(|token| (token.start, token.end, token.folded.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (0, 5, "caf\u{e9}"),
                (6, 7, "9"),
                (7, 9, "am"),
                (9, 10, ","),
                (11, 12, "🌱"),
                (12, 13, "x")
            ]
        );
        assert!(text.may_end(3) && !text.may_end(2) && !text.may_end(5) && text.may_end(6));
    }

    #[test]
    fn what_is_quoted_or_escaped_is_opaque() {
        assert_eq!(opaque(r#"read "next friday" today"#), "\" next friday \"");
        assert_eq!(opaque(r"read \monday-ish today"), "\\ monday - ish");
        assert_eq!(opaque("a „heute“ b “today” c «x»"), "„ heute “ “ today ” « x »");
        for text in [
            r#"a 24" and a 27" screen"#,
            r#"open " today"#,
            "C:\\monday",
            "a \\ b",
        ] {
            assert_eq!(opaque(text), "", "{text}");
        }
    }
}
