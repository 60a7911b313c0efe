//! The team server: many hosts send what they recorded, and one place answers for all of them.
//!
//! ```text
//! batch wire ─┐                                        ┌─> insights, runs ([answers]), the page, Grafana
//! own wire ───┼─> [intake]: checked, ─> [storage] ─────┤
//! OTLP ([otlp])┘   kept once             events        └─> [settle]: runs and [rollup]s, made of events
//! ```
//!
//! Events are the truth, as on a single machine. What a run is, how it ended and what it cost is worked out from its events by
//! `telemetry-store`, so a number here is the number of the command line; and rollups are sums of what runs come to, so they
//! can be made again at any time.

pub mod answers;
pub mod http;
pub mod intake;
pub mod keys;
pub mod local;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod page;
pub mod rollup;
pub mod settle;
pub mod storage;
