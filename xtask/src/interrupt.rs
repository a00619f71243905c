//! Ctrl-C and friends, turned into a question that waiting loops ask.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static ABANDONED: AtomicBool = AtomicBool::new(false);

/// Somebody asked us to stop; whoever gets this cleans up and passes it on.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// From here on a signal sets a flag instead of ending the process.
pub(crate) fn install() -> anyhow::Result<()> {
    let flag = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag)).context("cannot listen for signals")?;
    }
    Ok(())
}

pub(crate) fn requested() -> bool {
    REQUESTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Something failed, so that nobody needs what the other threads are doing.
pub(crate) fn abandon() {
    ABANDONED.store(true, Ordering::Relaxed);
}

/// An error once a signal came or all is lost, so that `?` leaves the work at hand.
pub(crate) fn check() -> Result<(), Interrupted> {
    if requested() || ABANDONED.load(Ordering::Relaxed) {
        Err(Interrupted)
    } else {
        Ok(())
    }
}

/// One turn of a polling loop.
pub(crate) fn pause(duration: Duration) -> Result<(), Interrupted> {
    check()?;
    std::thread::sleep(duration);
    check()
}
