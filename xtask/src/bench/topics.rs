//! The declared topics, with other numbers of partitions.

use anyhow::Context as _;

use crate::stack::{Stack, artifacts};
use crate::workspace::Workspace;

/// The directory of the declared topics, with another number of partitions where it is not 1.
pub(super) fn declare(workspace: &Workspace, stack: &Stack, count: u16) -> anyhow::Result<String> {
    declare_where(workspace, stack, count, |_| true)
}

/// The same with another number of partitions of `task-events` alone.
pub(super) fn declare_events(workspace: &Workspace, stack: &Stack, count: u16) -> anyhow::Result<String> {
    declare_where(workspace, stack, count, |file| file == "task-events.yaml")
}

fn declare_where(
    workspace: &Workspace,
    stack: &Stack,
    count: u16,
    changed: impl Fn(&str) -> bool,
) -> anyhow::Result<String> {
    let dir = stack.path("topics");
    artifacts::remove(&dir)?;
    std::fs::create_dir_all(&dir)?;
    for entry in std::fs::read_dir(workspace.path("redpanda/topics"))?.flatten() {
        let mut text = std::fs::read_to_string(entry.path())?;
        if entry.file_name().to_str().is_some_and(&changed) {
            text = with_partitions(&text, count);
        }
        std::fs::write(dir.join(entry.file_name()), text)?;
    }
    Ok(dir.to_str().context("the directory's name is text")?.to_owned())
}

fn with_partitions(yaml: &str, count: u16) -> String {
    let line = |line: &str| match line.strip_prefix("  partitions: ") {
        Some(declared) if declared != "1" => format!("  partitions: {count}\n"),
        _ => format!("{line}\n"),
    };
    yaml.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::with_partitions;

    #[test]
    fn only_topics_with_several_partitions_get_another_number() {
        assert_eq!(
            with_partitions("a:\n  partitions: 12\n", 3),
            "a:\n  partitions: 3\n"
        );
        assert_eq!(with_partitions("  partitions: 1\n", 3), "  partitions: 1\n");
    }
}
