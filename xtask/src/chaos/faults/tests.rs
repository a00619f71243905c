//! What the command line takes and refuses.

use clap::Parser;

use super::*;
use crate::chaos::ChaosArgs;

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    chaos: ChaosArgs,
}

fn parse(line: &str) -> Result<ChaosArgs, String> {
    let words = std::iter::once("chaos").chain(line.split_ascii_whitespace());
    Cli::try_parse_from(words)
        .map(|cli| cli.chaos)
        .map_err(|error| error.to_string())
}

#[test]
fn everything_has_a_default_and_a_run_can_be_repeated() {
    let args = parse("").unwrap();
    assert!(args.task.is_none());
    assert_eq!(
        args.faults.repeat(7),
        "cargo xtask chaos --minutes 10 --seed 7 --people 50 --rate 40 --brokers 3"
    );
    let line = "--minutes 2 --fault poison --fault stop --seed 7 --people 5 --rate 1.5 --brokers 1";
    let again = parse(line).unwrap().faults.repeat(7);
    assert_eq!(again, format!("cargo xtask chaos {line}"));
}

#[test]
fn bad_values_are_refused_and_the_known_faults_named() {
    let error = parse("--fault flood").unwrap_err();
    for fault in FAULTS {
        assert!(error.contains(fault), "{error}");
    }
    for line in [
        "--minutes 0",
        "--brokers 2",
        "--rate 0",
        "--rate NaN",
        "--people none",
        "--people 0",
    ] {
        let error = parse(line).unwrap_err();
        assert!(error.contains("invalid value"), "{line}: {error}");
    }
}

#[test]
fn a_subcommand_takes_no_arguments_of_the_fault_suite() {
    assert!(parse("kills --rounds 3").unwrap().task.is_some());
    assert!(parse("--minutes 3 kills").is_err());
}

/// The driver reads the names from the enum, as serde writes them.
#[test]
fn the_faults_are_those_of_the_driver() {
    let source = include_str!("../../../../tests/src/chaos/observations.rs");
    let (_, rest) = source.split_once("pub enum Fault {").unwrap();
    let (body, _) = rest.split_once('}').unwrap();
    let variants = body.lines().filter_map(|line| line.trim().strip_suffix(','));
    let names: Vec<String> = variants
        .map(|variant| {
            let dashed = variant.chars().flat_map(|letter| {
                let dash = letter.is_uppercase().then_some('-');
                dash.into_iter().chain(letter.to_lowercase())
            });
            dashed.collect::<String>().trim_start_matches('-').to_owned()
        })
        .collect();
    assert_eq!(names, FAULTS);
    assert!(SHORT.iter().all(|name| FAULTS.contains(name)));
}
