//! The first occurrences of each rule against a table from an independent implementation; how it was made and where
//! the two differ is said in `reference/generate.py`.

use std::collections::BTreeSet;

use chrono::Datelike;
use recurrence::{Anchor, Exceptions, Missed, Series, WallTime};

const TABLE: &str = include_str!("reference/cases.tsv");
/// What the table shows of a series that goes on.
const SHOWN: usize = 6;

struct Case<'table> {
    line: &'table str,
    series: Series,
    /// Each occurrence as `WALL=INSTANT`, and the word "end" if no more follow.
    expected: Vec<&'table str>,
}

impl<'table> Case<'table> {
    fn parse(line: &'table str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [zone, dtstart, rule, excluded, added, expected] = fields[..] else {
            panic!("six fields: {line}");
        };
        let series = Series {
            rule: rule.parse().expect(line),
            zone: zone.parse().expect(line),
            dtstart: dtstart.parse().expect(line),
            count_base: 1,
            anchor: Anchor::Schedule,
            missed: Missed::Keep,
            exceptions: Exceptions::new(wall_times(excluded), wall_times(added)).expect(line),
        };
        let expected = expected.split(' ').collect();
        Self {
            line,
            series,
            expected,
        }
    }

    /// What this crate says, in the words of the table.
    fn actual(&self) -> Vec<String> {
        self.series.check().expect(self.line);
        let is_cut = self.expected.last() != Some(&"end");
        let n = if is_cut { self.expected.len() } else { SHOWN + 1 };
        let on_time = self.series.on_time(&self.series.first());
        let occurrences = self.series.preview(n, on_time).expect(self.line);
        let mut words: Vec<String> = occurrences
            .iter()
            .map(|occurrence| {
                let due = self.series.zone.due_at(occurrence.slot);
                format!("{}={}", occurrence.slot, due.format("%Y-%m-%dT%H:%M:%SZ"))
            })
            .collect();
        if !is_cut {
            words.push("end".to_owned());
        }
        words
    }
}

fn wall_times(list: &str) -> Vec<WallTime> {
    let texts = list.split(',').filter(|text| !text.is_empty());
    texts.map(|text| text.parse().expect(text)).collect()
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(Case::parse)
}

#[test]
fn wall_times_and_instants_are_those_of_an_independent_implementation() {
    let wrong: Vec<String> = cases()
        .filter_map(|case| {
            let actual = case.actual();
            (actual != case.expected).then(|| format!("{}\n  but here {}", case.line, actual.join(" ")))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_is_large_and_covers_every_part_of_a_rule() {
    let lines: BTreeSet<&str> = cases().map(|case| case.line).collect();
    let zones: BTreeSet<&str> = cases().map(|case| case.series.zone.name()).collect();
    let years: BTreeSet<i32> = cases().map(|case| case.series.dtstart.date().year()).collect();
    assert!(lines.len() >= 500, "{} cases", lines.len());
    assert!(zones.len() >= 10, "{} zones", zones.len());
    assert!(years.len() >= 10, "{} years", years.len());
    for part in [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        ";INTERVAL=",
        ";COUNT=",
        ";UNTIL=",
        ";WKST=",
        ";BYMONTH=",
        ";BYWEEKNO=",
        ";BYYEARDAY=",
        ";BYMONTHDAY=",
        ";BYDAY=",
        ";BYHOUR=",
        ";BYSETPOS=",
        "SKIP=BACKWARD",
    ] {
        let with_part = lines.iter().filter(|line| line.contains(part)).count();
        assert!(with_part >= 10, "{with_part} cases with {part}");
    }
    let excluding = cases()
        .filter(|case| !case.series.exceptions.excluded().is_empty())
        .count();
    let adding = cases()
        .filter(|case| !case.series.exceptions.added().is_empty())
        .count();
    assert!(
        excluding >= 50 && adding >= 50,
        "{excluding} cases exclude and {adding} add"
    );
}
