//! What is left of a text when the spans are taken out of it.

use std::ops::Range;

use crate::text::Text;

/// Signs that only separate what stands between them.
const SEPARATORS: [char; 6] = [',', ';', ':', '-', '–', '—'];
/// Signs that close what stands before them.
const CLOSING: [char; 7] = [',', ';', '.', '!', '?', ':', ')'];

/// The text without the spans, and without the signs that separated them from it.
pub(crate) fn without(text: &Text, spans: &[Range<usize>]) -> String {
    let mut title = String::new();
    let mut from = 0;
    let end = text.chars().len();
    for (index, until) in spans.iter().map(|span| span.start).chain([end]).enumerate() {
        let piece = piece(text, from..until);
        add(&mut title, &piece, index > 0, until < end);
        from = spans.get(index).map_or(end, |span| span.end);
    }
    if spans.is_empty() {
        return title;
    }
    if spans.last().is_some_and(|last| is_silent(text, last.end..end)) {
        trim_end(&mut title);
    }
    if spans.first().is_some_and(|first| is_silent(text, 0..first.start)) {
        let is_separator = |c: char| SEPARATORS.contains(&c);
        let separated = |title: &str| {
            let (first, rest) = title.split_once(' ')?;
            first.chars().all(is_separator).then(|| rest.to_owned())
        };
        while let Some(rest) = separated(&title) {
            title = rest;
        }
    }
    title
}

/// A part of the text without the backslashes that escaped a word.
fn piece(text: &Text, range: Range<usize>) -> String {
    let chars = text
        .chars()
        .iter()
        .enumerate()
        .skip(range.start)
        .take(range.len());
    chars
        .filter(|(at, _)| !text.is_escape(*at))
        .map(|(_, c)| *c)
        .collect()
}

fn add(title: &mut String, piece: &str, is_after_span: bool, is_before_span: bool) {
    let mut piece = piece;
    if is_after_span {
        let rest = piece.trim_start_matches(CLOSING);
        let signs = piece.get(..piece.len() - rest.len()).unwrap_or_default();
        // Signs that stand apart from the span, or go on as a word, are not its own.
        if rest.is_empty() || rest.starts_with(char::is_whitespace) {
            if signs.contains(')') && title.matches('(').count() > title.matches(')').count() {
                title.push(')');
            }
            piece = rest;
        }
    }
    if is_before_span {
        piece = piece.trim_end_matches('(');
    }
    for word in piece.split_whitespace() {
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
}

/// Whether nothing stands there but separators.
fn is_silent(text: &Text, range: Range<usize>) -> bool {
    let mut chars = text.chars().iter().skip(range.start).take(range.len());
    chars.all(|c| c.is_whitespace() || CLOSING.contains(c) || SEPARATORS.contains(c) || *c == '(')
}

fn trim_end(title: &mut String) {
    loop {
        let kept = title.trim_end_matches([',', ';', ':']).trim_end();
        let kept = kept
            .strip_suffix(['-', '–', '—'])
            .filter(|rest| rest.is_empty() || rest.ends_with(' '))
            .unwrap_or(kept);
        let length = kept.trim_end().len();
        if length == title.len() {
            return;
        }
        title.truncate(length);
    }
}
