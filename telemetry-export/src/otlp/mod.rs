//! OpenTelemetry's protocol: spans, metrics and log records as its official messages.

mod signal;

pub use signal::{Request, Signal};
