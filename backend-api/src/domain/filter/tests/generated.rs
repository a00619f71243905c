//! Any text at all, and any filter at all.

use chrono::{DateTime, NaiveDate, Weekday};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::date::{Base, Relative, Shift, Unit};
use super::*;
use crate::domain::task::{Priority, Status};

fn relative() -> impl Strategy<Value = Relative> {
    select(vec![Relative::Last, Relative::This, Relative::Next])
}

fn unit() -> impl Strategy<Value = Unit> {
    select(vec![Unit::Day, Unit::Week, Unit::Month, Unit::Year])
}

fn base() -> impl Strategy<Value = Base> {
    let longer = select(vec![Unit::Week, Unit::Month, Unit::Year]);
    let day = select(vec![Weekday::Mon, Weekday::Thu, Weekday::Sun]);
    let date =
        (1970..10_000, 1..367_u32).prop_filter_map("a day", |(year, day)| NaiveDate::from_yo_opt(year, day));
    let local = (date.clone(), 0..86_400_u32).prop_filter_map("a time", |(date, second)| {
        date.and_hms_opt(second / 3600, second / 60 % 60, second % 60)
    });
    let instant = (0..250_000_000_000_000_000_i64).prop_filter_map("a time", DateTime::from_timestamp_micros);
    prop_oneof![
        Just(Base::Now),
        relative().prop_map(Base::Day),
        (relative(), day).prop_map(|(relative, day)| Base::Weekday(relative, day)),
        (relative(), longer).prop_map(|(relative, unit)| Base::Stretch(relative, unit)),
        (relative(), unit()).prop_map(|(relative, unit)| Base::Start(relative, unit)),
        (relative(), unit()).prop_map(|(relative, unit)| Base::End(relative, unit)),
        date.prop_map(Base::Date),
        local.prop_map(Base::Local),
        instant.prop_map(Base::Instant),
    ]
}

fn shift() -> impl Strategy<Value = Shift> {
    let number = -99_999..=99_999;
    prop_oneof![
        number.clone().prop_map(Shift::Minutes),
        number.clone().prop_map(Shift::Hours),
        (number, unit()).prop_map(|(number, unit)| Shift::Calendar(number, unit)),
    ]
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::at(1),
    }
}

fn date() -> impl Strategy<Value = Spanned<Date>> {
    let shifts = vec(shift(), 0..4);
    (base(), shifts).prop_map(|(base, shifts)| spanned(Date { base, shifts }))
}

fn test<V: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = V> + Clone + 'static,
) -> impl Strategy<Value = Test<V>> {
    let order = select(vec![Order::Less, Order::AtMost, Order::More, Order::AtLeast]);
    prop_oneof![
        vec(value.clone(), 1..4).prop_map(Test::OneOf),
        (order, value).prop_map(|(order, value)| Test::Than(order, value)),
    ]
}

/// Texts that have everything in them that stands for something.
fn words() -> impl Strategy<Value = String> {
    let signs = select(vec![
        "\\", "\"", "'", "*", "%", "_", "and", " ", "é", "\u{202e}", "a", "(", "שלום",
    ]);
    vec(signs, 0..6).prop_map(|parts| parts.concat())
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let text = words().prop_filter("text", |text| !text.is_empty());
    (vec(text, 1..4), any::<[bool; 2]>()).prop_map(|(texts, [before, after])| {
        let mut pieces: Vec<Piece> = before.then_some(Piece::Anything).into_iter().collect();
        for (index, text) in texts.into_iter().enumerate() {
            pieces.extend((index > 0).then_some(Piece::Anything));
            pieces.push(Piece::Text(text));
        }
        pieces.extend(after.then_some(Piece::Anything));
        Pattern(pieces)
    })
}

fn term() -> impl Strategy<Value = Term> {
    let texts = select(vec![TextField::Title, TextField::Description, TextField::Either]);
    let like = prop_oneof![
        texts.clone().prop_map(LikeField::Text),
        Just(LikeField::Tag),
        Just(LikeField::Project)
    ];
    let part = select(vec![
        Part::Description,
        Part::Tags,
        Part::Project,
        Part::Due,
        Part::SubTasks,
        Part::Reminders,
    ]);
    let times = select(vec![
        TimeField::Due,
        TimeField::Start,
        TimeField::Created,
        TimeField::Completed,
    ]);
    let status = select(vec![Status::Open, Status::Done, Status::Skipped]);
    let priority = select(vec![
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Critical,
    ]);
    let tag = words().prop_filter_map("a name", |text| text.parse().ok().map(spanned));
    let project = words().prop_filter_map("a name", |text| text.parse().ok().map(spanned));
    prop_oneof![
        part.prop_map(Term::Has),
        (like, pattern()).prop_map(|(field, pattern)| Term::Like(field, pattern)),
        (texts, vec(words(), 1..4)).prop_map(|(field, texts)| Term::Text(field, texts)),
        vec(tag, 1..4).prop_map(Term::Tag),
        vec(project, 1..4).prop_map(Term::Project),
        vec(status, 1..4).prop_map(Term::Status),
        test(priority).prop_map(Term::Priority),
        test(0..=1_000_000_u32).prop_map(Term::Estimate),
        (times, test(date().boxed())).prop_map(|(field, test)| Term::Time(field, test)),
    ]
}

fn expr() -> impl Strategy<Value = Expr<Term>> {
    term().prop_map(Expr::Is).prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expr::All),
            vec(inner.clone(), 2..4).prop_map(Expr::Any),
            inner.prop_map(Expr::not),
        ]
    })
}

/// Pieces of the language in any order, which get further into the grammar than any text does.
fn pieces() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "due",
        "tag",
        "title",
        "has",
        "in",
        "like",
        "not",
        "and",
        "or",
        "(",
        ")",
        ",",
        "=",
        "!=",
        "<",
        "+",
        "-",
        "today",
        "7d",
        "start",
        "of",
        "week",
        "\"",
        "'",
        "\\",
        "*",
        "2026-12-01",
        "T09:00",
        "next",
        "é",
        "\0",
        "\u{202e}",
        "99999y",
        "estimate",
        "priority",
        "high",
    ]);
    vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

fn calendar() -> Calendar {
    Calendar {
        now: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000),
        zone: "Africa/Cairo".parse().expect("a zone"),
        first_day: Weekday::Sat,
    }
}

/// Reads a text, and says what it means if it is a filter.
fn judge(text: &str) {
    match Filter::parse(text) {
        Ok(filter) => {
            assert_eq!(Filter::parse(&filter.to_string()).as_ref(), Ok(&filter));
            let _ = filter.meant(&calendar(), &Names::default());
        }
        Err(error) => {
            let columns = 1..=text.chars().count() + 1;
            assert!(columns.contains(&error.column()), "{text:?}: {error}");
            assert!(!error.to_string().contains(char::is_control), "{text:?}: {error}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        judge(&text);
    }

    #[test]
    fn no_order_of_pieces_makes_it_panic(text in pieces()) {
        judge(&text);
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(expr in expr()) {
        let filter = Filter(expr);
        let text = filter.to_string();
        prop_assume!(text.chars().count() <= MAX_CHARS);
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }
}
