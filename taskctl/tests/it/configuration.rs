//! What `taskctl` says when it is not told where things are.

use crate::taskctl::taskctl;

#[test]
fn what_is_missing_is_named_as_a_flag_and_as_a_variable() {
    for (arguments, flag, variable) in [
        (&["dlq", "list"][..], "--kafka-brokers", "KAFKA_BROKERS"),
        (&["outbox", "list"], "--database-url", "DATABASE_URL"),
        (&["schemas", "plan"], "--registry-url", "REGISTRY_URL"),
    ] {
        let run = taskctl(arguments, &[]).expect_code(2);
        assert!(run.stderr.contains(flag), "{run:#?}");
        assert!(
            run.stderr.contains(&format!("Set {variable} in the environment")),
            "{run:#?}"
        );
    }
}

#[test]
fn a_flag_without_a_variable_is_not_said_to_have_one() {
    let variables = [
        ("DATABASE_URL", "postgres://h/d"),
        ("KAFKA_BROKERS", "127.0.0.1:1"),
    ];
    let run = taskctl(&["offsets", "set", "g", "t/0", "1"], &variables).expect_code(2);
    assert!(
        run.stderr.contains("--reason") && !run.stderr.contains("REASON in"),
        "{run:#?}"
    );
}
