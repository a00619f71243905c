//! The account PostgreSQL runs under: it refuses root.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::ui;

/// An unprivileged account of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The account to switch to, or none when we are not root and simply stay who we are.
pub(crate) fn for_postgres() -> anyhow::Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    if let Some(account) = ["postgres", "taskwire"].into_iter().find_map(look_up) {
        return Ok(Some(account));
    }
    create();
    match look_up("taskwire").or_else(|| look_up("nobody")) {
        Some(account) => Ok(Some(account)),
        None => bail!(
            "PostgreSQL does not run as root, and no account `postgres`, `taskwire` or `nobody` exists; \
             create one with: useradd --system taskwire"
        ),
    }
}

fn look_up(name: &str) -> Option<Account> {
    let number = |flag| {
        let output = Command::new("id")
            .args([flag, name])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    let (uid, gid) = (number("-u")?, number("-g")?);
    (uid != 0).then(|| Account {
        name: name.to_owned(),
        uid,
        gid,
    })
}

fn create() {
    let useradd: &[&str] = &[
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "taskwire",
    ];
    let adduser: &[&str] = &["adduser", "-S", "-D", "-H", "taskwire"];
    for command in [useradd, adduser] {
        let Some((program, args)) = command.split_first() else {
            continue;
        };
        let made = Command::new(program)
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if made.is_ok_and(|status| status.success()) {
            ui::notice("created the system account `taskwire`: PostgreSQL does not run as root");
            return;
        }
    }
}

/// Whether the account can reach `dir` itself, judged by the permission bits of every step to it.
pub(crate) fn can_enter(account: &Account, dir: &Path) -> bool {
    dir.ancestors().all(|step| {
        let Ok(metadata) = std::fs::metadata(step) else {
            return false;
        };
        let shift = if metadata.uid() == account.uid {
            6
        } else if metadata.gid() == account.gid {
            3
        } else {
            0
        };
        (metadata.mode() >> shift) & 0o1 == 0o1
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_closed_directory_on_the_way_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let stranger = Account {
            name: "stranger".into(),
            uid: 4_000_001,
            gid: 4_000_001,
        };
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(can_enter(&stranger, &inner));
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
        assert!(!can_enter(&stranger, &inner));
    }
}
