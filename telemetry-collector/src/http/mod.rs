//! The server: routes, keys, limits.
