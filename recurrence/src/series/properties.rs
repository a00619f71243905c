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

/// The series with some of its slots excluded, and wall times added: some slots too, some a few days off.
fn with_exceptions(series: Series, excluded: &[usize], added: &[(usize, i64, i64)]) -> Series {
    let slots = series
        .preview(24, series.on_time(&series.first()))
        .expect("a preview");
    let slot_at = |index: usize| slots.get(index % slots.len()).map(|occurrence| occurrence.slot);
    let first = series.dtstart;
    let excluded: Vec<WallTime> = excluded.iter().filter_map(|index| slot_at(*index)).collect();
    let excluded: Vec<WallTime> = excluded.into_iter().filter(|slot| *slot != first).collect();
    let moved = |(index, days, seconds): &(usize, i64, i64)| {
        let by = chrono::Duration::days(*days) + chrono::Duration::seconds(*seconds);
        slot_at(*index).map(|slot| slot.same_kind_at(slot.start() + by))
    };
    let added = added
        .iter()
        .filter_map(moved)
        .filter(|slot| !excluded.contains(slot))
        .collect();
    Series {
        exceptions: Exceptions::new(excluded, added).expect("exceptions"),
        ..series
    }
}

/// A preview that would search too long says nothing about the property.
fn refused(error: SeriesError) -> TestCaseError {
    TestCaseError::reject(error.to_string())
}

prop_compose! {
    fn any_exceptional_series()(
        series in any_series(),
        excluded in prop::collection::vec(0..24usize, 0..8),
        added in prop::collection::vec((0..24usize, -3..60i64, prop::sample::select(&[0, 0, 3_600, -60][..])), 0..8),
    ) -> Series {
        with_exceptions(series, &excluded, &added)
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

    #[test]
    fn a_successor_is_strictly_later_whatever_is_excluded_and_added(
        series in any_exceptional_series(),
        hours in -2_000..40_000i64,
    ) {
        let completed_at = series.on_time(&series.first()) + chrono::Duration::hours(hours);
        let preview = series.preview(40, completed_at).map_err(refused)?;
        for (pair, ordinal) in preview.windows(2).zip(2..) {
            prop_assert!(pair[1].slot.start() > pair[0].slot.start());
            prop_assert_eq!(pair[1].ordinal, ordinal);
        }
    }

    #[test]
    fn a_preview_is_the_successor_repeated_whatever_is_excluded_and_added(
        series in any_exceptional_series(),
        hours in -2_000..40_000i64,
    ) {
        let mut completed_at = series.on_time(&series.first()) + chrono::Duration::hours(hours);
        let last_year = series.dtstart.date().year().max(completed_at.year()) + PREVIEW_YEARS;
        let preview = series.preview(20, completed_at).map_err(refused)?;
        for pair in preview.windows(2) {
            prop_assert_eq!(series.successor(&pair[0], completed_at), Ok(Some(pair[1])));
            completed_at = completed_at.max(series.on_time(&pair[1]));
        }
        let last = preview.last().expect("the first");
        let next = series.successor(last, completed_at).expect("a series");
        let is_whole = preview.len() == 20 || next.is_none_or(|next| next.slot.date().year() > last_year);
        prop_assert!(is_whole, "{:?} then {:?}", preview, next);
    }

    #[test]
    fn an_excluded_slot_never_appears(series in any_exceptional_series(), hours in -2_000..40_000i64) {
        let completed_at = series.on_time(&series.first()) + chrono::Duration::hours(hours);
        for occurrence in series.preview(40, completed_at).map_err(refused)? {
            prop_assert!(!series.exceptions.excluded().contains(&occurrence.slot));
        }
    }

    #[test]
    fn every_added_wall_time_ahead_appears_once_when_missed_ones_are_kept(series in any_exceptional_series()) {
        let series = Series { anchor: Anchor::Schedule, missed: Missed::Keep, ..series };
        let preview = series.preview(MAX_PREVIEW, series.on_time(&series.first())).map_err(refused)?;
        let last = preview.last().expect("the first").slot.start();
        for added in series.exceptions.added() {
            let times = preview.iter().filter(|occurrence| occurrence.slot == *added).count();
            let is_ahead = added.start() >= series.dtstart.start();
            let is_shown = preview.len() < MAX_PREVIEW || added.start() <= last;
            prop_assert_eq!(times, usize::from(is_ahead && is_shown), "{}", added);
        }
    }

    #[test]
    fn count_is_the_number_of_slots_of_the_rule_whatever_is_excluded_and_added(series in any_exceptional_series()) {
        let series = Series { anchor: Anchor::Schedule, missed: Missed::Keep, ..series };
        let plain = Series { exceptions: Exceptions::default(), ..series.clone() };
        let slots = |series: &Series| -> Vec<WallTime> {
            let preview = series.preview(30, series.on_time(&series.first())).expect("a preview");
            preview.iter().map(|occurrence| occurrence.slot).collect()
        };
        if series.rule.count().is_some() {
            let of_rule = slots(&plain);
            let kept = of_rule.iter().filter(|slot| !series.exceptions.excluded().contains(slot));
            let added = series.exceptions.added().iter().filter(|slot| slot.start() > series.dtstart.start());
            let mut expected: Vec<WallTime> = kept.chain(added).copied().collect();
            expected.sort_by_key(WallTime::start);
            expected.dedup();
            prop_assert_eq!(slots(&series), expected);
        }
    }

    #[test]
    fn instants_follow_the_order_of_slots_except_from_a_time_that_the_clocks_jump_over(series in any_exceptional_series()) {
        let preview = series.preview(60, series.on_time(&series.first())).map_err(refused)?;
        for pair in preview.windows(2) {
            let (at, next) = (series.on_time(&pair[0]), series.on_time(&pair[1]));
            let is_in_gap = series.zone.to_local(at) != pair[0].slot.start();
            prop_assert!(at <= next || is_in_gap, "{} {}", pair[0].slot, pair[1].slot);
        }
    }

    #[test]
    fn every_wall_time_has_an_instant_in_every_zone(
        zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
        day in 0..2_932_896i64,
        second in 0..86_400i64,
    ) {
        let zone: Zone = zone.name().parse().expect("a zone");
        let epoch = instant("1970-01-01T00:00:00Z");
        let at = (epoch + chrono::Duration::days(day) + chrono::Duration::seconds(second)).naive_utc();
        let shown = zone.to_local(zone.resolve(at));
        // A time in a gap moves on by the gap, of which the longest is a day.
        prop_assert!(shown >= at && shown - at <= chrono::Duration::days(1), "{} {}", at, shown);
        prop_assert!(zone.due_at(WallTime::AllDay(at.date())) >= zone.resolve(at.date().and_time(chrono::NaiveTime::MIN)));
    }

    #[test]
    fn a_rule_is_read_as_it_is_written(series in any_series()) {
        prop_assert_eq!(series.rule.to_string().parse(), Ok(series.rule));
    }
}
