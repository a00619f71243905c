//! Work beside a journey: it ends with the value that owns it.

use std::future::Future;

use tokio::task::JoinHandle;

/// A task that is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

impl Background {
    pub(crate) fn run(task: impl Future<Output = ()> + Send + 'static) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test has no lifecycle; this one stops its task on drop"
        )]
        Self(tokio::spawn(task))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
