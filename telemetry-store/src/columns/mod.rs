//! Facts by column: what questions are answered from.
//!
//! A [`Block`] has the facts of one [`Kind`] of one UTC day, oldest first, each of their properties as a
//! [packed](packed) column of its own. It is a function of the index's rows and of nothing else, so it can be dropped and
//! [made again](make) at any time; [kept](keep) it saves that. What the run of a fact is (platform, host ...) is kept
//! once for each run in the block: a fact points to its run. Texts that are interned in the index stay numbers here.
//!
//! **Which facts have which dimension**, and whose it is:
//!
//! | | runs, chains | turns | model calls | failed attempts | tool calls | approvals | delegations |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | platform, entrypoint, command, host, profile, session, kind | own; of a chain its first run's | run's | run's | run's | run's | run's | the parent's |
//! | day, hour, weekday | start | start | end | end | end | question | start |
//! | model | own | own | own | own | of the call that asked for it, else its turn's | | |
//! | provider | | | own | own | of the call that asked for it | | |
//! | tool, toolset | | | | | own | | |
//! | outcome, reason | own; of a chain its last run's | own | turn's | turn's | turn's | turn's | |
//! | error | | class, if errored or timed out | | class | error type or else status, if it failed | | |
//!
//! An empty cell: such facts cannot have it, so they are in none of its groups and pass no filter by it. Where a cell
//! says whose it is and that is not known, the fact is in the group `(unknown)`. The error of a turn, attempt or tool
//! call that did not fail is an empty cell too.

mod block;
mod chains;
mod keep;
mod make;
mod packed;
mod turns;

pub(crate) use block::{Block, Column, Dictionary};
pub(crate) use keep::{Kept, block, days, freshen, kept_facts};
pub(crate) use make::make;
pub(crate) use packed::NULL;

/// What a block is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Runs by when they began, and with the first run of a chain the chain.
    Run,
    /// Turns by when they began.
    Turn,
    /// Answered model calls by when they ended.
    Call,
    /// Failed attempts by when they ended.
    Attempt,
    /// Tool calls by when they ended.
    Tool,
    /// Approvals by when they were asked for.
    Approval,
    /// Delegations by when they began.
    Subagent,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Kind; 7] =
        [Kind::Run, Kind::Turn, Kind::Call, Kind::Attempt, Kind::Tool, Kind::Approval, Kind::Subagent];

    /// One bit of a set of kinds.
    pub(crate) const fn bit(self) -> i64 {
        1 << self as u8
    }
}

/// A property of a fact, or of the run of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Field {
    /// When, as the kind says, in nanoseconds since the epoch: ascending.
    Time,
    /// The run, as a code; the dictionary has the runs' row ids.
    Run,
    /// Of each run in the block's dictionary, from here to `Surface`: its host, an interned name.
    Host,
    /// An interned name.
    Platform,
    /// An interned name.
    Entrypoint,
    /// An interned name.
    Profile,
    /// An interned name.
    Command,
    /// interactive, one-shot, cron ...: an interned name.
    Surface,
    /// A word: the fact's own or its turn's.
    Outcome,
    /// An interned name.
    Reason,
    /// An interned name.
    Model,
    /// A row of the table of endpoints.
    Endpoint,
    /// An interned name.
    Tool,
    /// An interned name.
    Toolset,
    /// How a tool call or a delegation ended, or what was chosen: a word or an interned name.
    Status,
    /// The class of an error, a word, or the type of a tool's, an interned name. Null where there is none.
    Error,
    /// Of failed attempts one of the numbers in [`fate`].
    Fate,
    /// Nanoseconds: of a run, turn, call, attempt or tool, or the wait for an approval.
    Duration,
    /// How well the cost of a call is known: a word. Null while it is not priced.
    Priced,
    /// Nano-dollars of a call or of a run, as far as they are known.
    Cost,
    /// Nano-dollars of a call by rates, where that is not what it costs.
    Rated,
    /// Nanoseconds before the attempt of a call that was answered.
    BeforeAttempt,
    /// Nanoseconds to the first token.
    FirstToken,
    /// Messages in a request.
    Messages,
    /// Tokens.
    Input,
    /// Tokens.
    Output,
    /// Tokens.
    CacheRead,
    /// Tokens.
    CacheWrite,
    /// Tokens.
    Reasoning,
    /// Nanoseconds of a turn spent on its model calls.
    SpentModel,
    /// Nanoseconds of a turn spent on its tools.
    SpentTool,
    /// Nanoseconds of a turn spent on its approvals.
    SpentApproval,
    /// Nanoseconds between the end of the turn before and this one.
    Idle,
    /// Of the first run of a chain, the outcome of the chain: a word.
    ChainOutcome,
    /// Of the first run of a chain: an interned name.
    ChainReason,
    /// Of the first run of a chain: nanoseconds.
    ChainDuration,
}

/// What became of failed attempts, as [`Field::Fate`] has it.
pub(crate) mod fate {
    /// Another attempt of its call was answered.
    pub(crate) const RECOVERED: i64 = 1;
    /// It was the last of a call that never was.
    pub(crate) const ERROR: i64 = 2;
    /// Neither, or not yet.
    pub(crate) const RETRIED: i64 = 0;
}
