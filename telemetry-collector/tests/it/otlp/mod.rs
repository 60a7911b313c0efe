//! OTLP as it is taken in.

mod bodies;
mod read;
mod recorded;
