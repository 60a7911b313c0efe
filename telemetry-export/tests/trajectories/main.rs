//! Trajectories as files.
//!
//! - [`sizes`]: what long sessions come to.

#[cfg(test)]
mod sizes;
