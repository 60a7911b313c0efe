//! A world with known numbers: made up from a seed, told to the product the way hosts tell it, and counted by a model of our
//! own, so that every number of every answer can be held against the truth.
//!
//! - [`story`] is what happened, as plain records with exact times and amounts.
//! - [`generate`] makes it up.
//! - [`hooks`] tells it as recorded hook calls; [`lines`] tells of another host as lines of the log.
//! - [`facts`] flattens it, and says what each fact can be grouped by.
//! - [`zone`] knows days in five zones, [`rates`] what calls cost, [`numbers`] percentiles, intervals and sweeps.
//! - [`insights`] and [`lists`] are the answers that must come out, and [`compare`] holds answers against them.
//!
//! Nothing here is taken from the product, its tables and its libraries for time and prices included.

pub mod compare;
pub mod facts;
pub mod generate;
pub mod hooks;
pub mod insights;
pub mod lines;
pub mod lists;
pub mod numbers;
pub mod rates;
pub mod story;
pub mod zone;
