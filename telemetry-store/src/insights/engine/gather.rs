//! Goes through the facts of a window once, kind by kind, and keeps what the page is made of.

use super::calls::{Calls, CallsWork};
use super::counts::Counts;
use super::ends::Ends;
use super::lane::Lane;
use super::scan::{As, Chosen, Scan};
use super::spread::Spread;
use super::spreads::Spreads;
use super::tally::{ByGroup, Sorts, Sum};
use super::tools::{Tools, ToolsWork};
use super::top::TopRuns;
use super::words::{UNKNOWN, Words, lookup};
use crate::columns::{Field, Kind, NULL, fate};
use crate::insights::{ByWord, Errors, Subagents};

/// All that was counted, summed and gathered of a window.
pub(super) struct Gathered {
    pub runs: Ends,
    pub run_durations: Spreads,
    pub chains: Ends,
    pub turns: Ends,
    pub turn_durations: Spreads,
    /// Nanoseconds the turns that ended spent: model, tool, approval, other.
    pub spent: [i64; 4],
    pub idle: Spread,
    pub calls: Calls,
    pub failures: ByGroup<Failures>,
    pub failed_attempts: Spread,
    pub errors: Errors,
    pub tools: Tools,
    pub approvals: ByWord,
    pub waits: Spread,
    pub subagents: Subagents,
    pub top: TopRuns,
}

/// Failed attempts, and how many of them were the last of a call that was never answered.
#[derive(Default)]
pub(super) struct Failures {
    pub attempts: u64,
    pub errors: u64,
}

impl Sum for Failures {
    fn absorb(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.errors += other.errors;
    }
}

/// What `open` is called, where a host gave no answer or end.
const OPEN: &str = "open";

/// Goes through the facts; `top` is how many runs to name, and `values` whether the values of distributions are asked for.
/// The kinds that have most facts come first, so that they are summed up while the others are read.
pub(super) fn gather(scan: &mut Scan<'_>, top: usize, values: bool) -> rusqlite::Result<Gathered> {
    let (about, breakdowns) = (scan.about(Kind::Tool)?, scan.breakdowns(Kind::Tool));
    let mut tools = Lane::new(about, move || ToolsWork::new(about, breakdowns.clone(), values));
    scan.each(Kind::Tool, As::Themselves, &ToolsWork::FIELDS, |words, chosen| {
        tools.add(ToolsWork::piece(words, chosen)?);
        Ok(())
    })?;
    tools.close();
    let (about, breakdowns) = (scan.about(Kind::Call)?, scan.breakdowns(Kind::Call));
    let mut calls = Lane::new(about, move || CallsWork::new(about, breakdowns.clone(), values));
    scan.each(Kind::Call, As::Themselves, &CallsWork::FIELDS, |words, chosen| {
        calls.add(CallsWork::piece(words, chosen)?);
        Ok(())
    })?;
    calls.close();
    let (mut runs, mut top) = (Ends::default(), TopRuns::new(top));
    scan.each(
        Kind::Run,
        As::Themselves,
        &[&Ends::FIELDS[..], &[Field::Time, Field::Run, Field::Cost]].concat(),
        |words, chosen| {
            top.add(&chosen);
            runs.add(words, &chosen)
        },
    )?;
    let mut chains = Ends::default();
    let of_chain = [Field::ChainOutcome, Field::ChainReason, Field::ChainDuration];
    scan.each(Kind::Run, As::Chains, &of_chain, |words, chosen| chains.add(words, &chosen))?;
    let (mut turns, idle, spent) = turns(scan)?;
    let (failures, failed_attempts, errors) = attempts(scan)?;
    let mut waits = Spread::default();
    let approvals = by_status(scan, Kind::Approval, |chosen| {
        waits.add_alone(&chosen.numbers(Field::Duration, NULL));
    })?;
    let by_status = by_status(scan, Kind::Subagent, |_| ())?;
    let subagents = Subagents { total: by_status.total(), by_status };
    let spreads = |kind, ends: &mut Ends| {
        Spreads::of(scan.breakdowns(kind), std::mem::take(&mut ends.durations), values)
    };
    let (run_durations, turn_durations) = (spreads(Kind::Run, &mut runs), spreads(Kind::Turn, &mut turns));
    Ok(Gathered {
        runs,
        run_durations,
        chains,
        turns,
        turn_durations,
        spent,
        idle,
        calls: calls.done(),
        failures,
        failed_attempts,
        errors,
        tools: tools.done(),
        approvals,
        waits,
        subagents,
        top,
    })
}

/// Turns, the time between them, and what they spent theirs on.
fn turns(scan: &mut Scan<'_>) -> rusqlite::Result<(Ends, Spread, [i64; 4])> {
    const SPENT: [Field; 3] = [Field::SpentModel, Field::SpentTool, Field::SpentApproval];
    let (mut turns, mut idle, mut spent) = (Ends::default(), Spread::default(), [0_i64; 4]);
    let fields = [&Ends::FIELDS[..], &SPENT, &[Field::Idle]].concat();
    scan.each(Kind::Turn, As::Themselves, &fields, |words, chosen| {
        let whole = chosen.numbers(Field::Duration, 0);
        let parts = SPENT.map(|field| chosen.numbers(field, 0));
        for (at, &whole) in whole.iter().enumerate() {
            // The parts of a turn sum to the whole, so the rest need not be kept.
            let parts = [parts[0][at], parts[1][at], parts[2][at]];
            let other = whole - parts.iter().sum::<i64>();
            for (sum, part) in spent.iter_mut().zip(parts.into_iter().chain([other])) {
                *sum = sum.saturating_add(part);
            }
        }
        idle.add_alone(&chosen.numbers(Field::Idle, NULL));
        turns.add(words, &chosen)
    })?;
    Ok((turns, idle, spent))
}

/// Failed attempts, how long they took, and the calls that were never answered.
fn attempts(scan: &mut Scan<'_>) -> rusqlite::Result<(ByGroup<Failures>, Spread, Errors)> {
    let (mut failures, mut lasted) = (ByGroup::<Failures>::default(), Spread::default());
    let (mut classes, mut by_class, mut recovered_attempts) = (Sorts::default(), Counts::default(), 0);
    scan.each(
        Kind::Attempt,
        As::Themselves,
        &[Field::Fate, Field::Error, Field::Duration],
        |words, chosen| {
            let fates = chosen.numbers(Field::Fate, fate::RETRIED);
            failures.add(&chosen, |failures, place| {
                failures.attempts += 1;
                failures.errors += u64::from(fates[place] == fate::ERROR);
            });
            lasted.add_alone(&chosen.numbers(Field::Duration, NULL));
            let known =
                chosen.column(Field::Error).map(|class| words.of(class)).transpose()?.unwrap_or_default();
            let class = lookup(&known, UNKNOWN);
            for (fate, code) in fates.into_iter().zip(chosen.numbers(Field::Error, NULL)) {
                match fate {
                    fate::ERROR => by_class.add(classes.number(class(code))),
                    fate::RECOVERED => recovered_attempts += 1,
                    _ => {}
                }
            }
            Ok(())
        },
    )?;
    let total = by_class.total();
    let word = |class| scan.words.texts.get(classes.get(class)).clone();
    let by_class = by_class.each().map(|(class, count)| (word(class), count)).collect();
    Ok((failures, lasted, Errors { total, by_class, recovered_attempts }))
}

/// How many facts of a kind there are by how they ended; `open` where that is not known.
fn by_status(scan: &mut Scan<'_>, kind: Kind, mut also: impl FnMut(&Chosen)) -> rusqlite::Result<ByWord> {
    let (mut statuses, mut counts) = (Sorts::default(), Counts::default());
    let open = scan.words.number(OPEN);
    let add = |words: &mut Words<'_>, chosen: Chosen| {
        let known =
            chosen.column(Field::Status).map(|status| words.of(status)).transpose()?.unwrap_or_default();
        let status = lookup(&known, open);
        for code in chosen.numbers(Field::Status, NULL) {
            counts.add(statuses.number(status(code)));
        }
        also(&chosen);
        Ok(())
    };
    scan.each(kind, As::Themselves, &[Field::Status, Field::Duration], add)?;
    let word = |status| scan.words.texts.get(statuses.get(status)).clone();
    Ok(counts.each().map(|(status, count)| (word(status), count)).collect())
}
