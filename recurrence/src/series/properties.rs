//! What holds for every rule, zone, anchor and moment of completion.

use proptest::prelude::*;

use super::tests::instant;
use super::*;

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

fn any_rule() -> impl Strategy<Value = String> {
    let part = |text: &'static [&'static str]| prop::sample::select(text);
    prop_oneof![
        (
            1..40u16,
            part(&[
                "",
                ";BYDAY=MO,WE",
                ";BYMONTH=2,7",
                ";BYMONTHDAY=13,-1",
                ";BYHOUR=2,9,23"
            ])
        )
            .prop_map(|(n, by)| format!("FREQ=DAILY;INTERVAL={n}{by}")),
        (
            1..40u16,
            part(&[
                "",
                ";BYDAY=TU,SA",
                ";WKST=SU;BYDAY=SU,MO",
                ";BYDAY=MO,TU,FR;BYSETPOS=-1,1"
            ])
        )
            .prop_map(|(n, by)| format!("FREQ=WEEKLY;INTERVAL={n}{by}")),
        (
            1..40u16,
            part(&[
                "",
                ";BYMONTHDAY=31",
                ";BYDAY=-1FR,2MO",
                ";BYDAY=MO,1TU",
                ";BYMONTHDAY=-1,30;BYHOUR=1,2"
            ])
        )
            .prop_map(|(n, by)| format!("FREQ=MONTHLY;INTERVAL={n}{by}")),
        (
            1..9u16,
            part(&[
                "",
                ";BYWEEKNO=1,53",
                ";BYYEARDAY=-1,366",
                ";BYMONTH=2;BYMONTHDAY=29",
                ";BYDAY=-1SU,53MO"
            ])
        )
            .prop_map(|(n, by)| format!("FREQ=YEARLY;INTERVAL={n}{by}")),
        (1..40u16, part(&["MONTHLY", "YEARLY"]))
            .prop_map(|(n, freq)| format!("RSCALE=GREGORIAN;FREQ={freq};INTERVAL={n};SKIP=BACKWARD")),
    ]
}

prop_compose! {
    fn any_series()(
        rule in any_rule(),
        end in prop::sample::select(&["", ";COUNT=4", ";UNTIL=20300101", ";UNTIL=20281231T115959Z"][..]),
        zone in prop::sample::select(&ZONES[..]),
        day in 0..20_000i64,
        second in prop::option::of(0..86_400i64),
        completion in any::<bool>(),
        keep in any::<bool>(),
    ) -> Series {
        let at = instant("1990-01-01T00:00:00Z") + chrono::Duration::days(day);
        let timed = |second| (at + chrono::Duration::seconds(second)).naive_utc();
        let rule: Rule = format!("{rule}{end}").parse().expect("a rule");
        let dtstart = match second {
            Some(second) => WallTime::Timed(timed(second)),
            None if rule.names_time_of_day() => WallTime::Timed(timed(0)),
            None => WallTime::AllDay(at.date_naive()),
        };
        Series {
            rule,
            zone: zone.parse().expect("a zone"),
            dtstart,
            count_base: 1,
            anchor: if completion { Anchor::Completion } else { Anchor::Schedule },
            missed: if keep { Missed::Keep } else { Missed::Skip },
            exceptions: Exceptions::default(),
        }
    }
}

proptest! {
    #[test]
    fn a_successor_is_strictly_later_and_numbered_one_higher(series in any_series(), hours in -2_000..40_000i64) {
        let first = series.first();
        let completed_at = series.zone.due_at(first.slot) + chrono::Duration::hours(hours);
        if let Some(next) = series.successor(&first, completed_at).expect("a series") {
            prop_assert!(next.slot.start() > first.slot.start());
            prop_assert_eq!(next.ordinal, 2);
            prop_assert_eq!(next.slot.is_all_day(), series.dtstart.is_all_day());
            if series.missed == Missed::Skip && series.anchor == Anchor::Schedule {
                prop_assert!(series.zone.due_at(next.slot) > completed_at);
            }
        }
    }

    #[test]
    fn no_moment_of_completion_makes_a_successor_panic(series in any_series(), second in any::<i64>()) {
        let ends = if second < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        let completed_at = DateTime::from_timestamp(second, 0).unwrap_or(ends);
        prop_assert!(series.successor(&series.first(), completed_at).is_ok());
    }

    #[test]
    fn wall_time_stays_what_it_is_unless_the_rule_names_another(series in any_series()) {
        let time = series.dtstart.start().time();
        for occurrence in series.preview(8, series.on_time(&series.first())).expect("a preview") {
            prop_assert!(series.rule.names_time_of_day() || occurrence.slot.start().time() == time);
        }
    }

    #[test]
    fn a_preview_is_the_successor_repeated(series in any_series(), hours in -2_000..40_000i64) {
        let mut completed_at = series.on_time(&series.first()) + chrono::Duration::hours(hours);
        let preview = series.preview(8, completed_at).expect("a preview");
        for pair in preview.windows(2) {
            prop_assert_eq!(series.successor(&pair[0], completed_at), Ok(Some(pair[1])));
            completed_at = completed_at.max(series.on_time(&pair[1]));
        }
        prop_assert!(series.rule.count().is_none_or(|count| preview.len() <= usize::from(count)));
    }

    #[test]
    fn a_search_from_any_slot_finds_what_a_run_from_the_start_finds(rule in any_rule(), day in 0..20_000i64) {
        let start = (instant("1990-01-01T09:00:00Z") + chrono::Duration::days(day)).naive_utc();
        let rule: Rule = rule.parse().expect("a rule");
        let mut seen = start;
        for slot in slots::after(&rule, start, start).take(12) {
            prop_assert_eq!(slots::after(&rule, start, seen).next(), Some(slot));
            seen = slot;
        }
    }
}
