//! What model calls took and cost.

use telemetry_core::cost::Status;

use super::lane::Work;
use super::scan::Chosen;
use super::spread::Spread;
use super::spreads::Spreads;
use super::tally::{ByGroup, Sum};
use super::words::Words;
use crate::columns::{Field, NULL};
use crate::insights::{CostTotals, Distribution, Tokens};

/// What model calls took and cost.
#[derive(Default, Clone)]
pub(super) struct CallSums {
    pub calls: u64,
    pub with_usage: u64,
    pub with_first_token: u64,
    pub messages: u64,
    pub tokens: Tokens,
    /// By status: how many calls, and nano-dollars: of what is paid the amounts, of the others what it is by rates.
    actual: Money,
    estimated: Money,
    included: Money,
    unknown: Money,
}

/// Some calls' money.
#[derive(Default, Clone)]
struct Money {
    calls: u64,
    /// Nano-dollars; `None` when no call has any.
    nanos: Option<i64>,
}

impl Money {
    fn add(&mut self, nanos: i64) {
        self.calls += 1;
        if nanos != NULL {
            self.nanos = Some(self.nanos.unwrap_or(0).saturating_add(nanos));
        }
    }

    fn absorb(&mut self, other: &Self) {
        self.calls += other.calls;
        if let Some(nanos) = other.nanos {
            self.nanos = Some(self.nanos.unwrap_or(0).saturating_add(nanos));
        }
    }
}

impl CallSums {
    fn add_cost(&mut self, status: Status, amount: i64, rated: i64) {
        match status {
            Status::Actual => self.actual.add(amount),
            Status::Estimated => self.estimated.add(amount),
            Status::Included => self.included.add(rated),
            Status::Unknown => self.unknown.add(rated),
        }
    }

    pub(super) fn cost(&self) -> CostTotals {
        CostTotals::of(|status| {
            let money = match status {
                Status::Actual => &self.actual,
                Status::Estimated => &self.estimated,
                Status::Included => &self.included,
                Status::Unknown => &self.unknown,
            };
            (money.calls, money.nanos)
        })
    }
}

impl Sum for CallSums {
    fn absorb(&mut self, other: &Self) {
        self.calls += other.calls;
        self.with_usage += other.with_usage;
        self.with_first_token += other.with_first_token;
        self.messages = self.messages.saturating_add(other.messages);
        self.tokens.absorb(&other.tokens);
        self.actual.absorb(&other.actual);
        self.estimated.absorb(&other.estimated);
        self.included.absorb(&other.included);
        self.unknown.absorb(&other.unknown);
    }
}

impl Sum for Tokens {
    fn absorb(&mut self, other: &Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

/// Answered model calls.
pub(super) struct Calls {
    pub sums: ByGroup<CallSums>,
    pub latencies: Spreads,
    pub attempts: Distribution,
    pub first_tokens: Distribution,
}

/// Answered model calls while they are gone through.
pub(super) struct CallsWork {
    sums: ByGroup<CallSums>,
    latencies: Spread,
    attempts: Spread,
    first_tokens: Spread,
    /// The columns of the calls that are just being added, as `FIELDS` has them.
    columns: [Vec<i64>; Self::FIELDS.len()],
    /// The places of the breakdowns that calls have.
    breakdowns: Vec<usize>,
    /// Whether the values themselves are asked for.
    values: bool,
}

/// Of these nothing is the same as 0.
const ADDED: [Field; 5] =
    [Field::Messages, Field::Output, Field::CacheRead, Field::CacheWrite, Field::Reasoning];

impl CallsWork {
    pub(super) const FIELDS: [Field; 12] = [
        Field::Priced,
        Field::Cost,
        Field::Rated,
        Field::Duration,
        Field::BeforeAttempt,
        Field::FirstToken,
        Field::Messages,
        Field::Input,
        Field::Output,
        Field::CacheRead,
        Field::CacheWrite,
        Field::Reasoning,
    ];

    /// For about so many.
    pub(super) fn new(about: usize, breakdowns: Vec<usize>, values: bool) -> Self {
        CallsWork {
            sums: ByGroup::default(),
            latencies: Spread::of_about(about),
            attempts: Spread::of_about(about),
            first_tokens: Spread::of_about(about),
            columns: Default::default(),
            breakdowns,
            values,
        }
    }

    /// Some calls, with what the codes of their prices' status stand for.
    pub(super) fn piece(words: &mut Words<'_>, chosen: Chosen) -> rusqlite::Result<(Chosen, Vec<Status>)> {
        let known =
            chosen.column(Field::Priced).map(|priced| words.of(priced)).transpose()?.unwrap_or_default();
        let statuses = known.iter().map(|&word| status_of(words.text(word))).collect();
        Ok((chosen, statuses))
    }
}

impl Work for CallsWork {
    type Piece = (Chosen, Vec<Status>);
    type Done = Calls;

    fn add(&mut self, (chosen, statuses): Self::Piece) {
        for (field, column) in Self::FIELDS.into_iter().zip(&mut self.columns) {
            let missing = if ADDED.contains(&field) { 0 } else { NULL };
            chosen.read(field, missing, column);
        }
        let [
            priced,
            cost,
            rated,
            latency,
            before,
            first_token,
            messages,
            input,
            output,
            cache_read,
            cache_write,
            reasoning,
        ] = &self.columns;
        self.sums.add(&chosen, |sums, at| {
            sums.calls += 1;
            sums.with_usage += u64::from(input[at] != NULL);
            sums.with_first_token += u64::from(first_token[at] != NULL);
            sums.messages = sums.messages.saturating_add_signed(messages[at]);
            let status = usize::try_from(priced[at]).map_or(Status::Unknown, |code| statuses[code]);
            sums.add_cost(status, cost[at], rated[at]);
            sums.tokens.absorb(&Tokens {
                input: if input[at] == NULL { 0 } else { input[at] },
                output: output[at],
                cache_read: cache_read[at],
                cache_write: cache_write[at],
                reasoning: reasoning[at],
            });
        });
        let attempts: Vec<i64> =
            latency.iter().zip(before).map(|(&latency, &before)| attempt(latency, before)).collect();
        self.latencies.add(latency, &chosen);
        self.attempts.add_alone(&attempts);
        self.first_tokens.add_alone(first_token);
    }

    fn done(self) -> Calls {
        Calls {
            sums: self.sums,
            latencies: Spreads::of(self.breakdowns, self.latencies, self.values),
            attempts: self.attempts.whole(),
            first_tokens: self.first_tokens.whole(),
        }
    }
}

/// How long the answered attempt of a call took.
pub(super) fn attempt(latency: i64, before: i64) -> i64 {
    match (latency, before) {
        (_, NULL) => NULL,
        (NULL, before) => 0_i64.saturating_sub(before),
        (latency, before) => latency.saturating_sub(before),
    }
}

/// How well the cost of a call is known, by its word.
pub(super) fn status_of(word: &str) -> Status {
    let all = [Status::Actual, Status::Estimated, Status::Included];
    all.into_iter().find(|status| status.as_str() == word).unwrap_or(Status::Unknown)
}
