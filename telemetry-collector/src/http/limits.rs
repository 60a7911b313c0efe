//! How much a request may be, and how long it may take. docs/collector.md names every number here.

use std::time::Duration;

const MIB: usize = 1 << 20;

/// Bytes of a batch, and of a request that has no limit of its own.
pub const MOST_BATCH: usize = 8 * MIB;
/// Bytes of a transcript.
pub const MOST_TRANSCRIPT: usize = 16 * MIB;
/// Bytes of our own lines, as they are sent.
pub const MOST_EVENTS_SENT: usize = 8 * MIB;
/// Bytes of our own lines, decompressed.
pub const MOST_EVENTS: usize = 32 * MIB;
/// Bytes of all bodies that are read or worked on at the same time: what one request may be times the connections there may be would
/// be more than any machine has.
pub const MOST_MEMORY: usize = 256 * MIB;

/// How long things may take, and how many there may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The head of a request, from the moment the connection is ready for one: so also how long an idle connection is kept.
    pub head: Duration,
    /// The body of a request, all of it.
    pub body: Duration,
    /// Between two pieces of a body.
    pub piece: Duration,
    /// From the head of a request to its answer.
    pub answer: Duration,
    /// A handshake of TLS.
    pub handshake: Duration,
    /// What is in flight when the server is told to stop.
    pub drain: Duration,
    /// Connections at the same time. More wait until one of them ends.
    pub connections: usize,
    /// Requests of one key, a second; twice as many at once. 0 for any number.
    pub requests_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(15),
            body: Duration::from_secs(30),
            piece: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            handshake: Duration::from_secs(10),
            drain: Duration::from_secs(20),
            connections: 1_024,
            requests_per_second: 2_000,
        }
    }
}
