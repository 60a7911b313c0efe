//! OTLP as it is taken in.

mod bodies;
mod made_up;
mod read;
mod recorded;
