//! OTLP, taken in: spans, log records and metrics of agents, as events of our own.
pub mod mark;
pub mod reconcile;
pub mod reported;
