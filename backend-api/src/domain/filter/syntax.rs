//! The grammar of a filter, from tokens to a tree. It looks one token ahead: what goes wrong does so where it stands.

use winnow::combinator::{delimited, separated, terminated};
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{Stateful, TokenSlice};
use winnow::token::{any, one_of};

use super::date_syntax;
use super::field::{FIELDS, Field, LikeField, PARTS};
use super::token::{Kind, Token};
use super::tree::{Expr, Order, Span, Term, Test};
use super::{FilterError, MAX_DEPTH, MAX_TERMS, value};

/// Tokens, and how much of the bounds is used up.
pub(super) type Input<'t, 'a> = Stateful<TokenSlice<'t, Token<'a>>, Used>;
pub(super) type Parsed<T> = Result<T, Failure>;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    depth: usize,
    terms: usize,
}

/// A refusal, and whether nothing else can be tried in its place.
#[derive(Debug)]
pub(super) struct Failure {
    error: FilterError,
    is_final: bool,
}

/// What `tokens`, the last of which is the end, say.
pub(super) fn read(tokens: &[Token<'_>]) -> Result<Expr<Term>, FilterError> {
    let mut input = Stateful {
        input: TokenSlice::new(tokens),
        state: Used::default(),
    };
    let end = closing(Kind::End, "\"and\", \"or\" or the end");
    let parsed = terminated(alternatives, end).parse_next(&mut input);
    parsed.map_err(|failure| failure.error)
}

fn alternatives(input: &mut Input<'_, '_>) -> Parsed<Expr<Term>> {
    let parts: Vec<_> = separated(1.., conjunction, sign(Kind::Or)).parse_next(input)?;
    Ok(Expr::joined(parts, Expr::Any))
}

fn conjunction(input: &mut Input<'_, '_>) -> Parsed<Expr<Term>> {
    let parts: Vec<_> = separated(1.., part, sign(Kind::And)).parse_next(input)?;
    Ok(Expr::joined(parts, Expr::All))
}

fn part(input: &mut Input<'_, '_>) -> Parsed<Expr<Term>> {
    let token = any.parse_next(input)?;
    match token.kind {
        Kind::Not => deeper(input, token, part).map(Expr::not),
        Kind::Open => {
            let close = closing(Kind::Close, "\"and\", \"or\" or \")\"");
            deeper(input, token, terminated(alternatives, close))
        }
        _ if token.is_word("has") => has(input).map(Expr::Is),
        Kind::Word(word) => match Field::named(word) {
            Some(field) => comparison(input, field),
            None => Err(expected(token, &format!("a field ({FIELDS}) or \"has\""))),
        },
        _ => Err(expected(token, "a field, \"has\", \"not\" or \"(\"")),
    }
}

/// What stands in parentheses, or after `not`.
fn deeper<'t, 'a, T>(
    input: &mut Input<'t, 'a>,
    token: &Token<'a>,
    mut parser: impl Parser<Input<'t, 'a>, T, Failure>,
) -> Parsed<T> {
    if input.state.depth == MAX_DEPTH {
        let detail = format!("parentheses and \"not\" are nested {MAX_DEPTH} deep at most");
        return Err(Failure::new(token.span, detail));
    }
    input.state.depth += 1;
    let parsed = parser.parse_next(input);
    input.state.depth -= 1;
    parsed
}

fn has(input: &mut Input<'_, '_>) -> Parsed<Term> {
    let token = any.parse_next(input)?;
    count(input, token)?;
    let field = match token.kind {
        Kind::Word(word) => Field::named(word),
        _ => None,
    };
    let part = field.and_then(Field::part);
    part.map(Term::Has)
        .ok_or_else(|| expected(token, &format!("one of {PARTS}")))
}

fn comparison(input: &mut Input<'_, '_>, field: Field) -> Parsed<Expr<Term>> {
    let (operator, is_negated) = operator(input, field)?;
    let term = match (field, operator) {
        (_, Operator::Like(field)) => Term::Like(field, one(input, value::pattern)?),
        (Field::Text(field), _) => Term::Text(field, values(input, operator, value::text)?),
        (Field::Status, _) => Term::Status(values(input, operator, value::status)?),
        (Field::Tag, _) => Term::Tag(values(input, operator, value::name)?),
        (Field::Project, _) => Term::Project(values(input, operator, value::name)?),
        (Field::Priority, _) => Term::Priority(test(input, operator, value::priority)?),
        (Field::Estimate, _) => Term::Estimate(test(input, operator, value::estimate)?),
        (Field::Time(field), _) => Term::Time(field, test(input, operator, date_syntax::date)?),
        (Field::Only(part), _) => Term::Has(part),
    };
    let term = Expr::Is(term);
    Ok(if is_negated { term.not() } else { term })
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    In,
    Than(Order),
    Like(LikeField),
}

/// What stands after a field, and whether it is negated.
fn operator(input: &mut Input<'_, '_>, field: Field) -> Parsed<(Operator, bool)> {
    let token = any.parse_next(input)?;
    let order = match token.kind {
        Kind::Less => Some(Order::Less),
        Kind::AtMost => Some(Order::AtMost),
        Kind::More => Some(Order::More),
        Kind::AtLeast => Some(Order::AtLeast),
        _ => None,
    };
    if let Field::Only(part) = field {
        return Err(expected(token, &format!("\"has {}\" instead", part.name())));
    }
    match (token.kind, order) {
        (Kind::Equal, _) => Ok((Operator::Equal, false)),
        (Kind::NotEqual, _) => Ok((Operator::Equal, true)),
        (Kind::Not, _) => Ok((worded(input.next_token().unwrap_or(token), field)?, true)),
        (_, Some(order)) if field.has_order() => Ok((Operator::Than(order), false)),
        _ => Ok((worded(token, field)?, false)),
    }
}

/// `in` or `like`.
fn worded(token: &Token<'_>, field: Field) -> Parsed<Operator> {
    if token.is_word("in") {
        return Ok(Operator::In);
    }
    match field.like() {
        Some(field) if token.is_word("like") => Ok(Operator::Like(field)),
        Some(_) => Err(expected(token, "one of =, !=, in, not in, like, not like")),
        None if field.has_order() => Err(expected(token, "one of =, !=, <, <=, >, >=, in, not in")),
        None => Err(expected(token, "one of =, !=, in, not in")),
    }
}

/// The values of an operator that asks whether it is one of them.
fn values<'t, 'a, V>(
    input: &mut Input<'t, 'a>,
    operator: Operator,
    value: fn(&mut Input<'t, 'a>) -> Parsed<V>,
) -> Parsed<Vec<V>> {
    match operator {
        Operator::In => list(input, value),
        _ => Ok(vec![one(input, value)?]),
    }
}

fn test<'t, 'a, V>(
    input: &mut Input<'t, 'a>,
    operator: Operator,
    value: fn(&mut Input<'t, 'a>) -> Parsed<V>,
) -> Parsed<Test<V>> {
    match operator {
        Operator::Than(order) => Ok(Test::Than(order, one(input, value)?)),
        _ => values(input, operator, value).map(Test::OneOf),
    }
}

fn list<'t, 'a, V>(input: &mut Input<'t, 'a>, value: fn(&mut Input<'t, 'a>) -> Parsed<V>) -> Parsed<Vec<V>> {
    let each = move |input: &mut Input<'t, 'a>| one(input, value);
    delimited(
        closing(Kind::Open, "\"(\" and a list of values"),
        separated(1.., each, sign(Kind::Comma)),
        closing(Kind::Close, "\",\" or \")\""),
    )
    .parse_next(input)
}

/// A value, which counts as one condition.
fn one<'t, 'a, V>(
    input: &mut Input<'t, 'a>,
    value: impl FnOnce(&mut Input<'t, 'a>) -> Parsed<V>,
) -> Parsed<V> {
    if let Some(token) = input.peek_token() {
        count(input, token)?;
    }
    value(input)
}

fn count(input: &mut Input<'_, '_>, token: &Token<'_>) -> Parsed<()> {
    input.state.terms += 1;
    if input.state.terms > MAX_TERMS {
        let detail = format!("a filter has at most {MAX_TERMS} conditions, and each value of a list is one");
        return Err(Failure::new(token.span, detail));
    }
    Ok(())
}

/// A sign that may be missing.
pub(super) fn sign<'t, 'a>(kind: Kind<'static>) -> impl Parser<Input<'t, 'a>, &'t Token<'a>, Failure>
where
    'a: 't,
{
    one_of(move |token: &Token<'a>| token.kind == kind)
}

/// A sign that must be there; `all` is what could be there.
fn closing<'t, 'a>(
    kind: Kind<'static>,
    all: &'static str,
) -> impl Parser<Input<'t, 'a>, &'t Token<'a>, Failure>
where
    'a: 't,
{
    move |input: &mut Input<'t, 'a>| {
        let token = any.parse_next(input)?;
        if token.kind == kind {
            Ok(token)
        } else {
            Err(expected(token, all))
        }
    }
}

/// Something else must stand where the token stands.
pub(super) fn expected(token: &Token<'_>, what: &str) -> Failure {
    Failure::new(token.span, format!("expected {what}; found {token}"))
}

impl Failure {
    pub(super) fn new(span: Span, detail: impl Into<String>) -> Self {
        Self {
            error: FilterError::new(span, detail),
            is_final: true,
        }
    }
}

impl ParserError<Input<'_, '_>> for Failure {
    type Inner = Self;

    fn from_input(input: &Input<'_, '_>) -> Self {
        let span = input.peek_token().map_or(Span::at(1), |token| token.span);
        Self {
            error: FilterError::new(span, "is not expected here"),
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
