//! What is special to PostgreSQL: partitions, and many at once.

mod server;
mod starting;
