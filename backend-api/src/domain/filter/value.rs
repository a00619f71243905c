//! The values that fields are held against, but for times.

use std::fmt::Display;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;
use winnow::prelude::*;
use winnow::token::any;

use super::syntax::{Failure, Input, Parsed, expected};
use super::token::{Kind, Token};
use super::tree::{Pattern, Piece, Spanned};
use crate::domain::task::{Priority, Status};

/// Most minutes that an estimate can be held against, which is more than any task has.
const MAX_MINUTES: u32 = 1_000_000;

/// Words that stand for themselves between quotation marks only.
const RESERVED: [&str; 3] = ["in", "like", "has"];

/// A text, in quotation marks or as one word.
pub(super) fn text(input: &mut Input<'_, '_>) -> Parsed<String> {
    let token = any.parse_next(input)?;
    written(token).ok_or_else(|| expected(token, "a text in quotation marks, or one word"))
}

/// A name of a tag or project, by the rules that hold for such names.
pub(super) fn name<T: FromStr<Err: Display>>(input: &mut Input<'_, '_>) -> Parsed<Spanned<T>> {
    let token = any.parse_next(input)?;
    let name =
        written(token).ok_or_else(|| expected(token, "a name: one word, or a text in quotation marks"))?;
    let value = name
        .parse()
        .map_err(|why| Failure::new(token.span, format!("expected a name; this one {why}")))?;
    Ok(Spanned {
        value,
        span: token.span,
    })
}

pub(super) fn pattern(input: &mut Input<'_, '_>) -> Parsed<Pattern> {
    let token = any.parse_next(input)?;
    let refuse = || expected(token, "what to look for, like \"milk\" or \"milk*\"");
    let pieces = match token.kind {
        Kind::Quoted(text) => pieces(text),
        _ => vec![Piece::Text(written(token).ok_or_else(refuse)?)],
    };
    if pieces.is_empty() {
        return Err(refuse());
    }
    Ok(Pattern(pieces))
}

pub(super) fn status(input: &mut Input<'_, '_>) -> Parsed<Status> {
    word(input, "one of open, done, skipped")
}

pub(super) fn priority(input: &mut Input<'_, '_>) -> Parsed<Priority> {
    word(input, "one of low, normal, high, critical")
}

/// An amount of work in minutes.
pub(super) fn estimate(input: &mut Input<'_, '_>) -> Parsed<u32> {
    let token = any.parse_next(input)?;
    let minutes = match token.kind {
        Kind::Word(text) | Kind::Quoted(text) => minutes(&text.to_ascii_lowercase()),
        _ => None,
    };
    minutes
        .filter(|minutes| *minutes <= MAX_MINUTES)
        .ok_or_else(|| expected(token, "an amount of work, like 90m, 1h30m, PT2H or 45 (minutes)"))
}

/// A word of a fixed list, whatever its case.
fn word<T: FromStr>(input: &mut Input<'_, '_>, all: &str) -> Parsed<T> {
    let token = any.parse_next(input)?;
    let parsed = match token.kind {
        Kind::Word(text) | Kind::Quoted(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| expected(token, all))
}

/// The text that a token stands for; none of a sign or a word of the language.
fn written(token: &Token<'_>) -> Option<String> {
    match token.kind {
        Kind::Word(word) if !RESERVED.iter().any(|reserved| token.is_word(reserved)) => Some(word.to_owned()),
        Kind::Quoted(text) => Some(characters(text).map(|(c, _)| c).collect()),
        _ => None,
    }
}

/// The characters that a text between quotation marks stands for, and whether a backslash goes before it.
fn characters(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let mut rest = text.chars();
    std::iter::from_fn(move || match rest.next()? {
        '\\' => rest.next().map(|c| (c, true)),
        c => Some((c, false)),
    })
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (c, is_escaped) in characters(text) {
        let is_anything = !is_escaped && matches!(c, '*' | '%');
        match pieces.last_mut() {
            Some(Piece::Anything) if is_anything => {}
            _ if is_anything => pieces.push(Piece::Anything),
            Some(Piece::Text(text)) => text.push(c),
            _ => pieces.push(Piece::Text(c.to_string())),
        }
    }
    pieces
}

/// `90`, `90m`, `2h`, `1h30m`, and the same in ISO 8601: `PT1H30M`.
fn minutes(text: &str) -> Option<u32> {
    if let Ok(minutes) = text.parse() {
        return text.bytes().all(|byte| byte.is_ascii_digit()).then_some(minutes);
    }
    let text = text.strip_prefix("pt").unwrap_or(text);
    let (hours, rest) = text.split_once('h').unwrap_or(("", text));
    let minutes = match rest.strip_suffix('m') {
        Some(minutes) => digits(minutes)?,
        None if rest.is_empty() && !hours.is_empty() => 0,
        None => return None,
    };
    let hours = if text.contains('h') { digits(hours)? } else { 0 };
    hours.checked_mul(60)?.checked_add(minutes)
}

fn digits(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl Pattern {
    /// In the form in which names are kept.
    pub(super) fn composed(&self) -> Self {
        let composed = |piece: &Piece| match piece {
            Piece::Text(text) => Piece::Text(text.nfc().collect()),
            Piece::Anything => Piece::Anything,
        };
        Self(self.0.iter().map(composed).collect())
    }
}
