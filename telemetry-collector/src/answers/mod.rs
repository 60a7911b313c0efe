//! What is asked and answered: for a team from rollups, for one machine from its index. The routes and the page know this alone.

mod team;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Serialize;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Insights, RunDetail, RunSummary, TimeZone};

pub use team::Team;

use crate::storage::{CellFilter, Names, RunsAsked, StorageError};

/// Answers the routes of reading.
#[async_trait]
pub trait Answers: Send + Sync + 'static {
    /// A page of numbers.
    async fn insights(&self, question: &Question) -> Result<Page, AnswerError>;

    /// Runs, newest first.
    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, AnswerError>;

    /// One run with all that is in it: by its id, the beginning of it, or the id of its session.
    async fn run(&self, wanted: &str) -> Result<RunDetail, AnswerError>;

    /// What there is to filter by.
    async fn names(&self) -> Result<Names, AnswerError>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// What is asked cannot be: the field and what is wrong with it.
    #[error("`{field}`: {reason}")]
    Question {
        /// The parameter.
        field: &'static str,
        /// What is wrong, and what may be written.
        reason: String,
    },
    /// There is no such run.
    #[error("no run `{0}`")]
    NoRun(String),
    /// It may mean any of these.
    #[error("`{wanted}` may mean any of {}: give more of the id", .runs.join(", "))]
    ManyRuns {
        /// What was asked for.
        wanted: String,
        /// The ids of the runs.
        runs: Vec<String>,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The index of one machine.
    #[error("the index: {0}")]
    Index(String),
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// From here on.
    pub since: Option<UnixNanos>,
    /// Before.
    pub until: Option<UnixNanos>,
    /// The zone that days are in.
    pub zone: TimeZone,
    /// The breakdowns to make: one dimension or two.
    pub by: Vec<(By, Option<By>)>,
    /// What facts must be to count.
    pub filter: CellFilter,
    /// How many runs to name.
    pub top: usize,
}

/// What facts can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum By {
    /// The machine; on a single one there is none to group by.
    Host,
    /// The agent: what the command line calls the host.
    Agent,
    /// The model.
    Model,
    /// The provider.
    Provider,
    /// The agent's word for the surface.
    Platform,
    /// The surface in our list.
    Entrypoint,
    /// The kind of work, or the type of a report.
    Kind,
    /// The tool.
    Tool,
    /// How it ended.
    Outcome,
    /// The day, in the question's zone.
    Day,
    /// The moment an hour began, RFC 3339 in UTC.
    Hour,
}

impl By {
    /// All of them.
    pub const ALL: [By; 11] = [
        By::Host,
        By::Agent,
        By::Model,
        By::Provider,
        By::Platform,
        By::Entrypoint,
        By::Kind,
        By::Tool,
        By::Outcome,
        By::Day,
        By::Hour,
    ];

    /// Its word, in requests and as the key of a breakdown.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Host => "host",
            By::Agent => "agent",
            By::Model => "model",
            By::Provider => "provider",
            By::Platform => "platform",
            By::Entrypoint => "entrypoint",
            By::Kind => "kind",
            By::Tool => "tool",
            By::Outcome => "outcome",
            By::Day => "day",
            By::Hour => "hour",
        }
    }

    /// The one of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        By::ALL.into_iter().find(|by| by.as_str() == word)
    }
}

/// A page of numbers: those of the command line, and what only the batch wire tells.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// As `telemetry insights --json` has it.
    #[serde(flatten)]
    pub insights: Insights,
    /// Events of the batch wire; `None` where there is no such wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
}

/// Events of the batch wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Reports {
    /// All of them.
    pub total: u64,
    /// By `eventType`.
    pub by_kind: BTreeMap<String, u64>,
    /// By `decision`, of those that have one.
    pub by_decision: BTreeMap<String, u64>,
    /// Those decided APPROVED, CONFIRMED or OK among those decided.
    pub approval_rate: Option<telemetry_store::insights::Rate>,
    /// Those that succeeded among those that say.
    pub success_rate: Option<telemetry_store::insights::Rate>,
    /// The sum of `errorCount`.
    pub errors: u64,
    /// `latencyMs`.
    pub latency_ms: telemetry_store::insights::Distribution,
}
