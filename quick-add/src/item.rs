//! The phrases and marks that are taken: each word for one thing, and each thing once.

use crate::chart::Chart;
use crate::language::Language;
use crate::language::phrase::{Slot, Strength};
use crate::mark::{self, Mark};
use crate::text::{Kind, Text};
use crate::value::Value;

/// Something that a part of the text says.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its first token.
    pub(crate) begin: usize,
    /// The token after it.
    pub(crate) end: usize,
    pub(crate) said: Said,
    strength: Strength,
    pub(crate) fate: Fate,
}

#[derive(Debug, Clone)]
pub(crate) enum Said {
    Phrase(Slot, Value),
    Mark(Mark),
    /// `#12`, which looks like a mark.
    Number,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    Taken,
    /// It stands where it may mean something else.
    Doubted,
    /// There is one of its kind already.
    Repeated,
    /// A word beside it makes something else of it.
    Turned,
}

impl Item {
    /// Things of which a task has one; none for what it can have several of.
    fn place(&self) -> Option<usize> {
        match &self.said {
            Said::Phrase(Slot::Day, _) => Some(0),
            Said::Phrase(Slot::Time, _) => Some(1),
            Said::Phrase(Slot::Rhythm, _) => Some(2),
            Said::Phrase(Slot::Until | Slot::Count, _) => Some(3),
            Said::Phrase(Slot::Start, _) => Some(4),
            Said::Phrase(Slot::Estimate, _) => Some(5),
            Said::Phrase(Slot::Mark, _) | Said::Mark(Mark::Priority(_)) => Some(6),
            Said::Mark(Mark::Project(_)) => Some(7),
            Said::Phrase(..) | Said::Mark(Mark::Tag(_)) | Said::Number => None,
        }
    }

    /// Whether it is about time, so that what stands beside it probably is too.
    fn is_of_time(&self) -> bool {
        matches!(&self.said, Said::Phrase(slot, _) if !matches!(slot, Slot::Estimate | Slot::Mark))
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.fate == Fate::Taken
    }
}

/// The items of a text in their order, each with its fate.
pub(crate) fn all(text: &Text, language: Language) -> Vec<Item> {
    let chart = Chart::new(text, language);
    let mut items = found(text, &chart);
    doubt_turned(&mut items, &chart);
    let mut places = [false; 8];
    take(&mut items, &mut places, |item| item.strength == Strength::Sure);
    together(&mut items, &mut places, text);
    loop {
        let before = items.iter().filter(|item| item.is_taken()).count();
        from_beginning(&mut items, &mut places, text, &chart);
        from_end(&mut items, &mut places, text, &chart);
        if items.iter().filter(|item| item.is_taken()).count() == before {
            break;
        }
    }
    for item in items.iter_mut().filter(|item| item.fate == Fate::Open) {
        item.fate = Fate::Doubted;
    }
    items
}

/// Leaves phrases of time that a word of the title makes something else of; a word of another phrase does not.
fn doubt_turned(items: &mut [Item], chart: &Chart<'_>) {
    let begins: Vec<usize> = items.iter().map(|item| item.begin).collect();
    let mut end_before = 0;
    for (index, item) in items.iter_mut().enumerate() {
        let is_turned = end_before < item.begin && chart.turns(item.begin - 1);
        let is_followed = begins.get(index + 1) == Some(&item.end);
        let is_rhythm = matches!(item.said, Said::Phrase(Slot::Rhythm, _));
        let is_limited = !is_followed && chart.limits(item.end, is_rhythm);
        end_before = item.end;
        if item.is_of_time() && (is_turned || is_limited) {
            item.fate = Fate::Turned;
        }
    }
}

fn found(text: &Text, chart: &Chart<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    while at < text.tokens().len() {
        let item = marked(text, at).or_else(|| phrase(chart, at));
        at = item.as_ref().map_or(at + 1, |item| item.end);
        items.extend(item.filter(|item| !matches!(item.said, Said::Phrase(Slot::Title, _))));
    }
    items
}

fn marked(text: &Text, at: usize) -> Option<Item> {
    let marked = mark::at(text, at)?;
    let fate = if marked.mark.is_some() {
        Fate::Open
    } else {
        Fate::Doubted
    };
    Some(Item {
        begin: at,
        end: marked.end,
        said: marked.mark.map_or(Said::Number, Said::Mark),
        strength: Strength::Sure,
        fate,
    })
}

fn phrase(chart: &Chart<'_>, at: usize) -> Option<Item> {
    let found = chart.item(at)?;
    Some(Item {
        begin: at,
        end: found.end,
        said: Said::Phrase(found.slot, found.value),
        strength: found.strength,
        fate: Fate::Open,
    })
}

/// Takes the items that may be taken, unless there is one of their kind.
fn take(items: &mut [Item], places: &mut [bool; 8], may_be: impl Fn(&Item) -> bool) {
    for item in items.iter_mut() {
        if item.fate == Fate::Open && may_be(item) {
            decide(item, places);
        }
    }
}

fn decide(item: &mut Item, places: &mut [bool; 8]) {
    let place = item.place().and_then(|place| places.get_mut(place));
    item.fate = match place {
        Some(true) => Fate::Repeated,
        Some(free) => {
            *free = true;
            Fate::Taken
        }
        None => Fate::Taken,
    };
}

/// Takes a day and a time that stand side by side: each says that the other is one.
fn together(items: &mut [Item], places: &mut [bool; 8], text: &Text) {
    let is_of = |item: &Item, of: Slot| {
        let is_of = matches!(&item.said, Said::Phrase(slot, _) if *slot == of);
        is_of && item.fate == Fate::Open && item.strength >= Strength::End
    };
    for at in 1..items.len() {
        let Some([one, other]) = items.get_mut(at - 1..=at) else {
            return;
        };
        let are_both = (is_of(one, Slot::Day) && is_of(other, Slot::Time))
            || (is_of(one, Slot::Time) && is_of(other, Slot::Day));
        if are_both && skip_signs(text, one.end) == other.begin {
            decide(one, places);
            decide(other, places);
        }
    }
}

/// Takes what stands at the beginning, and what stands right behind a time.
fn from_beginning(items: &mut [Item], places: &mut [bool; 8], text: &Text, chart: &Chart<'_>) {
    let mut at_edge = Some(0);
    let mut of_time = None;
    for item in items.iter_mut() {
        let is_beside = of_time == Some(item.begin);
        let is_at_edge =
            at_edge.is_some_and(|edge| are_signs(text, edge, item.begin)) && item.strength >= Strength::Edge;
        let is_joined = chart.is_joined(item.begin, item.end);
        if item.fate == Fate::Open && (is_beside || (is_at_edge && !is_joined)) {
            decide(item, places);
        }
        if item.is_taken() {
            let end = skip_signs(text, item.end);
            at_edge = at_edge
                .filter(|edge| are_signs(text, *edge, item.begin))
                .map(|_| end);
            of_time = item.is_of_time().then_some(end);
        }
    }
}

/// Takes what stands at the end, or right before a time or a connector.
fn from_end(items: &mut [Item], places: &mut [bool; 8], text: &Text, chart: &Chart<'_>) {
    let mut at_edge = Some(text.tokens().len());
    let mut of_time = None;
    for item in items.iter_mut().rev() {
        let end = skip_signs(text, item.end);
        let is_beside = of_time == Some(item.end) || of_time == Some(end);
        let is_at_edge = at_edge.is_some_and(|edge| are_signs(text, end, edge));
        let is_free = (is_at_edge || chart.is_connector(item.end)) && item.strength >= Strength::End;
        let is_joined = chart.is_joined(item.begin, item.end);
        if item.fate == Fate::Open && (is_beside || (is_free && !is_joined)) {
            decide(item, places);
        }
        if item.is_taken() {
            at_edge = at_edge
                .filter(|edge| are_signs(text, end, *edge))
                .map(|_| item.begin);
            of_time = item.is_of_time().then_some(item.begin);
        }
    }
}

/// Whether nothing but signs, such as an emoji, stands from one token to another.
fn are_signs(text: &Text, from: usize, to: usize) -> bool {
    let between = text.tokens().get(from..to);
    between.is_some_and(|tokens| {
        tokens
            .iter()
            .all(|token| token.kind == Kind::Sign && !token.is_opaque)
    })
}

/// The token after the signs that close what stands before them.
fn skip_signs(text: &Text, at: usize) -> usize {
    let rest = text.tokens().get(at..).unwrap_or_default();
    let signs = rest
        .iter()
        .take_while(|token| token.kind == Kind::Sign && !token.is_apart && !token.is_opaque);
    at + signs.count()
}
