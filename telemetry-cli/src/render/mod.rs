//! Answers as text for people: fits 80 columns, plain enough to pipe.

mod breakdown;
mod doctor;
mod insights;
mod runs;
mod show;
mod status;
mod table;
mod tail;
mod text;
#[cfg(feature = "top")]
mod top;

pub(crate) use breakdown::breakdown;
pub(crate) use doctor::doctor;
pub(crate) use insights::insights;
pub(crate) use runs::runs;
pub(crate) use show::show;
pub(crate) use status::{preview, status};
pub(crate) use tail::Feed;
pub(crate) use text::{clean, count, size};
#[cfg(feature = "top")]
pub(crate) use top::top;
