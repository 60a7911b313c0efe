//! What a destination got, and what it did not get yet.

use serde::Serialize;
use telemetry_core::time::UnixNanos;
use telemetry_plugin::exports::{Standing, State};

/// What became of what was to go to a destination.
#[derive(Serialize)]
pub(crate) struct Delivery {
    /// What it did not get yet: bytes of whole lines, and the time of the first.
    pub lag_bytes: u64,
    pub lag_since: Option<String>,
    /// What it took, in its own units, and what it will not have.
    pub sent: u64,
    pub refused: u64,
    pub last_success: Option<String>,
    pub last_error: Option<LastError>,
    /// How often it went wrong since the last success.
    pub failures: u32,
    /// When a host tries again, while it goes wrong.
    pub next_attempt: Option<String>,
    /// What its owner should know.
    pub notes: Vec<String>,
}

/// What went wrong last; it may be mended since.
#[derive(Serialize)]
pub(crate) struct LastError {
    pub at: String,
    pub message: String,
    /// Whether it may come right by itself.
    pub temporary: bool,
}

impl Delivery {
    /// What is known of it, put into words.
    pub fn of(Standing { state, unreadable, lag }: Standing) -> Self {
        let state = state.unwrap_or_default();
        let moment = |at: Option<UnixNanos>| at.map(|at| at.to_string());
        let State { sent, refused, failures, mut notes, .. } = state;
        notes.extend(unreadable);
        let last_error = state.last_error.map(|error| LastError {
            at: error.at.to_string(),
            message: error.message,
            temporary: error.temporary,
        });
        Delivery {
            lag_bytes: lag.bytes,
            lag_since: moment(lag.since),
            sent,
            refused,
            last_success: moment(state.last_success),
            last_error,
            failures,
            next_attempt: moment(state.not_before),
            notes,
        }
    }
}
