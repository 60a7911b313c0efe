//! The server: routes, keys, limits.

pub mod auth;
mod keyring;
pub mod problem;
mod rate;
pub mod reading;

pub use auth::{Peer, Sender, require};
pub use keyring::{Keyring, REMEMBERED};
pub use problem::Problem;
