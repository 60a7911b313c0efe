//! What is special to PostgreSQL: partitions, and many at once.

pub mod server;
mod starting;
