//! What is a rule, what is not, and what the refusal says.

use proptest::prelude::*;

use super::*;

fn refusal(text: &str) -> String {
    Rule::parse(text).expect_err(text).to_string()
}

/// The variant of the refusal.
fn kind(text: &str) -> String {
    variant(&Rule::parse(text).expect_err(text))
}

fn variant(error: &RuleError) -> String {
    let shown = format!("{error:?}");
    shown.split([' ', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn rules_are_written_in_one_canonical_form() {
    for (text, canonical) in [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("freq=weekly;byday=fr,mo,mo", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("INTERVAL=1;FREQ=MONTHLY;WKST=MO", "FREQ=MONTHLY"),
        (
            "BYMONTHDAY=-1,15;FREQ=MONTHLY;COUNT=3;INTERVAL=2",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=3;BYMONTHDAY=-1,15",
        ),
        ("FREQ=MONTHLY;BYDAY=+1MO,-1FR", "FREQ=MONTHLY;BYDAY=-1FR,1MO"),
        (
            "FREQ=YEARLY;UNTIL=20301231;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=YEARLY;UNTIL=20301231;BYMONTH=2;BYMONTHDAY=29",
        ),
        (
            "FREQ=DAILY;UNTIL=20301231t235959z",
            "FREQ=DAILY;UNTIL=20301231T235959Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20301231T235959",
            "FREQ=DAILY;UNTIL=20301231T235959",
        ),
        ("FREQ=WEEKLY;WKST=SU;INTERVAL=2", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
        (
            "FREQ=DAILY;BYHOUR=18,9;BYMINUTE=30",
            "FREQ=DAILY;BYHOUR=9,18;BYMINUTE=30",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        ("RSCALE=GREGORIAN;FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY"),
        (
            "SKIP=BACKWARD;FREQ=MONTHLY;RSCALE=gregorian",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
        ),
    ] {
        let rule = Rule::parse(text).expect(text);
        assert_eq!(rule.to_string(), canonical);
        assert_eq!(Rule::parse(canonical).expect(canonical), rule);
    }
}

#[test]
fn text_that_is_no_list_of_parts_is_refused() {
    assert_eq!(kind(""), "Empty");
    assert_eq!(
        kind(&format!("FREQ=DAILY;BYMONTHDAY={}1", "1,".repeat(300))),
        "TooLong"
    );
    assert_eq!(kind("RRULE:FREQ=DAILY"), "NotBareValue");
    assert_eq!(kind("FREQ=DAILY\nFREQ=WEEKLY"), "NotBareValue");
    assert_eq!(kind("FREQ=DAILY;"), "MalformedPart");
    assert_eq!(kind("FREQ"), "MalformedPart");
    assert_eq!(kind("FREQ=DAILY;COUNT="), "MalformedPart");
    assert_eq!(kind("FREQ=DAILY;BYEASTER=1"), "UnknownPart");
    assert_eq!(kind("FREQ=DAILY;FREQ=WEEKLY"), "DuplicatePart");
    assert_eq!(kind("INTERVAL=2"), "MissingFrequency");
}

#[test]
fn a_refusal_names_the_bad_part_and_the_way_out() {
    assert_eq!(
        refusal("FREQ=HOURLY"),
        "FREQ=HOURLY repeats too often for a task: use DAILY, WEEKLY, MONTHLY or YEARLY"
    );
    assert_eq!(
        refusal("FREQ=DAILY;INTERVAL=0"),
        "INTERVAL=0 is not allowed: use a whole number from 1 to 1000"
    );
    assert_eq!(
        refusal("FREQ=DAILY;COUNT=4294967296"),
        "COUNT=4294967296 is not allowed: use a whole number from 1 to 10000"
    );
    assert_eq!(
        refusal("FREQ=WEEKLY;BYDAY=MO,XX"),
        "BYDAY=XX is not allowed: use days such as MO or, by month or year, 1MO and -1FR"
    );
    assert_eq!(
        refusal("FREQ=WEEKLY;BYMONTHDAY=3"),
        "BYMONTHDAY cannot be used with FREQ=WEEKLY: use BYDAY, or FREQ=MONTHLY"
    );
    assert_eq!(
        refusal("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        "the rule never matches: no month in BYMONTH has a day in BYMONTHDAY, so change one of them"
    );
}

#[test]
fn values_out_of_range_are_refused() {
    for text in [
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;INTERVAL=1001",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL= 2",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=10001",
        "FREQ=DAILY;UNTIL=2030-12-31",
        "FREQ=DAILY;UNTIL=20300231",
        "FREQ=DAILY;UNTIL=20301231T235960Z",
        "FREQ=DAILY;WKST=1MO",
        "FREQ=YEARLY;BYMONTH=0",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=1,,2",
        "FREQ=YEARLY;BYYEARDAY=367",
        "FREQ=YEARLY;BYWEEKNO=54",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=ÄMO",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYHOUR=-1",
        "FREQ=DAILY;BYMINUTE=60",
        "FREQ=DAILY;BYSECOND=60",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=32",
        "RSCALE=HEBREW;FREQ=MONTHLY",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD",
    ] {
        assert_eq!(kind(text), "BadValue", "{text}");
    }
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    assert_eq!(kind("FREQ=DAILY;COUNT=1;UNTIL=20301231"), "CountAndUntil");
    assert_eq!(kind("FREQ=MONTHLY;BYWEEKNO=3"), "NotWithFrequency");
    assert_eq!(kind("FREQ=DAILY;BYYEARDAY=3"), "NotWithFrequency");
    assert_eq!(kind("FREQ=WEEKLY;BYDAY=1MO"), "NotWithFrequency");
    assert_eq!(kind("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO"), "BadValue");
    assert_eq!(kind("FREQ=MONTHLY;BYSETPOS=1"), "SetPositionAlone");
    assert_eq!(kind("FREQ=MONTHLY;SKIP=BACKWARD"), "SkipCombination");
    assert_eq!(
        kind("RSCALE=GREGORIAN;FREQ=DAILY;SKIP=BACKWARD"),
        "SkipCombination"
    );
    assert_eq!(
        kind("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=3;SKIP=BACKWARD"),
        "SkipCombination"
    );
    assert_eq!(
        kind("FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5;BYSECOND=1,2,3,4"),
        "TooManySlotsPerDay"
    );
}

#[test]
fn an_absurdly_long_value_is_not_repeated_in_full() {
    assert!(refusal(&format!("FREQ={}", "X".repeat(400))).len() < 200);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,64}") {
        let _ = Rule::parse(&text);
    }

    #[test]
    fn no_mixture_of_parts_makes_the_parser_panic_and_what_it_accepts_is_canonical(
        text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);)?(BY(DAY|MONTH|HOUR|SETPOS)=[-+0-9MOTUE,]{1,8};?){0,3}"
    ) {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }
}
