//! What a burst of requests came to, as plain data.

use serde::{Deserialize, Serialize};

/// Figures of a burst.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadFigures {
    /// The client that sent.
    pub client: String,
    /// Requests that left the client, retries included.
    pub sent: u64,
    /// Of these, retries.
    pub retries: u64,
    /// Calls that ended with a status below 400.
    pub ok: u64,
    /// Calls that ended with 429 or 503.
    pub refused: u64,
    /// Answers with 429 or 503 on the way, retried ones included.
    pub refusals: u64,
    /// Virtual microseconds from the first start to the last end.
    pub duration_us: u64,
    /// Every answer: start, end, status, in order of start.
    pub marks: Vec<LoadMark>,
}

/// One answer of a burst.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadMark {
    /// Which call of the burst, from 0.
    pub call: u32,
    /// Which try of that call, from 0.
    pub attempt: u32,
    /// Microseconds since the lab's beginning.
    pub start_us: u64,
    /// Microseconds since the lab's beginning.
    pub end_us: u64,
    /// The status.
    pub status: u16,
}
