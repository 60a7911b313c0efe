//! How far budgets are used up.
//!
//! - [`Period`]: the day, week or month that is now, in the owner's zone.
//! - [`spend`]: what the model calls of a span of time cost, and their tokens.
//! - [`states`]: each budget with what was spent of it; [`BudgetState`] is what pages show.
//! - [`crossings`]: the thresholds that were crossed, and by which call;
//!   [`Index::note_crossings`](crate::index::Index::note_crossings) records them.
//!
//! What spends is a model call that was answered, at the moment of its answer, in whatever run: subagents have runs of their
//! own, so nothing counts twice. A call that a plan includes costs nothing, and one without a known price is counted and
//! never taken for free.

mod crossing;
mod period;
mod spend;
mod state;

pub use crossing::{THRESHOLDS, crossings};
pub use period::Period;
pub use spend::{Of, Spend, spend};
pub use state::{BudgetState, states};
