//! Waiting for a condition that can only be asked for.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::bail;

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until the answer is there; fails with `what` and the last error or reason when the deadline passes.
///
/// `ask` answers `Ok(Ok(value))` when the condition holds, `Ok(Err(reason))` when not yet, and `Err` when asking
/// itself failed, which may also pass.
pub async fn wait_until<T, Answer>(
    within: Duration,
    what: &str,
    mut ask: impl FnMut() -> Answer,
) -> anyhow::Result<T>
where
    Answer: Future<Output = anyhow::Result<Result<T, String>>>,
{
    let deadline = Instant::now() + within;
    loop {
        let reason = match ask().await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(reason)) => reason,
            Err(error) => format!("{error:#}"),
        };
        if Instant::now() > deadline {
            bail!("{what} did not come true within {within:?}; last: {reason}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
