//! A preview is what completing does: the commands that facts give, against `recurrence`'s own look ahead.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use recurrence::{Exceptions, Occurrence, Series, WallTime};
use recurring_svc::domain::successor::{Reason, Successor, successor};
use serde_json::json;
use shared_events::event::Timestamp;
use shared_events::event::task::TaskEvent;
use shared_events::ids::SeriesId;

use crate::examples::{examples, read};

const RULES: [&str; 14] = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=4",
    "FREQ=DAILY;BYHOUR=2,9,23",
    "FREQ=DAILY;UNTIL=20270115T120000Z",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SA",
    "FREQ=WEEKLY;WKST=SU;BYDAY=SU;UNTIL=20270201",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=-1FR,2MO",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "RSCALE=GREGORIAN;FREQ=YEARLY;INTERVAL=2;SKIP=BACKWARD",
];
const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Pacific/Apia",
];

/// What completing `occurrence` at this moment makes recurring-svc send: the next occurrence, or none.
fn completed(series: &Series, occurrence: &Occurrence, at: DateTime<Utc>) -> Option<Occurrence> {
    let mut event: TaskEvent = read(&examples("task-events-value", "v2").join("task-completed.json"));
    let task = event.task.as_mut().expect("a task");
    let id: SeriesId = task.series_id.expect("a series");
    task.id = id.occurrence(occurrence.ordinal);
    task.ordinal = Some(occurrence.ordinal);
    task.completed_at = Some(Timestamp::new(at));
    let recurrence = json!({
        "rrule": series.rule.to_string(), "zone": series.zone.to_string(), "dtstart": series.dtstart.to_string(),
        "anchor": series.anchor.as_str(), "missed": series.missed.as_str(), "count_base": series.count_base,
        "slot": occurrence.slot.to_string(), "ordinal": occurrence.ordinal, "series_revision": 1,
    });
    task.recurrence = Some(serde_json::from_value(recurrence).expect("a snapshot"));
    match successor(&event).expect("a sound event") {
        Successor::Create(command) => {
            let create = command.create_occurrence.expect("a body");
            Some(Occurrence {
                slot: create.start.parse().expect("a wall time"),
                ordinal: create.ordinal,
            })
        }
        Successor::Nothing(Reason::Exhausted) => None,
        Successor::Nothing(reason) => panic!("no command: {}", reason.as_str()),
    }
}

fn any_series() -> impl Strategy<Value = Series> {
    let start = (0..500i64, prop::option::of(0..86_400i64));
    let words = (
        prop::sample::select(&["schedule", "completion"][..]),
        prop::sample::select(&["skip", "keep"][..]),
    );
    let rule = prop::sample::select(&RULES[..]);
    (rule, prop::sample::select(&ZONES[..]), start, words).prop_map(|(rule, zone, (day, second), words)| {
        let midnight: DateTime<Utc> = "2025-10-01T00:00:00Z".parse().expect("an instant");
        let day = midnight + Duration::days(day);
        let timed = |second| WallTime::Timed((day + Duration::seconds(second)).naive_utc());
        Series {
            rule: rule.parse().expect(rule),
            zone: zone.parse().expect(zone),
            dtstart: match second {
                Some(second) => timed(second),
                None if rule.contains("BYHOUR") => timed(0),
                None => WallTime::AllDay(day.date_naive()),
            },
            count_base: 1,
            anchor: words.0.parse().expect("an anchor"),
            missed: words.1.parse().expect("a word"),
            exceptions: Exceptions::default(),
        }
    })
}

#[test]
fn a_preview_is_what_completing_does_step_by_step() {
    static STEPS: AtomicU32 = AtomicU32::new(0);
    let config = ProptestConfig::with_cases(200);
    proptest!(config, |(series in any_series(), minutes in -100_000..1_000_000i64)| {
        let mut at = series.on_time(&series.first()) + Duration::minutes(minutes);
        let preview = series.preview(6, at).expect("a preview");
        let mut occurrence = series.first();
        prop_assert_eq!(preview.first(), Some(&occurrence));
        for previewed in (1..6).map(|step| preview.get(step)) {
            let created = completed(&series, &occurrence, at);
            prop_assert_eq!(previewed, created.as_ref(), "after {:?}, completed at {}", occurrence, at);
            let Some(created) = created else {
                break;
            };
            // The next one is completed on time, or at once if it is late already.
            at = at.max(series.zone.resolve(created.slot.start()));
            occurrence = created;
            STEPS.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(
        STEPS.load(Ordering::Relaxed) > 500,
        "hardly anything was compared"
    );
}
