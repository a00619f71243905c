//! The list is complete, and a checker that has nothing to examine does not say that all is well.

use std::collections::BTreeSet;
use std::time::Duration;

use shared_events::topic::Topic;

use super::{ELSEWHERE, INVARIANTS, of_rule, table};
use crate::chaos::observations::{Fault, FaultSpan};
use crate::chaos::oracle::history::{History, Record, Table};
use crate::chaos::oracle::{judge, sample, violations};

#[test]
fn the_documentation_has_the_list() {
    let text = include_str!("../../../../../docs/INVARIANTS.md");
    assert!(
        text.contains(&table()),
        "docs/INVARIANTS.md does not have this table:\n\n{}",
        table()
    );
}

#[test]
fn each_rule_leads_to_its_invariant() {
    let numbers: Vec<u8> = INVARIANTS.iter().map(|invariant| invariant.number).collect();
    assert_eq!(numbers, (1..=22).collect::<Vec<u8>>());
    let mut rules = BTreeSet::new();
    for invariant in &INVARIANTS {
        assert!(!invariant.checkers.is_empty(), "{}", invariant.number);
        for checker in invariant.checkers {
            assert!(rules.insert(checker.rule), "{} is there twice", checker.rule);
            assert_eq!(of_rule(checker.rule).unwrap().number, invariant.number);
        }
    }
    for (rule, number) in ELSEWHERE {
        assert_eq!(of_rule(rule).unwrap().number, number);
    }
    assert!(of_rule("hearsay").is_none());
}

#[test]
fn a_good_history_has_no_difference_and_every_invariant_is_examined() {
    let comparison = judge(&sample::history());
    assert!(comparison.differences.is_empty(), "{:#?}", comparison.differences);
    for judged in comparison.judged {
        assert!(judged.examined > 0, "{} is {judged}", judged.number);
    }
}

#[test]
fn nothing_is_fine_of_which_nothing_is_known() {
    for judged in judge(&History::default()).judged {
        assert_eq!(
            (judged.examined, judged.to_string()),
            (0, "not examined".to_owned())
        );
    }
}

#[test]
fn every_planted_violation_is_found() {
    let trial = violations::try_all(&sample::history());
    assert!(trial.is_passed(), "{}", trial.to_markdown());
}

#[test]
fn a_checker_that_is_blind_is_found_out() {
    let trial = violations::try_all(&History::default());
    assert!(!trial.is_passed() && trial.trials.iter().all(|trial| trial.found == 0));
    let mut history = sample::history();
    history.rows.entry(Table::Task).or_default().clear();
    assert!(!violations::try_all(&history).untouched.is_empty());
}

#[test]
fn a_history_is_read_as_it_was_written() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let history = sample::history();
    history.write(file.path()).unwrap();
    assert!(History::read(file.path()).unwrap() == history);
}

fn finds(history: &History, rule: &str) -> bool {
    let differences = judge(history).differences;
    differences.iter().any(|difference| difference.rule == rule)
}

#[test]
fn a_takeover_publishes_the_end_of_a_lane_again_and_a_zombie_anything() {
    let cases: [(&[usize], bool); 6] = [
        (&[3], true),
        (&[2, 3], true),
        (&[1, 2, 3, 2, 3], true),
        (&[2], false),
        (&[1, 2], false),
        (&[1, 3], false),
    ];
    for (again, is_fine) in cases {
        let mut history = sample::history();
        let records = history.records.iter();
        let facts: Vec<&Record> = records
            .filter(|record| record.topic == Topic::TaskEvents)
            .collect();
        let lane = facts.iter().filter(|fact| fact.key == facts[0].key);
        let lane: Vec<Record> = lane.map(|fact| (*fact).clone()).collect();
        assert_eq!(lane.len(), 3);
        for (offset, version) in (1_000..).zip(again) {
            let mut copy = lane[version - 1].clone();
            copy.offset = offset;
            history.records.push(copy);
        }
        history
            .records
            .sort_by_key(|record| (record.topic, record.partition, record.offset));
        assert_eq!(finds(&history, "zombies"), !is_fine, "{again:?}");
    }
}

#[test]
fn offsets_go_back_only_with_a_database_that_was_killed() {
    let mut history = sample::history();
    let mut back = history.observations.database.last().unwrap().clone();
    let from = back.at + Duration::from_millis(100);
    back.at += Duration::from_secs(5);
    back.offsets[0].3 -= 1;
    history.observations.database.push(back);
    assert!(finds(&history, "fencing"));
    history.observations.faults.push(FaultSpan {
        fault: Fault::DatabaseKill,
        target: "postgres".to_owned(),
        from,
        until: from + Duration::from_secs(3),
    });
    assert!(!finds(&history, "fencing"));
}
