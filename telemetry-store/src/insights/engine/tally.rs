//! What is counted and summed of facts, by breakdown and group.

use std::collections::{BTreeMap, HashMap};

use telemetry_core::cost::Status;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_core::vocabulary::ToolStatus;

use super::scan::Chosen;
use super::spread::Spread;
use super::words::{UNKNOWN, Words, lookup};
use crate::columns::{Field, NULL};
use crate::insights::{CostTotals, Distribution, Rate, Runs, Tokens, ToolEnds};

/// One value for each group of each breakdown that facts of a kind have.
pub(super) struct ByGroup<T>(Vec<Vec<T>>);

impl<T> Default for ByGroup<T> {
    fn default() -> Self {
        ByGroup(Vec::new())
    }
}

impl<T: Default> ByGroup<T> {
    /// Adds each of the chosen facts to the value of each of its groups.
    pub(super) fn add(&mut self, chosen: &Chosen, mut add: impl FnMut(&mut T, usize)) {
        self.0.resize_with(self.0.len().max(chosen.members.len()), Vec::new);
        for (values, members) in self.0.iter_mut().zip(&chosen.members) {
            members.each(chosen.len(), |group, place| {
                if group >= values.len() {
                    values.resize_with(group + 1, T::default);
                }
                add(&mut values[group], place);
            });
        }
    }

    /// The value of a group of the `breakdown`-th breakdown that the kind has; `None` where it has no fact.
    pub(super) fn get(&self, breakdown: usize, group: usize) -> Option<&T> {
        self.0.get(breakdown)?.get(group)
    }
}

/// How many facts there are of each of a few sorts.
#[derive(Default)]
pub(super) struct Counts(Vec<u64>);

impl Counts {
    pub(super) fn add(&mut self, sort: u32) {
        let sort = sort as usize;
        if sort >= self.0.len() {
            self.0.resize(sort + 1, 0);
        }
        self.0[sort] += 1;
    }

    /// The sorts there are, and how many of each.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.0.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Sorts of facts, numbered in the order they are met.
pub(super) struct Sorts<T>(Vec<T>, HashMap<T, u32>);

impl<T> Default for Sorts<T> {
    fn default() -> Self {
        Sorts(Vec::new(), HashMap::new())
    }
}

impl<T: Copy + Eq + std::hash::Hash> Sorts<T> {
    pub(super) fn number(&mut self, sort: T) -> u32 {
        *self.1.entry(sort).or_insert_with(|| {
            self.0.push(sort);
            self.0.len() as u32 - 1
        })
    }

    pub(super) fn get(&self, number: usize) -> T {
        self.0[number]
    }
}

/// How runs, chains or turns ended.
#[derive(Default)]
pub(super) struct Ends {
    /// Outcome and reason.
    verdicts: Sorts<(u32, u32)>,
    pub counts: ByGroup<Counts>,
    pub durations: Spread,
}

impl Ends {
    pub(super) const FIELDS: [Field; 3] = [Field::Outcome, Field::Reason, Field::Duration];

    pub(super) fn add(&mut self, words: &mut Words<'_>, chosen: &Chosen) -> rusqlite::Result<()> {
        let mut verdicts = Vec::with_capacity(chosen.len());
        let (Some(outcome), Some(reason)) = (chosen.column(Field::Outcome), chosen.column(Field::Reason))
        else {
            return Ok(());
        };
        let (outcomes, reasons) = (words.of(outcome)?, words.of(reason)?);
        let (outcome, reason) = (lookup(&outcomes, UNKNOWN), lookup(&reasons, super::words::ABSENT));
        let codes = chosen.numbers(Field::Outcome, NULL).into_iter().zip(chosen.numbers(Field::Reason, NULL));
        verdicts.extend(codes.map(|(of, why)| self.verdicts.number((outcome(of), reason(why)))));
        self.counts.add(chosen, |counts, place| counts.add(verdicts[place]));
        self.durations.add(&chosen.numbers(Field::Duration, NULL), &chosen.members);
        Ok(())
    }

    /// The numbers of a group.
    pub(super) fn runs(&self, words: &Words<'_>, counts: Option<&Counts>, duration_ms: Distribution) -> Runs {
        let (mut by_outcome, mut by_reason) = (BTreeMap::new(), BTreeMap::new());
        let mut classes: BTreeMap<OutcomeClass, u64> = BTreeMap::new();
        let mut total = 0;
        for (verdict, count) in counts.into_iter().flat_map(Counts::each) {
            let (outcome, reason) = self.verdicts.get(verdict);
            let reason = (reason != super::words::ABSENT).then(|| words.text(reason));
            total += count;
            *by_outcome.entry(words.text(outcome).to_owned()).or_insert(0) += count;
            if let Some(reason) = reason {
                *by_reason.entry(reason.to_owned()).or_insert(0) += count;
            }
            let outcome = Outcome::parse(words.text(outcome)).unwrap_or(Outcome::Unknown);
            *classes.entry(outcome.class(reason)).or_insert(0) += count;
        }
        let class = |class| classes.get(&class).copied().unwrap_or(0);
        let (success, failure) = (class(OutcomeClass::Success), class(OutcomeClass::Failure));
        let judged = success + failure + class(OutcomeClass::User);
        Runs {
            total,
            running: class(OutcomeClass::Open),
            by_outcome,
            by_reason,
            completion_rate: Rate::of(success, judged),
            failure_rate: Rate::of(failure, judged),
            duration_ms,
        }
    }
}

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

    fn usd(&self) -> Option<f64> {
        self.nanos.map(|nanos| nanos as f64 / 1e9)
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
        // Calls of a plan are paid for: with nothing.
        let paid = self.actual.nanos.or(self.estimated.nanos).or((self.included.calls > 0).then_some(0));
        let total = |_| {
            let sum = self.actual.nanos.unwrap_or(0).saturating_add(self.estimated.nanos.unwrap_or(0));
            sum as f64 / 1e9
        };
        CostTotals {
            total_usd: paid.map(total),
            estimated_usd: self.estimated.usd(),
            actual_usd: self.actual.usd(),
            included_equivalent_usd: self.included.usd(),
            priced_part_usd: self.unknown.usd(),
            estimated_calls: self.estimated.calls,
            actual_calls: self.actual.calls,
            included_calls: self.included.calls,
            unknown_calls: self.unknown.calls,
            auxiliary: None,
        }
    }
}

/// Answered model calls.
#[derive(Default)]
pub(super) struct Calls {
    pub sums: ByGroup<CallSums>,
    pub latencies: Spread,
    pub attempts: Spread,
    pub first_tokens: Spread,
}

impl Calls {
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

    pub(super) fn add(&mut self, words: &mut Words<'_>, chosen: &Chosen) -> rusqlite::Result<()> {
        let known =
            chosen.column(Field::Priced).map(|priced| words.of(priced)).transpose()?.unwrap_or_default();
        let statuses: Vec<Status> = known.iter().map(|&word| status_of(words.text(word))).collect();
        let [priced, cost, rated] =
            [Field::Priced, Field::Cost, Field::Rated].map(|field| chosen.numbers(field, NULL));
        let [latency, before, first_token, input] =
            [Field::Duration, Field::BeforeAttempt, Field::FirstToken, Field::Input]
                .map(|field| chosen.numbers(field, NULL));
        let [messages, output, cache_read, cache_write, reasoning] =
            [Field::Messages, Field::Output, Field::CacheRead, Field::CacheWrite, Field::Reasoning]
                .map(|field| chosen.numbers(field, 0));
        self.sums.add(chosen, |sums, at| {
            sums.calls += 1;
            sums.with_usage += u64::from(input[at] != NULL);
            sums.with_first_token += u64::from(first_token[at] != NULL);
            sums.messages = sums.messages.saturating_add_signed(messages[at]);
            let status = usize::try_from(priced[at]).map_or(Status::Unknown, |code| statuses[code]);
            sums.add_cost(status, cost[at], rated[at]);
            let tokens = &mut sums.tokens;
            tokens.input = tokens.input.saturating_add(if input[at] == NULL { 0 } else { input[at] });
            tokens.output = tokens.output.saturating_add(output[at]);
            tokens.cache_read = tokens.cache_read.saturating_add(cache_read[at]);
            tokens.cache_write = tokens.cache_write.saturating_add(cache_write[at]);
            tokens.reasoning = tokens.reasoning.saturating_add(reasoning[at]);
        });
        let attempt = |(&latency, &before): (&i64, &i64)| match (latency, before) {
            (_, NULL) => NULL,
            (NULL, before) => 0_i64.saturating_sub(before),
            (latency, before) => latency.saturating_sub(before),
        };
        let attempts: Vec<i64> = latency.iter().zip(&before).map(attempt).collect();
        self.latencies.add(&latency, &chosen.members);
        self.attempts.add(&attempts, &[]);
        self.first_tokens.add(&first_token, &[]);
        Ok(())
    }
}

fn status_of(word: &str) -> Status {
    let all = [Status::Actual, Status::Estimated, Status::Included];
    all.into_iter().find(|status| status.as_str() == word).unwrap_or(Status::Unknown)
}

/// Tool calls.
#[derive(Default)]
pub(super) struct Tools {
    statuses: Sorts<u32>,
    pub counts: ByGroup<Counts>,
    pub durations: Spread,
}

impl Tools {
    pub(super) const FIELDS: [Field; 2] = [Field::Status, Field::Duration];

    pub(super) fn add(&mut self, words: &mut Words<'_>, chosen: &Chosen) -> rusqlite::Result<()> {
        let Some(status) = chosen.column(Field::Status) else { return Ok(()) };
        let known: Vec<u32> = words.of(status)?.into_iter().map(|word| self.statuses.number(word)).collect();
        let unknown = self.statuses.number(UNKNOWN);
        let status = lookup(&known, unknown);
        let codes: Vec<u32> = chosen.numbers(Field::Status, NULL).into_iter().map(status).collect();
        self.counts.add(chosen, |counts, place| counts.add(codes[place]));
        self.durations.add(&chosen.numbers(Field::Duration, NULL), &chosen.members);
        Ok(())
    }

    pub(super) fn ends(
        &self,
        words: &Words<'_>,
        counts: Option<&Counts>,
        duration_ms: Distribution,
    ) -> ToolEnds {
        let mut by_status = BTreeMap::new();
        let (mut executed, mut failed) = (0, 0);
        for (status, count) in counts.into_iter().flat_map(Counts::each) {
            let word = words.text(self.statuses.get(status));
            let status = ToolStatus::from(word);
            executed += if status.executed() { count } else { 0 };
            failed += if status.failed() { count } else { 0 };
            by_status.insert(word.to_owned(), count);
        }
        ToolEnds { by_status, failure_rate: Rate::of(failed, executed), duration_ms }
    }
}
