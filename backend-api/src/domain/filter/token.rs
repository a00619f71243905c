//! The tokens of a filter: words, texts in quotation marks, signs.

use std::fmt;

use winnow::combinator::{alt, eof, opt, peek, preceded, repeat, repeat_till, terminated};
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, one_of, take_while};

use super::FilterError;
use super::tree::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Open,
    Close,
    Comma,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    And,
    Or,
    Not,
    /// A word without quotation marks, a number, a date.
    Word(&'a str),
    /// What stands between quotation marks, with its backslashes.
    Quoted(&'a str),
    /// After the last one.
    End,
}

/// What can follow a backslash between quotation marks.
pub(super) const ESCAPED: [char; 5] = ['\\', '"', '\'', '*', '%'];

/// The tokens of a text; the last one is [`Kind::End`].
pub(super) fn read(text: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let columns = Columns::of(text);
    let lexed = all.parse_next(&mut LocatingSlice::new(text));
    let (found, end) = lexed.map_err(|failure: Failure| {
        let column = columns.of_byte(failure.at);
        FilterError::new(Span::at(column), failure.detail(text))
    })?;
    let found = found.into_iter().chain([(Kind::End, end)]);
    let tokens = found.map(|(kind, bytes)| Token {
        kind,
        span: Span {
            start: columns.of_byte(bytes.start),
            end: columns.of_byte(bytes.end),
        },
    });
    Ok(tokens.collect())
}

type Source<'a> = LocatingSlice<&'a str>;
type Lexed<T> = Result<T, Failure>;
type Place = std::ops::Range<usize>;

fn all<'a>(input: &mut Source<'a>) -> Lexed<(Vec<(Kind<'a>, Place)>, Place)> {
    repeat_till(
        0..,
        preceded(blanks, token.with_span()),
        preceded(blanks, eof.span()),
    )
    .parse_next(input)
}

fn blanks(input: &mut Source<'_>) -> Lexed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn token<'a>(input: &mut Source<'a>) -> Lexed<Kind<'a>> {
    alt((sign, quoted, date.map(Kind::Word), word.map(Kind::of_word))).parse_next(input)
}

fn sign<'a>(input: &mut Source<'a>) -> Lexed<Kind<'a>> {
    let single = alt((
        "(".value(Kind::Open),
        ")".value(Kind::Close),
        ",".value(Kind::Comma),
        "+".value(Kind::Plus),
        "-".value(Kind::Minus),
    ));
    let comparison = alt((
        alt(("==", "=")).value(Kind::Equal),
        "!=".value(Kind::NotEqual),
        "<=".value(Kind::AtMost),
        ">=".value(Kind::AtLeast),
        "<".value(Kind::Less),
        ">".value(Kind::More),
    ));
    let joint = alt(("&&".value(Kind::And), "||".value(Kind::Or), "!".value(Kind::Not)));
    alt((single, comparison, joint)).parse_next(input)
}

/// A date, and perhaps a time and an offset: the one word that has signs in it. What its parts say is checked later.
fn date<'a>(input: &mut Source<'a>) -> Lexed<&'a str> {
    let digits = |many: usize| take_while(many..=many, |c: char| c.is_ascii_digit());
    let time = take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.'));
    let offset = (one_of(['+', '-']), digits(2), ':', digits(2));
    let day = (digits(4), '-', digits(2), '-', digits(2));
    (day, opt((one_of(['T', 't']), time, opt(offset))))
        .take()
        .parse_next(input)
}

/// Letters and digits, and a hyphen between a letter or a digit and a letter: so `today-7d` is three tokens.
fn word<'a>(input: &mut Source<'a>) -> Lexed<&'a str> {
    let hyphen = terminated('-', peek(one_of(|c: char| is_of_word(c) && !c.is_ascii_digit())));
    (
        one_of(is_of_word),
        repeat::<_, _, (), _, _>(0.., alt((one_of(is_of_word), hyphen))),
    )
        .take()
        .parse_next(input)
}

/// Every letter of every script, with its marks; no sign, no quotation mark, nothing that turns the direction of writing.
fn is_of_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let is_sign =
        matches!(c, '«' | '»' | '\u{200B}' | '\u{200E}'..='\u{202F}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !is_sign && !c.is_control() && !c.is_whitespace()
}

/// A text between quotation marks, as it stands there.
fn quoted<'a>(input: &mut Source<'a>) -> Lexed<Kind<'a>> {
    let at = input.current_token_start();
    let mark = one_of(['"', '\'']).parse_next(input)?;
    let inside = repeat::<_, _, (), _, _>(0.., |input: &mut Source<'a>| character(mark, input))
        .take()
        .parse_next(input)?;
    any.parse_next(input).map_err(|_: Failure| Failure {
        at,
        why: "the quotation mark that opens here is not closed",
        is_final: true,
    })?;
    Ok(Kind::Quoted(inside))
}

/// One that does not close the text.
fn character(mark: char, input: &mut Source<'_>) -> Lexed<()> {
    let at = input.current_token_start();
    let refuse = |why| Failure {
        at,
        why,
        is_final: true,
    };
    match any.parse_next(input)? {
        c if c == mark => Err(Failure::from_input(input)),
        '\\' => match one_of::<_, _, Failure>(ESCAPED).parse_next(input) {
            Ok(_) => Ok(()),
            Err(_) => Err(refuse("after a backslash is expected one of \\ \" ' * %")),
        },
        c if c.is_control() => Err(refuse("a text has no control characters")),
        _ => Ok(()),
    }
}

impl<'a> Kind<'a> {
    fn of_word(word: &'a str) -> Self {
        let keywords = [("and", Self::And), ("or", Self::Or), ("not", Self::Not)];
        let keyword = keywords
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word));
        keyword.map_or(Self::Word(word), |(_, kind)| kind)
    }
}

impl Token<'_> {
    /// Whether it is this word, whatever its case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word(found) if found.eq_ignore_ascii_case(word))
    }
}

/// So much of a token is repeated in an error.
const SHOWN_CHARS: usize = 24;

/// As an error shows what was found: nothing that could be taken for something else.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            Kind::Word(text) | Kind::Quoted(text) => {
                let shown: String = text.chars().take(SHOWN_CHARS).collect();
                let rest = if shown.len() < text.len() { "…" } else { "" };
                return write!(f, "{shown:?}{rest}");
            }
            Kind::End => return f.write_str("the end"),
            Kind::Open => "(",
            Kind::Close => ")",
            Kind::Comma => ",",
            Kind::Equal => "=",
            Kind::NotEqual => "!=",
            Kind::Less => "<",
            Kind::AtMost => "<=",
            Kind::More => ">",
            Kind::AtLeast => ">=",
            Kind::Plus => "+",
            Kind::Minus => "-",
            Kind::And => "and",
            Kind::Or => "or",
            Kind::Not => "not",
        };
        write!(f, "\"{sign}\"")
    }
}

/// Which character a byte belongs to.
struct Columns(Vec<usize>);

impl Columns {
    fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(byte, _)| byte).collect())
    }

    /// Counted from 1; the end is one more than the last.
    fn of_byte(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start < byte) + 1
    }
}

/// Where the text stops being tokens.
#[derive(Debug)]
struct Failure {
    at: usize,
    why: &'static str,
    is_final: bool,
}

impl Failure {
    fn detail(&self, text: &str) -> String {
        let found = text.get(self.at..).and_then(|rest| rest.chars().next());
        match (self.why, found) {
            ("", Some(c @ ('“' | '”' | '„' | '‘' | '’' | '«' | '»'))) => {
                format!("expected a straight quotation mark, \" or '; found {c}")
            }
            ("", Some(c)) => format!(
                "expected a word, a text in quotation marks or a sign; found U+{:04X}, which stands between quotation marks only",
                u32::from(c)
            ),
            (why, _) => why.to_owned(),
        }
    }
}

impl ParserError<Source<'_>> for Failure {
    type Inner = Self;

    fn from_input(input: &Source<'_>) -> Self {
        Self {
            at: input.current_token_start(),
            why: "",
            is_final: false,
        }
    }

    fn is_backtrack(&self) -> bool {
        !self.is_final
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}
