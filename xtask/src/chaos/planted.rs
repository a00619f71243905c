//! Known bugs, planted into a copy of the sources: a kill test that does not catch them proves nothing.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, bail};

use super::drive::Outcome;
use super::kills::{self, SHORT, Size};
use super::seed::seed;
use crate::prerequisites::{self, Purpose};
use crate::workspace::{Profile, Workspace};
use crate::{command, interrupt, ui};

/// Where the patches are, one bug each.
const PATCHES: &str = "tests/planted";

/// Arguments of `cargo xtask chaos planted`.
#[derive(Debug, clap::Args)]
pub(crate) struct PlantedArgs {
    /// Only this bug
    name: Option<String>,
    /// Runs with each bug
    #[arg(long, default_value_t = 5)]
    times: u64,
    /// Kills of each service in a run, at most; a third as many orderly stops come on top [default: as the patch says]
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
}

/// Plants every bug in turn, and counts how often the kill test says that something is wrong.
pub(super) fn run(workspace: &Workspace, args: &PlantedArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let known = names(workspace)?;
    let mut names = known.clone();
    names.retain(|name| args.name.as_ref().is_none_or(|wanted| wanted == name));
    if names.is_empty() {
        bail!("no such bug in {PATCHES}; there are {}", known.join(", "));
    }
    // The tools and the driver are those of the checkout, whatever is planted.
    workspace.build(Profile::Dev)?;
    let mut table = vec!["| bug | runs | caught |".to_owned(), "|---|---:|---:|".to_owned()];
    let mut escaped = false;
    for name in &names {
        let services = build(workspace, name)?;
        let kills = args
            .rounds
            .map_or_else(|| kills_for(workspace, name), |rounds| Ok(rounds.get()))?;
        let mut caught = 0;
        for number in 1..=args.times {
            let began = Instant::now();
            let size = Size {
                kills,
                stops: kills.div_ceil(3),
                seed: number,
                stop_early: true,
                ..SHORT
            };
            let report = format!("planted-{name}-{number}.md");
            let outcome = kills::run_on(workspace, &services, size, &report)?;
            caught += u64::from(outcome == Outcome::Differs);
            let word = match outcome {
                Outcome::Differs => "caught",
                Outcome::Same => "NOT caught",
            };
            let took = ui::seconds(began.elapsed());
            ui::step(
                "planted",
                &format!("{name}, run {number} of {}: {word} ({took})", args.times),
            );
        }
        escaped |= caught < args.times;
        table.push(format!("| {name} | {} | {caught} |", args.times));
    }
    for line in &table {
        ui::line(line);
    }
    std::fs::write(workspace.target.join("chaos/planted.md"), table.join("\n") + "\n")?;
    Ok(if escaped {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// A rule of `cargo xtask check`: every patch still applies to what it was made for.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for name in names(workspace)? {
        let mut apply = Command::new("git");
        apply
            .args(["apply", "--check"])
            .arg(patch(workspace, &name))
            .current_dir(&workspace.root);
        if !command::run(&mut apply)?.success() {
            stale.push(name);
        }
    }
    if !stale.is_empty() {
        bail!(
            "{PATCHES}: these patches do not apply any more: {}",
            stale.join(", ")
        );
    }
    Ok(())
}

/// Builds the services with one bug in them; where their programs are.
pub(super) fn build(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    let began = Instant::now();
    let patch = patch(workspace, name);
    if !patch.is_file() {
        let known = names(workspace)?.join(", ");
        bail!("there is no planted bug {name}; there are: {known}");
    }
    let home = workspace.target.join("planted");
    let source = home.join("source");
    copy_sources(workspace, &source)?;
    let mut apply = Command::new("git");
    // Inside a repository git would look for the paths in its own root.
    apply
        .arg("apply")
        .arg(&patch)
        .env("GIT_CEILING_DIRECTORIES", &home)
        .current_dir(&source);
    command::expect_success(&mut apply)?;
    let target = home.join("target");
    workspace.build(Profile::Dev)?;
    seed(
        &workspace.binaries(Profile::Dev),
        &target.join("debug"),
        &members(workspace)?,
    )?;
    // The same packages as ever, so that third-party crates get the same features; but only the services of them.
    let mut cargo = workspace.cargo(&["build", "--workspace", "--exclude", "xtask", "--locked"]);
    for service in &crate::stack::services::ALL {
        cargo.args(["--bin", service.name]);
    }
    cargo.current_dir(&source).env("CARGO_TARGET_DIR", &target);
    command::expect_success(&mut cargo)?;
    ui::step(
        "planted",
        &format!("{name} is in ({})", ui::seconds(began.elapsed())),
    );
    // The next bug is built over this one.
    let kept = home.join(name);
    std::fs::create_dir_all(&kept)?;
    for service in &crate::stack::services::ALL {
        std::fs::copy(target.join("debug").join(service.name), kept.join(service.name))?;
    }
    Ok(kept)
}

/// How many kills of each service it takes to meet the bug: a line `Kills: 20` above the patch.
fn kills_for(workspace: &Workspace, name: &str) -> anyhow::Result<usize> {
    let text = std::fs::read_to_string(patch(workspace, name))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Kills: "));
    let line = line.with_context(|| format!("{PATCHES}/{name}.patch has no line `Kills: …`"))?;
    line.trim()
        .parse()
        .with_context(|| format!("{PATCHES}/{name}.patch: `{line}` is no number"))
}

fn patch(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path(PATCHES).join(format!("{name}.patch"))
}

fn names(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let entries =
        std::fs::read_dir(workspace.path(PATCHES)).with_context(|| format!("cannot read {PATCHES}"))?;
    let files = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = files
        .filter_map(|file| Some(file.strip_suffix(".patch")?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// The crates of this repository, by the directories they are in.
fn members(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let files = workspace.files()?;
    let manifests = files.iter().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    Ok(manifests.map(str::to_owned).collect())
}

/// Makes the copy equal to the checkout; what is equal already keeps its time, so that cargo leaves it alone.
fn copy_sources(workspace: &Workspace, to: &Path) -> anyhow::Result<()> {
    let files = workspace.files()?;
    for name in &files {
        let (from, to) = (workspace.path(name), to.join(name));
        let text = std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        if std::fs::read(&to).ok().as_ref() == Some(&text) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
    }
    remove_others(to, to, &files)?;
    interrupt::check()?;
    Ok(())
}

fn remove_others(root: &Path, folder: &Path, files: &BTreeSet<String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_others(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root)
            && !files.contains(name.to_string_lossy().as_ref())
        {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
