//! `cargo xtask token`: a token of the local stack, and nothing else on stdout.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::bail;

use crate::stack::Stack;
use crate::stack::tokens::Issuer;
use crate::ui;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// Who the token says you are
    #[arg(long)]
    user: String,
    /// How long it is good for: 90s, 15m, 1h, 7d
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration)]
    ttl: Duration,
}

pub(crate) fn run(workspace: &Workspace, args: &TokenArgs) -> anyhow::Result<ExitCode> {
    if args.user.is_empty() || args.user.chars().count() > 128 || args.user.chars().any(char::is_control) {
        bail!("a user's name has 1 to 128 characters, none of them control characters");
    }
    let issuer = Issuer::of(&Stack::persistent(workspace)?)?;
    ui::line(&issuer.token(&args.user, SystemTime::now(), args.ttl)?);
    Ok(ExitCode::SUCCESS)
}
