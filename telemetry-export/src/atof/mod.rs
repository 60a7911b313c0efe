//! ATOF, the Agentic Trajectory Observability Format: one JSON object a line for whatever begins, ends or happens.

mod config;

pub use config::{Config, Filename, Mode};
