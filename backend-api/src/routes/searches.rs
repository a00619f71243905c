//! Searches of the calendar, which a hostile rule makes long: beside the workers, which serve everybody, while no lock
//! is held, and in turns.

use std::sync::Arc;
use std::time::Duration;

use service_kit::permits::Permits;
use service_kit::problem::Problem;
use shared_events::ids::UserId;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// So many at once, of all users.
const AT_ONCE: usize = 2;
/// Of one user, so that who asks for many waits for themselves: among those who wait for a place each user is once.
const OF_A_USER: usize = 1;
/// A search takes up to 0.1 s of a processor.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Places for searches; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Searches {
    own: Permits,
    all: Arc<Semaphore>,
}

impl Searches {
    pub(super) fn new() -> Self {
        Self {
            own: Permits::new(OF_A_USER),
            all: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Computes when it is this user's turn. The place is held until the end, also when the caller has gone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        user: &UserId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = async {
            let own = self.own.enter(user.as_str(), LONGEST_WAIT).await?;
            let place = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some((own, place))
        };
        let turn = timeout(LONGEST_WAIT, turn).await.ok().flatten();
        let turn =
            turn.ok_or_else(|| Problem::unavailable("Too many rules are being computed; ask again."))?;
        let computed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        computed.await.map_err(Problem::internal)
    }
}
