//! Latency under an even load: how long a committed change takes to the socket, and a completed occurrence to the next.
//!
//! What is measured, exactly:
//! - **answer**: from sending an HTTP request to having its answer.
//! - **commit → socket**: from the `updated_at` that the change carries (Postgres' clock, taken in the transaction after
//!   the lock, so shortly *before* the commit) to the arrival of its socket message, on this machine's clock. Both
//!   clocks are the same only when the stack runs here.
//! - **request → socket**: from sending the HTTP request to the arrival of the socket message; one clock, and an upper
//!   bound of the line above.
//! - **complete → next**: from the `updated_at` of the completion to the arrival of the socket message that shows the
//!   next occurrence.
//! - **complete request → next**: the same from sending the HTTP request.

pub mod answers;
pub mod api;
mod change;
pub mod import;
pub mod load;
pub mod memory;
pub mod percentiles;
pub mod pipeline;
pub mod plot;
pub mod recovery;
mod spread;
mod vocabulary;

use serde::Serialize;

use self::memory::Memory;
use self::percentiles::Summary;

/// What came out, in the order of the table.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Changes that were asked for and answered 2xx, completions among them.
    pub changes: usize,
    /// Changes a second that were sent.
    pub rate: f64,
    /// Sending a request to its answer.
    pub answer: Summary,
    pub commit_to_socket: Summary,
    pub request_to_socket: Summary,
    pub complete_to_next: Summary,
    pub complete_request_to_next: Summary,
    /// Resident memory before and after the load.
    pub memory: Vec<Memory>,
}

impl Report {
    pub fn to_table(&self) -> String {
        let mut table = format!("{} changes at {:.1}/s\n\n", self.changes, self.rate);
        table.push_str(&format!(
            "{:<26} {:>6} {:>10} {:>10} {:>10}\n",
            "ms", "count", "p50", "p99", "max"
        ));
        for (name, summary) in [
            ("answer", &self.answer),
            ("commit → socket", &self.commit_to_socket),
            ("request → socket", &self.request_to_socket),
            ("complete → next", &self.complete_to_next),
            ("complete request → next", &self.complete_request_to_next),
        ] {
            let Summary {
                count,
                p50_ms,
                p99_ms,
                max_ms,
            } = summary;
            table.push_str(&format!(
                "{name:<26} {count:>6} {p50_ms:>10.2} {p99_ms:>10.2} {max_ms:>10.2}\n"
            ));
        }
        if !self.memory.is_empty() {
            table.push_str(&memory::to_table(&self.memory));
        }
        table
    }
}
