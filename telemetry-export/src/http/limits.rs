//! How long a delivery may take.

use std::time::Duration;

/// How long a delivery may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the beginning of a request to the end of its answer.
    pub request: Duration,
    /// How long after the beginning of a delivery something may be sent once more that was not taken for now. Nothing is with
    /// zero.
    pub patience: Duration,
}

impl Default for Limits {
    /// For somebody who waits for it: 5 s to connect, 30 s for a request, and 10 s of patience.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits { connect: seconds(5), request: seconds(30), patience: seconds(10) }
    }
}
