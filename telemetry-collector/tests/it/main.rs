//! The collector from outside.

#[cfg(feature = "postgres")]
mod postgres;
