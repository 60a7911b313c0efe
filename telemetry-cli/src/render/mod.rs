//! Answers as text for people: fits 80 columns, plain enough to pipe.

mod breakdown;
mod doctor;
mod insights;
mod reprice;
mod runs;
mod show;
mod status;
mod table;
mod text;

pub(crate) use breakdown::breakdown;
pub(crate) use doctor::doctor;
pub(crate) use insights::insights;
pub(crate) use reprice::reprice;
pub(crate) use runs::runs;
pub(crate) use show::show;
pub(crate) use status::{preview, status};
pub(crate) use text::{clean, count, grouped, size};
