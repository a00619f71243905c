//! The 22 invariants, each with the checkers that judge it. `docs/INVARIANTS.md` is this list for people; a test keeps
//! the two equal.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::evidence::{Evidence, Findings};
use super::{
    audit, effects, lanes, letters, notices, offsets, outages, owners, processes, promises, rows, screens,
};
use crate::chaos::report::Difference;

/// Something that must hold whatever happens.
#[derive(Debug)]
pub struct Invariant {
    pub number: u8,
    pub text: &'static str,
    pub checkers: &'static [Checker],
    /// What shows it where the system is in use.
    pub metric: &'static str,
    /// What is planted to see that the checkers find it.
    pub planted: &'static str,
}

/// Judges a part of an invariant.
#[derive(Debug)]
pub struct Checker {
    /// What a difference is reported under.
    pub rule: &'static str,
    /// Module and function.
    pub function: &'static str,
    run: fn(&Evidence<'_>) -> Findings,
}

/// What came of one invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub number: u8,
    pub text: &'static str,
    /// How many things were looked at: with none, nothing is known.
    pub examined: usize,
    pub differences: usize,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.examined, self.differences) {
            (0, 0) => f.write_str("not examined"),
            (examined, 0) => write!(f, "holds ({examined} examined)"),
            (examined, differences) => write!(f, "{differences} differences ({examined} examined)"),
        }
    }
}

impl Invariant {
    pub fn of(number: u8) -> Option<&'static Self> {
        INVARIANTS.iter().find(|invariant| invariant.number == number)
    }

    /// All that its checkers find.
    pub(super) fn check(&self, evidence: &Evidence<'_>) -> (usize, Vec<Difference>) {
        let (mut examined, mut differences) = (0, Vec::new());
        for checker in self.checkers {
            let found = (checker.run)(evidence);
            examined += found.examined;
            let rule = checker.rule;
            differences.extend(found.wrong.into_iter().map(|what| Difference { rule, what }));
        }
        (examined, differences)
    }
}

/// Judges everything; the differences in order.
pub(super) fn judge(evidence: &Evidence<'_>) -> (Vec<Judged>, Vec<Difference>) {
    let mut all = Vec::new();
    let judged = INVARIANTS.iter().map(|invariant| {
        let (examined, differences) = invariant.check(evidence);
        let judged = Judged {
            number: invariant.number,
            text: invariant.text,
            examined,
            differences: differences.len(),
        };
        all.extend(differences);
        judged
    });
    let judged = judged.collect();
    all.sort();
    (judged, all)
}

/// The list for people, as `docs/INVARIANTS.md` has it.
pub fn table() -> String {
    let mut text =
        String::from("| | Invariant | Checkers | Metric | Planted violation |\n|---:|---|---|---|---|\n");
    for invariant in &INVARIANTS {
        let checkers = invariant.checkers.iter();
        let checkers: Vec<String> = checkers
            .map(|checker| format!("`{}` ({})", checker.function, checker.rule))
            .collect();
        let Invariant {
            number,
            text: invariant_text,
            metric,
            planted,
            ..
        } = invariant;
        let row = format!(
            "| {number} | {invariant_text} | {} | {metric} | {planted} |\n",
            checkers.join(", ")
        );
        text.push_str(&row);
    }
    text
}

/// Rules that are judged while the run goes on: by whoever restarts services.
const ELSEWHERE: [(&str, u8); 5] = [
    ("repairs", 8),
    ("stops", 13),
    ("lives", 20),
    ("ready", 22),
    ("works", 22),
];

/// The invariant that a rule belongs to.
pub fn of_rule(rule: &str) -> Option<&'static Invariant> {
    let elsewhere: BTreeMap<&str, u8> = ELSEWHERE.into();
    if let Some(number) = elsewhere.get(rule) {
        return Invariant::of(*number);
    }
    INVARIANTS
        .iter()
        .find(|invariant| invariant.checkers.iter().any(|checker| checker.rule == rule))
}

macro_rules! checkers {
    ($($rule:literal => $module:ident::$function:ident),+ $(,)?) => {
        &[$(Checker {
            rule: $rule,
            function: concat!(stringify!($module), "::", stringify!($function)),
            run: $module::$function,
        }),+]
    };
}

pub static INVARIANTS: [Invariant; 22] = [
    Invariant {
        number: 1,
        text: "Every HTTP write answered 2xx is in Postgres after any single crash (`synchronous_commit=on`).",
        checkers: checkers!["acknowledged" => promises::acknowledged_is_in_the_database],
        metric: "`taskwire_reconcile_gaps`",
        planted: "The row of an acknowledged change is gone, or is older than what was acknowledged",
    },
    Invariant {
        number: 2,
        text: "Every committed write has exactly one outbox row or one broker-acked record; after healing, no acknowledged write is missing from `task-events`.",
        checkers: checkers![
            "promises" => promises::acknowledged_is_on_the_topic,
            "published" => rows::every_version_was_told,
            "snapshots" => rows::the_last_word_is_the_row,
            "updates" => rows::every_fact_has_its_update,
            "positions" => rows::every_position_was_told,
            "leftovers" => rows::nothing_is_left_over,
        ],
        metric: "`taskwire_outbox_pending_rows`, `taskwire_outbox_parked_lanes`",
        planted: "A record of `task-events` is gone with all its copies",
    },
    Invariant {
        number: 3,
        text: "No record exists for a rolled-back or rejected write (no phantom).",
        checkers: checkers![
            "phantoms" => rows::no_event_without_a_row,
            "refused" => promises::refused_is_not_made,
            "baseless" => rows::every_update_has_its_fact,
            "strangers" => letters::strangers_were_injected,
        ],
        metric: "`taskwire_reconcile_gaps`",
        planted: "`task-events` tells of a task that is nowhere, or of a version that its row never reached",
    },
    Invariant {
        number: 4,
        text: "An HTTP 5xx/timeout write is either wholly present (row + event) or wholly absent; a retry with the same Idempotency-Key gives the same result and no second event.",
        checkers: checkers![
            "once" => promises::nothing_is_made_twice,
            "repeats" => promises::repeats_are_equal,
        ],
        metric: "none: only the caller knows what it asked for twice",
        planted: "A change is made a second time, under another task",
    },
    Invariant {
        number: 5,
        text: "For one aggregate, first deliveries on the topic appear in `aggregate_version` order, without holes, also across relay failover and rejected records.",
        checkers: checkers![
            "lanes" => lanes::firsts_are_in_order,
            "homes" => lanes::keys_stay_at_home,
        ],
        metric: "`taskwire_consumer_gaps`, `taskwire_outbox_parked_lanes`",
        planted: "Two records of one lane change places",
    },
    Invariant {
        number: 6,
        text: "Duplicates carry the same event id and bytes; every consumer effect is applied at most once per (consumer, event id).",
        checkers: checkers![
            "copies" => lanes::copies_are_equal,
            "twice" => notices::reminders_fire_once,
        ],
        metric: "`taskwire_consumer_records` with outcome `superseded`",
        planted: "A copy of a record has other bytes",
    },
    Invariant {
        number: 7,
        text: "A *state* consumer never applies version v after v' > v of the same aggregate (older is counted `superseded`); a *log* consumer takes any order, each event id once.",
        checkers: checkers!["schedule" => notices::the_schedule_is_the_last_word],
        metric: "`taskwire_consumer_records` with outcome `superseded`",
        planted: "The schedule says what an older event said",
    },
    Invariant {
        number: 8,
        text: "A Kafka offset is committed only when every lower offset of that partition is done, or broker-acked in the DLQ.",
        checkers: checkers![
            "offsets" => offsets::consumers_stand_at_the_end,
            "commits" => offsets::commits_follow_what_is_stored,
            "passed-over" => offsets::audit_passed_over_nothing,
            "commands" => offsets::commands_are_obeyed,
            "reminders" => offsets::reminders_are_known,
        ],
        metric: "`taskwire_consumer_gaps`, `taskwire_consumer_missing_offsets`, `taskwire_consumer_lag`",
        planted: "A group has committed more than it has done",
    },
    Invariant {
        number: 9,
        text: "A record reaches the DLQ only for a record-caused reason; an outage of any length puts nothing there.",
        checkers: checkers![
            "dead" => letters::only_poison_is_dead,
            "undead" => letters::all_poison_is_dead,
        ],
        metric: "`taskwire_consumer_records` with outcome `dead_lettered`, `taskwire_consumer_outages`",
        planted: "A good record is a dead letter",
    },
    Invariant {
        number: 10,
        text: "Dead letters keep original key, value bytes and headers (time in `x-dlq-timestamp`), and redriving one has the effect that the record would have if it arrived now.",
        checkers: checkers![
            "letters" => letters::letters_are_whole,
            "redriven" => letters::redriven_has_its_effect,
            "holes" => letters::holes_are_dead_letters,
        ],
        metric: "`taskwire_consumer_holes`",
        planted: "A dead letter has another key, value, header or time",
    },
    Invariant {
        number: 11,
        text: "While one partition backs off, other partitions of the same process keep their normal latency.",
        checkers: checkers!["neighbours" => outages::other_partitions_go_on],
        metric: "`taskwire_consumer_waiting_seconds`",
        planted: "A record beside a poisoned partition is audited hours late",
    },
    Invariant {
        number: 12,
        text: "A process that lost its partition, lease or session (paused, partitioned) can change nothing after its successor started.",
        checkers: checkers![
            "zombies" => lanes::nobody_publishes_after_a_successor,
            "fencing" => offsets::nothing_stored_goes_back,
        ],
        metric: "`taskwire_outbox_relay_leading`, `taskwire_consumer_gaps`",
        planted: "An old record of a lane comes once more, after newer ones",
    },
    Invariant {
        number: 13,
        text: "Restarting any service at any time, any number of times, changes nothing but latency; restart under broker outage exits 0 within the grace period.",
        checkers: checkers!["stops" => processes::stops_are_orderly],
        metric: "none: the orchestrator knows exit codes",
        planted: "A stop ends with 1, by a signal, late, or not at all",
    },
    Invariant {
        number: 14,
        text: "Memory is bounded: producer queue, consumer buffers, WS queues, retry table scans all have hard caps with a stated policy.",
        checkers: checkers![
            "memory" => processes::memory_is_bounded,
            "queues" => processes::queues_are_bounded,
        ],
        metric: "`taskwire_consumer_queued_bytes`, `taskwire_outbox_relay_rows_in_memory`, `taskwire_ws_gateway_unread_bytes`",
        planted: "A process has a gigabyte in memory, or a queue above its cap",
    },
    Invariant {
        number: 15,
        text: "Outbox drains to empty within T after healing (T = backlog / measured rate x 1.5); oldest-pending age is exported.",
        checkers: checkers!["drains" => outages::the_outbox_drains],
        metric: "`taskwire_outbox_oldest_pending_seconds`",
        planted: "After a healing the outbox keeps its backlog",
    },
    Invariant {
        number: 16,
        text: "Each occurrence of a recurring task is created once, also with two schedulers alive and clocks +-5 min apart (DB clock decides).",
        checkers: checkers![
            "occurrences" => effects::each_occurrence_is_created_once,
            "successors" => effects::chains_go_on,
            "sub-tasks" => effects::sub_tasks_come_back,
        ],
        metric: "`taskwire_reconcile_gaps`",
        planted: "An occurrence is there twice, or not at all",
    },
    Invariant {
        number: 17,
        text: "Each (reminder, channel) is attempted until success or final state, with a stable id; at most one duplicate per crash, none silent.",
        checkers: checkers![
            "inbox" => notices::due_reminders_fire,
            "firings" => notices::firings_are_told,
            "deliveries" => notices::deliveries_are_attempted,
        ],
        metric: "`taskwire_notification_svc_reminders`",
        planted: "A due reminder has not fired, or fired untold",
    },
    Invariant {
        number: 18,
        text: "Audit has one entry per event id, append-only; the gap detector (`previous` per aggregate, and the reconciler against Postgres) reports zero gaps once dead letters are redriven.",
        checkers: checkers![
            "audit" => audit::every_event_has_an_entry,
            "audit-twice" => audit::no_event_has_two_entries,
            "audit-gaps" => audit::versions_have_no_gaps,
        ],
        metric: "`taskwire_reconcile_gaps`, `taskwire_consumer_holes`",
        planted: "An entry is gone, is there twice, or has another body",
    },
    Invariant {
        number: 19,
        text: "A socket client that reconnects with its last position gets all missed updates in order or `recovered: false`; never silence.",
        checkers: checkers!["screens" => screens::show_the_database],
        metric: "`taskwire_ws_gateway_recoveries`, `taskwire_ws_gateway_feed_gaps`",
        planted: "A screen has missed its last update",
    },
    Invariant {
        number: 20,
        text: "Bytes from Kafka, HTTP, WS or webhooks can never crash a process or allocate > 4 MiB each.",
        checkers: checkers![
            "lives" => processes::nobody_ends_by_itself,
            "steps" => processes::memory_grows_in_small_steps,
        ],
        metric: "none: the orchestrator counts restarts",
        planted: "A process ends by itself, or takes half a gigabyte at once",
    },
    Invariant {
        number: 21,
        text: "No request, event, socket or audit row of user A is ever readable or writable by user B (checked by a two-user differential test).",
        checkers: checkers![
            "owners" => owners::everything_has_one_owner,
            "probes" => owners::strangers_learn_nothing,
            "shown" => screens::show_nothing_else,
        ],
        metric: "none: a leak cannot count itself",
        planted: "An event, an audit entry or a screen's task is another user's",
    },
    Invariant {
        number: 22,
        text: "Readiness is false when the service cannot fulfil its contract, and liveness is false only when a restart helps (wedged poll thread, fatal client).",
        checkers: checkers![
            "readiness" => outages::readiness_follows_postgres,
            "liveness" => processes::everybody_is_alive,
        ],
        metric: "`/readyz`, `/healthz`",
        planted: "A process says in an outage that it is ready, or that it is not alive",
    },
];
