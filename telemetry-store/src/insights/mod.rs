//! Questions to the index, and their answers as plain data. Rendering is somebody else's.

mod answers;
pub(crate) mod breakdown;
mod by_word;
mod cost;
mod detail;
mod engine;
mod health;
mod live;
mod made;
mod newest;
mod question;
mod rates;
mod runs;
mod volumes;
mod when;

use serde::Serialize;
use telemetry_core::time::UnixNanos;

pub use jiff::tz::TimeZone;

pub use answers::{
    Approvals, Auxiliary, Change, Compared, CostTotals, Errors, Group, Insights, ModelCalls, Quality, Runs,
    Subagents, ToolCalls, ToolEnds, Turns, WindowShown,
};
pub use breakdown::Breakdown;
pub use by_word::ByWord;
pub use cost::Cost;
pub use detail::{
    ApprovalSpan, AttemptSpan, CallCost, CallSpan, RunDetail, ToolSpan, TurnDetail, run_detail, turns_of,
};
pub use engine::{Fact, Fate, What, facts, insights};
pub use health::{Drift, Health, health};
pub use live::{Active, Activity, Doing, Slow, active, activity, slowest_calls, slowest_tools};
pub use newest::{Wanted, newest_runs};
pub use question::{Dimension, Filter, Grouping, Question, zone_name};
pub use rates::{Distribution, Rate};
pub use runs::{RunSummary, find_run, run_alone, run_of, runs};
pub use volumes::{Loss, Volumes, volumes};
pub use when::{WHEN, when};

/// A span of time, open where `None`: from `since` on, before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first moment that counts.
    pub since: Option<UnixNanos>,
    /// The first moment that no longer counts.
    pub until: Option<UnixNanos>,
}

impl Window {
    fn bounds(&self) -> (i64, i64) {
        (self.since.map_or(i64::MIN, |at| at.0), self.until.map_or(i64::MAX, |at| at.0))
    }
}

/// Tokens in exclusive buckets; reasoning is part of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tokens {
    /// Neither read from nor written to a cache.
    pub input: i64,
    /// Reasoning included.
    pub output: i64,
    /// Read from a cache.
    pub cache_read: i64,
    /// Written to a cache.
    pub cache_write: i64,
    /// The part of `output` spent on reasoning.
    pub reasoning: i64,
}

impl Tokens {
    /// All tokens: input, caches and output.
    pub fn total(&self) -> i64 {
        self.input + self.output + self.cache_read + self.cache_write
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        self.reasoning += other.reasoning;
    }
}

/// Nanoseconds as milliseconds.
fn ms(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// A moment as RFC 3339 in UTC.
fn moment(nanos: i64) -> String {
    UnixNanos(nanos).to_string()
}
