//! Every command named in a message, a comment or a document exists, with the options it is named with.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;

use super::Files;
use crate::Cli;

/// All commands of `taskctl`, a line each, as a test of that crate writes them from its own command line.
const TASKCTL: &str = "taskctl/src/snapshots/taskctl__cli__tests__commands.snap";

/// Commands that do not exist.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let xtask = Command::of(&Cli::command());
    let Some(taskctl) = files.get(TASKCTL).map(|text| Command::listed(text)) else {
        return vec![format!(
            "{TASKCTL}: is not there; `cargo test -p taskctl commands` writes it"
        )];
    };
    judge_with(files, &xtask, &taskctl)
}

fn judge_with(files: &Files, xtask: &Command, taskctl: &Command) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| speaks(path)) {
        let mut fenced = false;
        for (number, line) in text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            for mention in mentions(line, fenced) {
                if let Err(what) = mention.judge(xtask, taskctl) {
                    findings.push(format!("{path}:{}: {what}", number + 1));
                }
            }
        }
    }
    findings
}

/// Published migrations and recorded outputs stay as they are.
fn speaks(path: &str) -> bool {
    let ours = [".rs", ".md", ".yaml", ".toml", ".sh"];
    let written = ours.iter().any(|end| path.ends_with(end)) || path == ".ci/run";
    written && !path.starts_with("xtask/src/tidy")
}

/// A command line's tree: options and subcommands.
#[derive(Debug, Default)]
struct Command {
    options: BTreeSet<String>,
    below: BTreeMap<String, Command>,
}

impl Command {
    fn of(command: &clap::Command) -> Self {
        let options = command.get_arguments().flat_map(|argument| {
            let long = argument.get_long().map(|name| format!("--{name}"));
            let short = argument.get_short().map(|name| format!("-{name}"));
            long.into_iter().chain(short)
        });
        let below = command.get_subcommands();
        Self {
            options: options.collect(),
            below: below
                .map(|below| (below.get_name().to_owned(), Self::of(below)))
                .collect(),
        }
    }

    /// Lines such as `taskctl dlq list --json`.
    fn listed(text: &str) -> Self {
        let mut root = Self::default();
        for line in text.lines().filter(|line| line.starts_with("taskctl ")) {
            let mut command = &mut root;
            for word in line.split(' ').skip(1) {
                if word.starts_with('-') {
                    command.options.insert(word.to_owned());
                } else {
                    command = command.below.entry(word.to_owned()).or_default();
                }
            }
        }
        root
    }
}

/// A place where a command is named.
struct Mention<'a> {
    tool: &'static str,
    words: Vec<&'a str>,
}

impl Mention<'_> {
    fn judge(&self, xtask: &Command, taskctl: &Command) -> Result<(), String> {
        let (mut said, mut command) = match self.tool {
            "taskctl" => (self.tool.to_owned(), taskctl),
            _ => (self.tool.to_owned(), xtask),
        };
        let mut options: BTreeSet<&str> = BTreeSet::from(["--help", "-h", "--version"]);
        options.extend(command.options.iter().map(String::as_str));
        for word in &self.words {
            if word.starts_with('-') {
                let name = word.split('=').next().unwrap_or_default();
                if !options.contains(name) {
                    return Err(format!("`{said}` has no option {name}"));
                }
                continue;
            }
            if self.tool != "taskctl" && *word == "taskctl" && said == self.tool {
                (said, command) = (format!("{said} taskctl"), taskctl);
            } else if command.below.is_empty() {
                continue;
            } else if let Some(below) = command.below.get(*word) {
                said = format!("{said} {word}");
                command = below;
            } else if is_name(word) {
                return Err(format!("there is no command `{said} {word}`"));
            } else {
                return Ok(());
            }
            options.extend(command.options.iter().map(String::as_str));
        }
        Ok(())
    }
}

/// Where a line names a command of `cargo xtask` or `taskctl`, with the words that follow.
fn mentions(line: &str, fenced: bool) -> Vec<Mention<'_>> {
    let mut mentions = Vec::new();
    for tool in ["cargo xtask", "taskctl"] {
        for (at, _) in line.match_indices(&format!("{tool} ")) {
            let before = line.get(..at).unwrap_or_default();
            let after = line.get(at + tool.len()..).unwrap_or_default();
            let quoted = before.ends_with('`');
            let begins = before.trim_start_matches([' ', '$']).is_empty();
            // In prose `taskctl` is a noun; as a command it is quoted, or begins a line of an example.
            if quoted || tool != "taskctl" || (fenced && begins) {
                let words = words(after, quoted);
                mentions.push(Mention { tool, words });
            }
        }
    }
    mentions
}

/// The words up to the end of the command, without the brackets of what may be left out.
fn words(text: &str, quoted: bool) -> Vec<&str> {
    let ends: &[char] = if quoted {
        &['`']
    } else {
        &['`', ';', '|', '#', '"', ')', ',', '&', '\\']
    };
    let command = text.split(ends).next().unwrap_or_default();
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        let word = word.trim_matches(['[', ']']);
        let word = if quoted {
            word
        } else {
            word.trim_end_matches(['.', ':', '?'])
        };
        if word == "--" || word.starts_with(['{', '\\']) {
            break;
        }
        words.push(word);
    }
    words
}

/// Whether a word could only be meant as a subcommand: placeholders are upper case or in brackets.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str =
        "taskctl dlq list --json --kafka-brokers\ntaskctl dlq show --json\ntaskctl migrate --json\n";

    fn findings(text: &str) -> Vec<String> {
        let files = Files::from([("docs/A.md".to_owned(), text.to_owned())]);
        judge_with(&files, &Command::of(&Cli::command()), &Command::listed(LISTED))
    }

    #[test]
    fn commands_that_do_not_exist_are_found() {
        for planted in [
            "run `taskctl dlq resume` then",
            "run `taskctl offsets`",
            "start it with: cargo xtask start --detach",
            "`cargo xtask bench speed`",
            "`cargo xtask taskctl dlq lst`",
            "```\n$ taskctl migrat\n```",
        ] {
            assert_eq!(findings(planted).len(), 1, "{planted}");
        }
    }

    #[test]
    fn options_that_do_not_exist_are_found() {
        for planted in [
            "`cargo xtask up --detached`",
            "cargo xtask logs -x",
            "`taskctl dlq show --kafka-brokers=x`",
        ] {
            let findings = findings(planted);
            assert!(
                findings.concat().contains("has no option"),
                "{planted}: {findings:?}"
            );
        }
    }

    #[test]
    fn commands_that_exist_are_none() {
        for fine in [
            "`cargo xtask up [--detach] [--release]`, `cargo xtask logs <service> -f`, `cargo xtask test FILTER`",
            "start it with: cargo xtask up --detach; then go on.",
            "`taskctl dlq list --json --kafka-brokers h:1`, `taskctl dlq`, `cargo xtask taskctl dlq show ID`",
            "taskctl carries the migrations; the taskctl binary does",
            "`taskctl …`, `cargo xtask …`, `taskctl --help`",
            "    let line = format!(\"`cargo xtask {name}`\");",
        ] {
            assert_eq!(findings(fine), [""; 0], "{fine}");
        }
    }
}
