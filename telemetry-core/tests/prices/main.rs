//! What a model call costs.
//!
//! - `by_hand`: real calls at many providers, worked out beside the table so that a reader can check them.
//! - `oracle`: every model of the table, priced by the crate of the data's owner.
//! - `properties`: what holds for any number of tokens.
//! - `rules`: who knows best, and what stays unknown.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod by_hand;
mod oracle;
mod properties;
mod rules;

use telemetry_core::time::{Day, UnixNanos};

/// Noon (UTC) of a `YYYY-MM-DD`.
fn noon(day: &str) -> UnixNanos {
    day.parse::<Day>().unwrap().start().plus(12 * 3_600_000_000_000)
}
