//! What is marked with a sign, in every language alike: `#tag`, `+project`, `p1`.

use crate::text::{Kind, Text};
use crate::value::Priority;

/// Something marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    Tag(String),
    Project(String),
    Priority(Priority),
}

/// A mark, and the token after it.
#[derive(Debug)]
pub(crate) struct Marked {
    /// None if it looks like a mark and is none: `#123` and `+49` are numbers.
    pub(crate) mark: Option<Mark>,
    /// The token after it.
    pub(crate) end: usize,
}

/// The mark that begins with this token.
pub(crate) fn at(text: &Text, index: usize) -> Option<Marked> {
    let token = text
        .token(index)
        .filter(|token| !token.is_opaque && text.may_begin(index))?;
    match (token.kind, token.folded.as_str()) {
        (Kind::Sign, "#") => name(text, index, Mark::Tag),
        (Kind::Sign, "+") => name(text, index, Mark::Project),
        (Kind::Word, "p") => priority(text, index),
        _ => None,
    }
}

fn priority(text: &Text, index: usize) -> Option<Marked> {
    let digit = text.token(index + 1).filter(|digit| !digit.is_apart)?;
    let priority = match digit.folded.as_str() {
        "1" => Priority::Critical,
        "2" => Priority::High,
        "3" => Priority::Normal,
        "4" => Priority::Low,
        _ => return None,
    };
    text.may_end(index + 2).then_some(Marked {
        mark: Some(Mark::Priority(priority)),
        end: index + 2,
    })
}

/// The name behind a sign: quoted, or up to the next blank but for what closes a sentence.
fn name(text: &Text, index: usize, mark: fn(String) -> Mark) -> Option<Marked> {
    let sign = text.token(index)?;
    let first = text.token(index + 1).filter(|first| !first.is_apart)?;
    let rest = text.tokens().get(index + 1..).unwrap_or_default();
    let glued = rest
        .iter()
        .enumerate()
        .take_while(|(place, token)| *place == 0 || !token.is_apart);
    let is_quote = |at: usize| matches!(text.chars().get(at), Some('"' | '“' | '”' | '„' | '«' | '»'));
    if first.is_opaque && is_quote(first.start) {
        let close = rest.iter().skip(1).position(|token| is_quote(token.start))?;
        let end = index + 1 + close + 2;
        let last = text.token(end - 1)?;
        let inside = text.slice(first.end, last.start);
        let inside = inside.trim();
        return (!inside.is_empty() && text.may_end(end)).then(|| Marked {
            mark: Some(mark(inside.to_owned())),
            end,
        });
    }
    let mut length = glued.count();
    while length > 0 && !text.may_end(index + 1 + length) {
        length -= 1;
    }
    // Signs at the end close a sentence.
    while length > 0
        && text.token(index + length).is_some_and(|last| {
            last.kind == Kind::Sign && matches!(last.folded.as_str(), "," | ";" | "." | "!" | "?" | ")" | ":")
        })
    {
        length -= 1;
    }
    let named = rest.get(..length).unwrap_or_default();
    let last = named.last()?;
    if first.kind == Kind::Sign && !is_picture(first.start, text) {
        return None;
    }
    if named.iter().any(|token| token.is_opaque)
        || !named
            .iter()
            .any(|token| token.kind != Kind::Sign || is_picture(token.start, text))
    {
        return None;
    }
    let is_number = !named
        .iter()
        .any(|token| token.kind == Kind::Word || is_picture(token.start, text));
    let text = text.slice(sign.end, last.end);
    Some(Marked {
        mark: (!is_number).then(|| mark(text)),
        end: index + 1 + length,
    })
}

/// A sign beyond ASCII, such as an emoji, can be a name.
fn is_picture(at: usize, text: &Text) -> bool {
    text.chars()
        .get(at)
        .is_some_and(|c| !c.is_ascii() && !c.is_alphanumeric())
}
