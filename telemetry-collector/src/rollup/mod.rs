//! Sums by hour and by day, of which every answer about a window is made.
//!
//! A fact (a run, a turn, a model call ...) counts in the hour it belongs to, in the [`Series`] of what it shares with others:
//! [`Cells`] are such sums. What a run comes to is a function of its events; so when more of its events come, what it
//! came to before is taken away and what it comes to now is added, and the sums are always those of the runs.

mod cells;
mod report;
mod series;
mod sketch;
mod sums;

pub use cells::{Cell, Cells, Hour, Replaced, Span};
pub use series::{Fact, Series};
pub use sketch::{BUCKET_GROWTH, Bucket, Measure, Sketch};
pub use sums::Sums;
