//! What is special to PostgreSQL: partitions, and many at once.

mod killed;
mod partitions;
pub mod server;
mod starting;
mod waiting;
