//! OpenTelemetry's protocol: spans, metrics and log records as its official messages.

mod signal;
pub mod transport;

pub use signal::{Request, Signal};
pub use transport::Transport;
