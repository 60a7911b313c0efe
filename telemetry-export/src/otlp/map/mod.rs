//! From pieces to OpenTelemetry's messages.
//!
//! - [`traces`]: a span, whatever it was; what is said of each kind of them is in `agent`, `model` and `tool`
//! - [`metrics`]: the same spans as histograms and sums
//! - [`logs`]: what is no span, and attempts that failed

mod agent;
mod ending;
pub(super) mod logs;
pub(super) mod metrics;
mod model;
mod provider;
mod role;
mod server;
mod tool;
pub(super) mod traces;

use telemetry_core::time::UnixNanos;

/// A moment as the messages have it. There are none before 1970 in them.
fn nanos(at: UnixNanos) -> u64 {
    u64::try_from(at.0).unwrap_or(0)
}

/// A count as an attribute.
fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
