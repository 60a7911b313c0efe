//! Everything in PostgreSQL.
