//! What a machine needs, looked at before anything heavy is compiled, and named all at once.

use std::process::{Command, Stdio};

use anyhow::bail;

/// Whether the local stack is wanted, or only the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build and run everything here.
    LocalStack,
    /// Build, and use servers that run elsewhere.
    BuildOnly,
    /// The local stack, and the front end.
    WithFrontEnd,
    /// Build the front end too, and use servers that run elsewhere.
    BuildWithFrontEnd,
    /// The local stack, and a tool from PyPI.
    WithPython,
}

/// The package to install, per family of systems.
struct Need {
    what: &'static str,
    debian: &'static str,
    fedora: &'static str,
    macos: &'static str,
    met: fn() -> bool,
}

const BUILD: [Need; 4] = [
    Need {
        what: "a C and a C++ compiler",
        debian: "build-essential",
        fedora: "gcc gcc-c++",
        macos: XCODE,
        met: || runs("cc", &["--version"]) && runs("c++", &["--version"]),
    },
    Need {
        what: "make",
        debian: "make",
        fedora: "make",
        macos: XCODE,
        met: || runs("make", &["--version"]),
    },
    Need {
        what: "perl with its core modules (OpenSSL is built from source)",
        debian: "perl",
        fedora: "perl-core",
        macos: "perl",
        met: || runs("perl", &["-MFindBin", "-MIPC::Cmd", "-MFile::Compare", "-e", "1"]),
    },
    Need {
        what: "bash",
        debian: "bash",
        fedora: "bash",
        macos: "bash",
        met: || runs("bash", &["--version"]),
    },
];

const STACK: [Need; 4] = [
    Need {
        what: "Java 17 or newer",
        debian: "default-jre-headless",
        fedora: "java-latest-openjdk-headless",
        macos: "openjdk",
        met: || java_version().is_some_and(|version| version >= 17),
    },
    Need {
        what: "Maven",
        debian: "maven",
        fedora: "maven",
        macos: "maven",
        met: || runs("mvn", &["--version"]),
    },
    Need {
        what: "tar",
        debian: "tar",
        fedora: "tar",
        macos: "gnu-tar",
        met: || runs("tar", &["--version"]),
    },
    Need {
        what: "xz",
        debian: "xz-utils",
        fedora: "xz",
        macos: "xz",
        // The tar of macOS unpacks xz by itself.
        met: || cfg!(target_os = "macos") || runs("xz", &["--version"]),
    },
];

const PYTHON: [Need; 1] = [Need {
    what: "Python 3.10 or newer, with venv",
    debian: "python3-venv",
    fedora: "python3",
    macos: "python",
    met: || {
        let script = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
        runs("python3", &["-c", script])
    },
}];

const NODE: [Need; 1] = [Need {
    what: "Node.js 20.9 or newer, with npm (from nodejs.org, where the system's own is older; \
           `cargo xtask up --no-frontend` does without)",
    debian: "nodejs npm",
    fedora: "nodejs nodejs-npm",
    macos: "node",
    met: || {
        let script = "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 20 || (a === 20 && b >= 9) ? 0 : 1)";
        runs("node", &["-e", script]) && runs("npm", &["--version"])
    },
}];

/// Not a package of Homebrew's.
const XCODE: &str = "(xcode-select --install)";

/// Fails with one message that names everything missing and how to install it.
pub(crate) fn check(purpose: Purpose) -> anyhow::Result<()> {
    let needs = match purpose {
        Purpose::LocalStack => BUILD.iter().chain(&STACK).collect::<Vec<_>>(),
        Purpose::BuildOnly => BUILD.iter().collect(),
        Purpose::WithFrontEnd => BUILD.iter().chain(&STACK).chain(&NODE).collect(),
        Purpose::BuildWithFrontEnd => BUILD.iter().chain(&NODE).collect(),
        Purpose::WithPython => BUILD.iter().chain(&STACK).chain(&PYTHON).collect(),
    };
    let missing: Vec<&Need> = needs.into_iter().filter(|need| !(need.met)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", explain(&missing));
}

fn explain(missing: &[&Need]) -> String {
    let what: String = missing
        .iter()
        .map(|need| format!("\n  - {}", need.what))
        .collect();
    let list = |package: fn(&Need) -> &'static str| {
        missing
            .iter()
            .map(|need| package(need))
            .filter(|name| *name != XCODE)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut macos = Vec::new();
    if missing.iter().any(|need| need.macos == XCODE) {
        macos.push("xcode-select --install".to_owned());
    }
    if !list(|need| need.macos).is_empty() {
        macos.push(format!("brew install {}", list(|need| need.macos)));
    }
    format!(
        "this machine lacks:{what}\ninstall with\n  Debian, Ubuntu:  sudo apt-get install -y {}\n  \
         Fedora:          sudo dnf install -y {}\n  macOS:           {}",
        list(|need| need.debian),
        list(|need| need.fedora),
        macos.join(" && "),
    )
}

fn runs(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn java_version() -> Option<u32> {
    let output = Command::new("java")
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    parse_java_version(&String::from_utf8_lossy(&output.stderr))
}

/// The major version in `openjdk version "17.0.15" 2025-04-15`; `1.8` is 8.
fn parse_java_version(text: &str) -> Option<u32> {
    let version = text
        .lines()
        .find(|line| line.contains(" version "))?
        .split('"')
        .nth(1)?;
    let mut parts = version.split(['.', '-', '_', '+']);
    let major = parts.next()?.parse().ok()?;
    if major == 1 {
        parts.next()?.parse().ok()
    } else {
        Some(major)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_java_version_is_read_in_its_old_and_new_form() {
        assert_eq!(
            parse_java_version("openjdk version \"17.0.15\" 2025-04-15\nmore"),
            Some(17)
        );
        assert_eq!(parse_java_version("java version \"1.8.0_381\""), Some(8));
        assert_eq!(
            parse_java_version("Picked up: x\nopenjdk version \"25-ea\" 2025-09-16"),
            Some(25)
        );
        assert_eq!(parse_java_version("not found"), None);
    }

    #[test]
    fn everything_missing_is_in_one_message_with_three_commands() {
        let all: Vec<&Need> = BUILD.iter().chain(&STACK).chain(&NODE).chain(&PYTHON).collect();
        let message = explain(&all);
        for part in [
            "Java 17",
            "Maven",
            "apt-get install -y build-essential",
            "dnf install",
            "xcode-select --install && brew",
            "python3-venv",
            "Node.js 20.9",
            "nodejs npm",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }
}
