//! What happened, as plain records with exact times: the truth that answers are held against.
//!
//! Times are nanoseconds since 1970, UTC; durations are nanoseconds. How a run or a turn ended is written down here by who
//! made it up, and concluded by nobody.

/// Everything that happened.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Processes of hosts.
    pub processes: Vec<Process>,
    /// Whether the moments at which requests went out were recorded.
    pub captures_attempts: bool,
}

/// One process of a host.
#[derive(Debug, Clone)]
pub struct Process {
    /// The host.
    pub host: &'static str,
    /// The host's configuration profile.
    pub profile: Option<&'static str>,
    /// The operating system's id.
    pub pid: u32,
    /// Its command line without the program, if it is known.
    pub arguments: Option<&'static [&'static str]>,
    /// The word of that command line.
    pub command: Option<&'static str>,
    /// When it started.
    pub started: i64,
    /// When it left in order; `None` when it was killed.
    pub exit: Option<i64>,
    /// Its runs, in the order they began.
    pub runs: Vec<Run>,
}

/// One session in one process.
#[derive(Debug, Clone)]
pub struct Run {
    /// The host's id of the session.
    pub session: String,
    /// The host's word for the surface.
    pub platform: Option<&'static str>,
    /// The surface.
    pub entrypoint: Option<&'static str>,
    /// What kind of run it is, where it can be told.
    pub kind: Option<&'static str>,
    /// The model it began with.
    pub model: Option<&'static str>,
    /// Whether the host announces it.
    pub announced: bool,
    /// Who delegated to it.
    pub delegated: Option<Delegation>,
    /// The run of this process whose compressed history it continues.
    pub continues: Option<usize>,
    /// Its first hook.
    pub start: i64,
    /// When it was over.
    pub end: Option<i64>,
    /// How it ended, and why.
    pub ended: Ended,
    /// What the host said when it closed it.
    pub close: Option<Close>,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
}

/// An outcome, and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The outcome's word.
    pub outcome: &'static str,
    /// The reason's word.
    pub reason: Option<String>,
}

impl Ended {
    /// An outcome without a reason.
    pub fn plainly(outcome: &'static str) -> Self {
        Ended { outcome, reason: None }
    }

    /// An outcome with its reason.
    pub fn because(outcome: &'static str, reason: &str) -> Self {
        Ended { outcome, reason: Some(reason.to_owned()) }
    }

    /// `success`, `failure`, `user` or nothing that counts in a rate.
    pub fn class(&self) -> Option<&'static str> {
        match (self.outcome, self.reason.as_deref()) {
            ("completed", _) => Some("success"),
            ("timed_out", Some("idle_timeout")) => None,
            ("errored" | "timed_out" | "limited", _) => Some("failure"),
            ("interrupted", _) => Some("user"),
            _ => None,
        }
    }
}

/// The host closes a session.
#[derive(Debug, Clone)]
pub struct Close {
    /// When.
    pub at: i64,
    /// The host's reason.
    pub reason: &'static str,
}

/// A run that another one asked for.
#[derive(Debug, Clone)]
pub struct Delegation {
    /// The run of this process that asked.
    pub parent: usize,
    /// The host's id of the turn it asked in.
    pub turn: String,
    /// When.
    pub started: i64,
    /// When it came back, how, and how long the host says it took.
    pub back: Option<(i64, &'static str, i64)>,
}

/// One message to its answer.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The host's id.
    pub id: String,
    /// Its first hook.
    pub start: i64,
    /// Whether it begins in the middle, with another hook than the one that begins turns.
    pub midway: bool,
    /// Whether it is the first of its session.
    pub first: bool,
    /// When it was over.
    pub over: Option<i64>,
    /// How it ended.
    pub ended: Ended,
    /// What the host said at its end.
    pub said: Option<Said>,
    /// The model it is worked on with.
    pub model: Option<&'static str>,
    /// Its model calls, in order.
    pub calls: Vec<Call>,
    /// Its tool calls, in the order they ended.
    pub tools: Vec<Tool>,
    /// Its questions for approval.
    pub approvals: Vec<Approval>,
}

impl Turn {
    /// The class of the latest failed attempt.
    pub fn error_class(&self) -> Option<&'static str> {
        let attempts = self.calls.iter().flat_map(|call| &call.failed);
        attempts.max_by_key(|attempt| attempt.at).map(|attempt| attempt.failure.class)
    }
}

/// The end of a turn, as a host tells it.
#[derive(Debug, Clone)]
pub struct Said {
    /// When.
    pub at: i64,
    /// It has an answer.
    pub completed: bool,
    /// It was stopped.
    pub interrupted: bool,
    /// It failed.
    pub failed: bool,
    /// The host's word for why.
    pub reason: Option<&'static str>,
}

/// A model call of one or more attempts.
#[derive(Debug, Clone)]
pub struct Call {
    /// The host's id of the request.
    pub id: String,
    /// Who answered, or was asked.
    pub endpoint: super::rates::Endpoint,
    /// When each of its requests went out.
    pub requests: Vec<i64>,
    /// Its failed attempts, in order.
    pub failed: Vec<Attempt>,
    /// Its answer.
    pub answer: Option<Answer>,
}

/// A failed attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it failed.
    pub at: i64,
    /// From the beginning of the call.
    pub elapsed: i64,
    /// From its own beginning, where it can be known.
    pub alone: Option<i64>,
    /// Who was asked; another one may answer in the end.
    pub endpoint: super::rates::Endpoint,
    /// What failed.
    pub failure: Failure,
    /// It will not be tried again.
    pub exhausted: bool,
}

/// A kind of failure, in the host's words and in ours.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// The host's word.
    pub reason: Option<&'static str>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The error's type.
    pub error_type: &'static str,
    /// Our class.
    pub class: &'static str,
}

/// What a model answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// When.
    pub at: i64,
    /// When the host says the call began.
    pub began: Option<i64>,
    /// From the beginning of the call.
    pub latency: i64,
    /// The last attempt alone, where it can be known.
    pub alone: Option<i64>,
    /// To the first token.
    pub first_token: Option<i64>,
    /// Messages in the request.
    pub messages: Option<u32>,
    /// Why the model stopped.
    pub finish: &'static str,
    /// Tokens, if the provider said.
    pub usage: Option<Usage>,
    /// What the provider says it cost, in nano-dollars.
    pub reported: Option<i64>,
}

/// Tokens. The last two are part of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Not cached.
    pub input: u64,
    /// Reasoning included.
    pub output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Written to a cache.
    pub cache_write: u64,
    /// Of those written, for an hour.
    pub cache_write_1h: u64,
    /// Of the output.
    pub reasoning: u64,
}

/// A tool call.
#[derive(Debug, Clone)]
pub struct Tool {
    /// When it ended.
    pub at: i64,
    /// How long it took.
    pub duration: Option<i64>,
    /// The tool.
    pub name: &'static str,
    /// The set it belongs to, if the host says.
    pub toolset: Option<&'static str>,
    /// The model's id of the call.
    pub id: String,
    /// The call of this turn that asked for it, if the host says.
    pub call: Option<usize>,
    /// How it ended.
    pub status: &'static str,
    /// The kind of error.
    pub error_type: Option<&'static str>,
    /// When its worker, given up, came back after all.
    pub echo: Option<i64>,
}

impl Tool {
    /// It ran and did not do what it should.
    pub fn failed(&self) -> bool {
        matches!(self.status, "error" | "timeout")
    }

    /// It ran.
    pub fn ran(&self) -> bool {
        self.failed() || self.status == "ok"
    }
}

/// A question whether a tool may run.
#[derive(Debug, Clone)]
pub struct Approval {
    /// When it was asked.
    pub asked: i64,
    /// When it was answered, and how.
    pub answered: Option<(i64, &'static str)>,
    /// Where.
    pub surface: &'static str,
    /// The model's id of the tool call.
    pub tool: String,
}
