//! The server, over real connections.

mod background;
mod decoding;
mod fake;
mod hostile;
mod keys;
mod queue;
mod server;
mod wires;
