//! The server, over real connections.

mod background;
mod decoding;
mod fake;
mod hostile;
mod keys;
mod making_way;
#[cfg(feature = "otlp")]
mod otlp;
mod queue;
mod server;
mod tls;
mod wires;
