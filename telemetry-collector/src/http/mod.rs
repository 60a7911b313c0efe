//! The server: routes, keys, limits.

pub mod reading;
