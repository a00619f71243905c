//! The bounds of the relay's memory.

/// How much the relay holds in memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows known in all: waiting, in flight, or acknowledged but not yet deleted.
    pub rows: usize,
    /// Bytes of the rows waiting or in flight.
    pub bytes: usize,
    /// Rows of one lane; with more than that it is passed over and refilled by its own range.
    pub lane_rows: usize,
    /// Rows of the last 4,096 to 8,192 acknowledged ones that make a lane a busy one: reads do not look behind what was
    /// acknowledged of it.
    pub busy_lane: u32,
    /// Topics that share the room and the window: none takes more than its part.
    pub topics: usize,
    /// Lanes of one topic with a row to send that make a backlog: those rows are kept back until many go together.
    pub backlog_lanes: usize,
    /// Rows handed to the producer and not yet acknowledged.
    pub in_flight_rows: usize,
    /// Bytes of those.
    pub in_flight_bytes: usize,
    /// Rows of one read.
    pub page: usize,
    /// The size assumed of a row that is not yet read.
    pub row_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 16_384,
            bytes: 64 << 20,
            lane_rows: 1_000,
            busy_lane: 128,
            topics: 4,
            backlog_lanes: 256,
            in_flight_rows: 4_096,
            in_flight_bytes: 16 << 20,
            page: 256,
            row_bytes: 256 << 10,
        }
    }
}
