use std::collections::BTreeSet;

use super::{ELSEWHERE, INVARIANTS, of_rule, table};
use crate::chaos::oracle::history::{History, Table};
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
