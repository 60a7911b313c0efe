//! What facts are counted by.

use serde::{Deserialize, Serialize};
use telemetry_core::ids::Key;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A run, in the hour it began.
    Run,
    /// A turn, in the hour it began.
    Turn,
    /// An answered model call, in the hour it ended.
    ModelCall,
    /// An attempt at one that failed, in the hour it did.
    FailedAttempt,
    /// A tool call, in the hour it ended.
    ToolCall,
    /// A question whether a tool may run, in the hour it was asked.
    Approval,
    /// A delegation, in the hour it began.
    Subagent,
    /// Tokens and money that an agent reports as a sum and of no call, in the hour it reported them.
    Usage,
    /// An event of the batch wire.
    Report,
}

impl Fact {
    /// All of them.
    pub const ALL: [Fact; 9] = [
        Fact::Run,
        Fact::Turn,
        Fact::ModelCall,
        Fact::FailedAttempt,
        Fact::ToolCall,
        Fact::Approval,
        Fact::Subagent,
        Fact::Usage,
        Fact::Report,
    ];

    /// Its word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Fact::Run => "run",
            Fact::Turn => "turn",
            Fact::ModelCall => "model_call",
            Fact::FailedAttempt => "failed_attempt",
            Fact::ToolCall => "tool_call",
            Fact::Approval => "approval",
            Fact::Subagent => "subagent",
            Fact::Usage => "usage",
            Fact::Report => "report",
        }
    }

    /// The fact of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Fact::ALL.into_iter().find(|fact| fact.as_str() == word)
    }
}

macro_rules! dimensions {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What facts share that are counted together. A dimension that such facts do not have, or that is not known, is empty.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct Series {
            /// What is counted.
            pub fact: Fact,
            $($(#[$doc])* #[serde(default, skip_serializing_if = "String::is_empty")] pub $name: String,)*
        }

        impl Series {
            /// The names of all dimensions, as columns of the database.
            pub const DIMENSIONS: &[&str] = &[$(stringify!($name),)*];

            /// Facts of which nothing is known.
            pub fn new(fact: Fact) -> Self {
                Series { fact, $($name: String::new(),)* }
            }

            /// The values of all dimensions, in the order of [`DIMENSIONS`](Self::DIMENSIONS).
            pub fn values(&self) -> [&str; Self::DIMENSIONS.len()] {
                [$(&self.$name,)*]
            }

            /// The series of `fact` with these values, in that order.
            pub fn of(fact: Fact, values: [String; Self::DIMENSIONS.len()]) -> Self {
                let [$($name,)*] = values;
                Series { fact, $($name,)* }
            }
        }
    };
}

dimensions! {
    /// Of runs and what is in them the kind of work (interactive, cron ...); of reports the `eventType`.
    kind,
    /// The machine.
    host,
    /// The agent: the program (`hermes`, `claude-code`), or the `agentName` of a report.
    agent,
    /// The agent's word for the surface.
    platform,
    /// The surface in our list.
    entrypoint,
    /// Of model calls and failed attempts; of tool calls that of the call that asked for them.
    provider,
    /// As `telemetry-store` has it for each kind of fact.
    model,
    /// Of reports, the `modelTier`.
    tier,
    /// Of tool calls, and of reports.
    tool,
    /// Of reports.
    hook,
    /// Of runs and turns their own, of what is in a turn the turn's; of reports `success`, `failure` or nothing.
    outcome,
    /// Why, where `outcome` is.
    reason,
    /// How a tool call or a delegation ended, what was answered to a question, how well the cost of a model call is known, the class
    /// of a failed attempt, the `decision` of a report.
    status,
    /// Of failed attempts `recovered`, `error` or nothing; of tool calls that failed the type of the error, else their status.
    detail,
}

impl Series {
    /// Its number in the database: a hash of all it is, so that whoever meets it first need not ask.
    pub fn id(&self) -> i64 {
        let key = Key::new("series").text(self.fact.as_str());
        self.values().iter().fold(key, |key, value| key.text(value)).narrow() as i64
    }
}
