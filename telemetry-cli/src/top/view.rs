//! What there is to see: plain data, made anew each time.

use jiff::tz::TimeZone;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Activity, Doing, RunSummary, Slow};

/// All that the screen may show.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The home that is looked at.
    pub home: String,
    /// When this was so.
    pub now: UnixNanos,
    /// The zone of times, and of the day that is today.
    pub zone: TimeZone,
    /// Why this is older than it should be.
    pub note: Option<String>,
    /// The last hour by minute.
    pub activity: Activity,
    /// Of runs that began today, by outcome, most first.
    pub outcomes: Vec<(String, u64)>,
    /// The share of today's runs that completed, of those that have a rate.
    pub completion: Option<f64>,
    /// Of calls that ended today.
    pub today: Spent,
    /// Of calls that ended in the last hour.
    pub hour: Spent,
    /// Calls of the last hour that were never answered, by class, most first.
    pub errors: Vec<(String, u64)>,
    /// The slowest model calls of the last hour.
    pub slow_calls: Vec<Slow>,
    /// The slowest tool calls of the last hour.
    pub slow_tools: Vec<Slow>,
    /// Budgets and how much of each is used.
    pub budgets: Vec<Budget>,
    /// Runs that are being worked on, then those of the last hour, the latest first.
    pub runs: Vec<RunLine>,
    /// The run that is looked into, as `show` prints it.
    pub inside: Option<Vec<String>>,
}

/// What calls came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spent {
    /// US dollars; `None` when no call has a price.
    pub usd: Option<f64>,
    /// Calls without a price.
    pub unpriced: u64,
    /// All tokens.
    pub tokens: i64,
}

/// A budget and how much of it is used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Budget {
    /// What it is of, such as `day, gpt-5`.
    pub name: String,
    /// The part of it that is used: 1 is all.
    pub used: f64,
}

/// A run on the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunLine {
    pub run: RunSummary,
    /// What it does; `None` when it is over.
    pub doing: Option<Doing>,
    /// Since when it does that, or is over.
    pub since: UnixNanos,
}

impl RunLine {
    /// What it does, or how it ended.
    pub(crate) fn state(&self) -> String {
        match self.doing {
            Some(Doing::Starting) => "starting".to_owned(),
            Some(Doing::Model) => "model".to_owned(),
            Some(Doing::Retrying) => "retrying".to_owned(),
            Some(Doing::Tools(1)) => "1 tool".to_owned(),
            Some(Doing::Tools(n)) => format!("{n} tools"),
            Some(Doing::Approval) => "approval".to_owned(),
            Some(Doing::Subagent) => "subagent".to_owned(),
            None => self.run.outcome.clone(),
        }
    }

    /// Whether the person who looks for `text` means this run.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let run = &self.run;
        let names = [&run.session_id, &run.host, &run.platform, &run.entrypoint, &run.model, &run.reason];
        names.into_iter().flatten().any(|name| name.to_lowercase().contains(&text))
            || run.run_id.starts_with(&text)
            || self.state().contains(&text)
    }
}
