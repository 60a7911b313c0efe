//! The collector from outside.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod storage;
