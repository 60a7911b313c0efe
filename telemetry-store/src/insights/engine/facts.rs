//! Facts one by one, for who sums them up in another way.

use jiff::tz::TimeZone;
use rusqlite::Connection;
use telemetry_core::cost::Status;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;

use super::calls::{attempt, status_of};
use super::carriers::Carriers;
use super::codes::{self, has};
use super::words::{ABSENT, UNKNOWN, Words, lookup};
use crate::columns::{self, Block, Dictionary, Field, Kind, NULL, fate};
use crate::error::StoreError;
use crate::insights::{Dimension, Tokens};

/// A fact, in the words that breakdowns show. `None` where facts of its kind do not have it, and where it is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact<'a> {
    /// When: of runs, turns and delegations the start, of questions when they were asked, of others the end.
    pub at: UnixNanos,
    /// The run it is in, or is.
    pub run: RunId,
    /// Of the run, from here to `kind`: its host.
    pub host: Option<&'a str>,
    /// The host's word for the surface.
    pub platform: Option<&'a str>,
    /// The surface in our list.
    pub entrypoint: Option<&'a str>,
    /// The kind of work.
    pub kind: Option<&'a str>,
    /// The model.
    pub model: Option<&'a str>,
    /// The provider.
    pub provider: Option<&'a str>,
    /// The tool.
    pub tool: Option<&'a str>,
    /// How the run or turn ended.
    pub outcome: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// The class of the error, or the type of a tool's.
    pub error: Option<&'a str>,
    /// How a tool call or a delegation ended, or what was answered to a question.
    pub status: Option<&'a str>,
    /// Nanoseconds: of a run, turn, call, attempt or tool call, or the wait for an answer.
    pub duration_ns: Option<i64>,
    /// What it is.
    pub what: What,
}

/// What a fact is, with what only such facts have. Times are nanoseconds, amounts nano-dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// A run.
    Run,
    /// A turn.
    Turn {
        /// Spent on its model calls, tools and approvals; `None` while it runs.
        spent_ns: Option<[i64; 3]>,
        /// Between the end of the turn before and this one.
        idle_ns: Option<i64>,
    },
    /// An answered model call.
    ModelCall {
        /// The answered attempt alone.
        attempt_ns: Option<i64>,
        /// To the first token.
        first_token_ns: Option<i64>,
        /// Messages in the request.
        messages: Option<i64>,
        /// Tokens; `None` when nobody said.
        tokens: Option<Tokens>,
        /// How well its cost is known.
        cost: Status,
        /// What has to be paid.
        amount: Option<i64>,
        /// The tokens that have a rate, at their rates, where that is not the amount.
        rated: Option<i64>,
    },
    /// An attempt at a model call that failed.
    FailedAttempt(Fate),
    /// A tool call.
    ToolCall,
    /// A question whether a tool may run.
    Approval,
    /// A delegation.
    Subagent,
}

/// What became of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Another attempt of its call was answered.
    Recovered,
    /// It was the last of a call that never was.
    Error,
    /// Neither, or not yet.
    Retried,
}

/// Gives every fact of an index to `each`: kind by kind, each in the order of time.
///
/// # Errors
/// When the index cannot be read.
pub fn facts(connection: &Connection, mut each: impl FnMut(Fact<'_>)) -> Result<(), StoreError> {
    let mut words = Words::new(connection);
    for kind in Kind::ALL {
        let block = columns::make(connection, kind, i64::MIN, i64::MAX)?;
        if block.rows() > 0 {
            of_block(connection, &mut words, &block, &mut each)?;
        }
    }
    Ok(())
}

/// What facts are in these dimensions is told.
const DIMENSIONS: [Dimension; 10] = [
    Dimension::Host,
    Dimension::Platform,
    Dimension::Entrypoint,
    Dimension::Kind,
    Dimension::Model,
    Dimension::Provider,
    Dimension::Tool,
    Dimension::Outcome,
    Dimension::Reason,
    Dimension::Error,
];

fn of_block(
    connection: &Connection,
    words: &mut Words<'_>,
    block: &Block,
    each: &mut impl FnMut(Fact<'_>),
) -> rusqlite::Result<()> {
    let all = codes::Facts { block, rows: &(0..block.rows()), kept: None };
    let mut carriers = Carriers::default();
    let mut dimensions: [Vec<u32>; DIMENSIONS.len()] = Default::default();
    for (codes, dimension) in dimensions.iter_mut().zip(DIMENSIONS) {
        *codes = match has(block.kind, dimension) {
            true => codes::codes(words, &TimeZone::UTC, all, dimension, &mut carriers)?
                .each(&carriers)
                .into_owned(),
            false => vec![ABSENT; block.rows()],
        };
    }
    let mut of_column = |field: Field| -> rusqlite::Result<Vec<u32>> {
        let Some(column) = block.column(field) else { return Ok(vec![ABSENT; block.rows()]) };
        let known = words.of(column)?;
        let mut codes = Vec::with_capacity(block.rows());
        column.numbers.read(0..block.rows(), &mut codes, lookup(&known, ABSENT));
        Ok(codes)
    };
    let (statuses, priced) = (of_column(Field::Status)?, of_column(Field::Priced)?);
    let number = |field: Field, row: usize| {
        let value = block.column(field).map_or(NULL, |column| column.numbers.get(row));
        (value != NULL).then_some(value)
    };
    let runs = runs(connection, block)?;
    let text = |code: u32| (code != ABSENT && code != UNKNOWN).then(|| words.text(code));
    for row in 0..block.rows() {
        let [host, platform, entrypoint, kind, model, provider, tool, outcome, reason, error] =
            dimensions.each_ref().map(|codes| text(codes[row]));
        let (Some(at), Some(run)) = (number(Field::Time, row), number(Field::Run, row)) else { continue };
        each(Fact {
            at: UnixNanos(at),
            run: runs[run as usize],
            host,
            platform,
            entrypoint,
            kind,
            model,
            provider,
            tool,
            outcome,
            reason,
            error,
            status: text(statuses[row]),
            duration_ns: number(Field::Duration, row),
            what: what(block.kind, |field| number(field, row), text(priced[row])),
        });
    }
    Ok(())
}

fn what(kind: Kind, number: impl Fn(Field) -> Option<i64>, priced: Option<&str>) -> What {
    match kind {
        Kind::Run => What::Run,
        Kind::Turn => {
            let [model, tool, approval] =
                [Field::SpentModel, Field::SpentTool, Field::SpentApproval].map(&number);
            let spent = model.zip(tool).zip(approval);
            What::Turn {
                spent_ns: spent.map(|((model, tool), approval)| [model, tool, approval]),
                idle_ns: number(Field::Idle),
            }
        }
        Kind::Call => {
            let [latency, before] =
                [Field::Duration, Field::BeforeAttempt].map(|field| number(field).unwrap_or(NULL));
            let tokens = |field| number(field).unwrap_or(0);
            What::ModelCall {
                attempt_ns: Some(attempt(latency, before)).filter(|&attempt| attempt != NULL),
                first_token_ns: number(Field::FirstToken),
                messages: number(Field::Messages),
                tokens: number(Field::Input).map(|input| Tokens {
                    input,
                    output: tokens(Field::Output),
                    cache_read: tokens(Field::CacheRead),
                    cache_write: tokens(Field::CacheWrite),
                    reasoning: tokens(Field::Reasoning),
                }),
                cost: priced.map_or(Status::Unknown, status_of),
                amount: number(Field::Cost),
                rated: number(Field::Rated),
            }
        }
        Kind::Attempt => What::FailedAttempt(match number(Field::Fate) {
            Some(fate::RECOVERED) => Fate::Recovered,
            Some(fate::ERROR) => Fate::Error,
            _ => Fate::Retried,
        }),
        Kind::Tool => What::ToolCall,
        Kind::Approval => What::Approval,
        Kind::Subagent => What::Subagent,
    }
}

/// The ids of a block's runs, by their code.
fn runs(connection: &Connection, block: &Block) -> rusqlite::Result<Vec<RunId>> {
    let dictionary = block.column(Field::Run).and_then(|runs| runs.dictionary.as_ref());
    let Some(Dictionary::Ids(ids)) = dictionary else { return Ok(Vec::new()) };
    let mut key = connection.prepare_cached("SELECT key FROM run WHERE id = ?1")?;
    ids.iter()
        .map(|id| key.query_row([id], |row| row.get(0).map(|key| RunId(u128::from_be_bytes(key)))))
        .collect()
}
