//! What the benches share. A bench includes the modules it needs, by their path where it is in another crate.

pub mod facts;
pub mod figure;
pub mod peers;
pub mod stopwatch;
pub mod table;
