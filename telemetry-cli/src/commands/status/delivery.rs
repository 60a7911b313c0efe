//! What a destination got, and what it did not get yet.

use serde::Serialize;
use telemetry_core::time::UnixNanos;
use telemetry_plugin::exports::{Standing, State};

use crate::commands::Home;
use crate::failure::Failure;

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
    /// Of the destination called `name`, which is off; `None` if it never got anything.
    pub(super) fn off(home: &Home, name: &str, with_content: bool) -> Result<Option<Self>, Failure> {
        let standing = standing(home, name, with_content)?;
        let was_on = standing.state.is_some() || standing.unreadable.is_some();
        Ok(was_on.then(|| Self::of(standing)))
    }

    /// Of the destination called `name`, which is on.
    pub(super) fn on(home: &Home, name: &str, with_content: bool) -> Result<Self, Failure> {
        Ok(Self::of(standing(home, name, with_content)?))
    }

    fn of(Standing { state, unreadable, lag }: Standing) -> Self {
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

fn standing(home: &Home, name: &str, with_content: bool) -> Result<Standing, Failure> {
    Standing::of(&home.layout, name, with_content)
        .map_err(|error| Failure::File(home.layout.root().to_owned(), error))
}
