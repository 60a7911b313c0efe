//! From events to spans: every run, turn, model call, attempt, tool call and approval that is over, with its place in the
//! tree of its run.
//!
//! Events are facts with a time, and most tell the whole of a thing when it ends; what has a beginning and an end of its own
//! (a run, a turn) is put together here. The verdicts are those of the index ([`telemetry_core::outcome`]), the costs too
//! ([`telemetry_core::cost`]), the ids those of `tel_spans`.
//!
//! What is handed on comes in this order: what happened in a turn before the turn, turns before their run. What comes when a
//! turn is over already (a tool in the background) comes after it.

mod assembler;
mod open;
mod runs;
mod span;
mod turns;

pub use assembler::Assembler;
pub use open::Open;

pub use span::{
    ApprovalOver, AttemptOver, CallOver, Continued, Fact, FailedCall, Moment, Piece, Run, RunOver, Span,
    TurnOver,
};
