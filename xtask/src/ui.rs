//! What a person sees: progress on stderr, results on stdout.

use std::io::{IsTerminal, Write};
use std::time::Duration;

/// A result, on stdout. A closed pipe is the reader's decision, not our error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Progress of one thing: its name, and what has just become true of it.
pub(crate) fn step(name: &str, text: &str) {
    progress("1;32", name, text);
}

/// Something to know that is no failure.
pub(crate) fn notice(text: &str) {
    progress("1;33", "notice", text);
}

/// What went wrong, and what to do.
pub(crate) fn failure(text: &str) {
    progress("1;31", "error", text);
}

/// Seconds as people read them.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 90.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

fn progress(colour: &str, name: &str, text: &str) {
    let mut stderr = std::io::stderr().lock();
    // The line start is cleared because cargo may have its progress bar there.
    let _ = if stderr.is_terminal() {
        writeln!(stderr, "\r\x1b[K\x1b[{colour}m{name:>12}\x1b[0m {text}")
    } else {
        writeln!(stderr, "{name:>12} {text}")
    };
}
