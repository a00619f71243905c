//! A partition where going on would lose or repeat something: it waits for an operator.

use tracing::{error, info, warn};

use super::{Flow, Worker, WorkerExit};
use crate::consumer::cursor::{MAX_GAP_ATTEMPTS, Refused};
use crate::consumer::effects::Effects;
use crate::consumer::poller::PollRequest;
use crate::metrics;

impl<E: Effects> Worker<E> {
    /// Looks again at a gap, and stops when it stays; stops at once in another topic.
    pub(super) async fn refuse(&mut self, refused: Refused) -> Flow {
        let gap = match refused {
            Refused::OtherTopic(_) => return self.stop(refused.to_string()).await,
            Refused::Gap(gap) => gap,
        };
        metrics::CONSUMER.gaps.add(1, &self.labels());
        self.shared.progress.missing(&self.partition, gap.missing());
        warn!(partition = %self.partition, %gap, "the broker's client passed over records");
        if self.gaps.met(gap) {
            return self
                .stop(format!(
                    "{gap}: the broker did not deliver them at {MAX_GAP_ATTEMPTS} attempts"
                ))
                .await;
        }
        Err(WorkerExit::Restart(gap.to_string()))
    }

    /// Stores that the partition waits for an operator, unless another process has moved it meanwhile.
    pub(super) async fn stop(&mut self, why: String) -> Flow {
        loop {
            let expected = self.cursor.next();
            let stop = self
                .shared
                .effects
                .stop(&self.shared.group, &self.partition, expected, &why);
            match stop.await {
                Ok(true) => {
                    self.shared.stopped(&self.partition, expected, &self.limit, &why);
                    return Err(WorkerExit::Stopped(why));
                }
                Ok(false) => return Err(WorkerExit::fenced()),
                Err(error) => self.wait_out_outage(&error.to_string()).await?,
            }
        }
    }

    /// Does nothing for as long as the partition is ours: it is none of those that the system knows.
    pub(super) async fn stay_out(&self, why: &str) {
        error!(partition = %self.partition, why, "partition is not read");
        self.shared.progress.stopped(&self.partition);
        self.cancel.cancelled().await;
    }

    /// Waits until an operator has decided, which the stored offset tells.
    pub(super) async fn stay_stopped(&self, why: &str) -> Flow {
        let way_out = E::way_out_of_a_stop(&self.shared.group, &self.partition);
        error!(
            partition = %self.partition, offset = %self.cursor.next(), why,
            "partition stopped until an operator decides: {way_out}",
        );
        self.shared.progress.stopped(&self.partition);
        self.shared.send(PollRequest::StopReading(self.partition.clone()));
        loop {
            self.pause(self.shared.reread_stopped).await?;
            match self
                .shared
                .effects
                .load(&self.shared.group, &self.partition)
                .await
            {
                Ok(checkpoint) if checkpoint.is_open() => {
                    info!(partition = %self.partition, "an operator has opened the partition again");
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => {
                    warn!(partition = %self.partition, %error, "cannot see whether the partition is still stopped");
                }
            }
        }
    }
}
