//! Tools from PyPI, each in a virtual environment of its own.

use std::path::Path;
use std::process::Command;

use crate::stack::artifacts;
use crate::{command, ui};

/// Installs a package through the user's own settings of pip. What is in `home` belongs to an installation that was cut
/// off, or to a Python that is gone.
pub(crate) fn install(home: &Path, package: &str, version: &str) -> anyhow::Result<()> {
    artifacts::remove(home)?;
    ui::step("python", &format!("installing {package} {version} from PyPI"));
    command::expect_success(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let mut install = Command::new(home.join("bin").join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command::expect_success(install.arg(format!("{package}=={version}")))
}
