//! Goes through the facts of a window once, kind by kind, and keeps what the page is made of.

use std::collections::BTreeMap;

use super::scan::{As, Chosen, Scan};
use super::spread::Spread;
use super::tally::{ByGroup, Calls, Counts, Ends, Sorts, Tools};
use super::top::TopRuns;
use super::words::{UNKNOWN, Words, lookup};
use crate::columns::{Field, Kind, NULL, fate};
use crate::insights::{Errors, Subagents};

/// All that was counted, summed and gathered of a window.
pub(super) struct Gathered {
    pub runs: Ends,
    pub chains: Ends,
    pub turns: Ends,
    /// Nanoseconds the turns that ended spent: model, tool, approval, other.
    pub spent: [i64; 4],
    pub idle: Spread,
    pub calls: Calls,
    pub failures: ByGroup<Failures>,
    pub failed_attempts: Spread,
    pub errors: Errors,
    pub tools: Tools,
    pub approvals: BTreeMap<String, u64>,
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

/// What `open` is called, where a host gave no answer or end.
const OPEN: &str = "open";

/// Goes through the facts; `top` is how many runs to name.
pub(super) fn gather(scan: &mut Scan<'_>, top: usize) -> rusqlite::Result<Gathered> {
    let (mut runs, mut top) = (Ends::default(), TopRuns::new(top));
    scan.each(
        Kind::Run,
        As::Themselves,
        &[&Ends::FIELDS[..], &[Field::Time, Field::Run, Field::Cost]].concat(),
        |words, chosen| {
            top.add(chosen);
            runs.add(words, chosen)
        },
    )?;
    let mut chains = Ends::default();
    let of_chain = [Field::ChainOutcome, Field::ChainReason, Field::ChainDuration];
    scan.each(Kind::Run, As::Chains, &of_chain, |words, chosen| chains.add(words, chosen))?;
    let (turns, idle, spent) = turns(scan)?;
    let mut calls = Calls::default();
    scan.each(Kind::Call, As::Themselves, &Calls::FIELDS, |words, chosen| calls.add(words, chosen))?;
    let (failures, failed_attempts, errors) = attempts(scan)?;
    let mut tools = Tools::default();
    scan.each(Kind::Tool, As::Themselves, &Tools::FIELDS, |words, chosen| tools.add(words, chosen))?;
    let mut waits = Spread::default();
    let approvals = by_status(scan, Kind::Approval, |chosen| {
        waits.add(&chosen.numbers(Field::Duration, NULL), &[]);
    })?;
    let by_status = by_status(scan, Kind::Subagent, |_| ())?;
    let subagents = Subagents { total: by_status.values().sum(), by_status };
    Ok(Gathered {
        runs,
        chains,
        turns,
        spent,
        idle,
        calls,
        failures,
        failed_attempts,
        errors,
        tools,
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
        idle.add(&chosen.numbers(Field::Idle, NULL), &[]);
        turns.add(words, chosen)
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
            failures.add(chosen, |failures, place| {
                failures.attempts += 1;
                failures.errors += u64::from(fates[place] == fate::ERROR);
            });
            lasted.add(&chosen.numbers(Field::Duration, NULL), &[]);
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
    let word = |class| scan.words.text(classes.get(class)).to_owned();
    let by_class = by_class.each().map(|(class, count)| (word(class), count)).collect();
    Ok((failures, lasted, Errors { total, by_class, recovered_attempts }))
}

/// How many facts of a kind there are by how they ended; `open` where that is not known.
fn by_status(
    scan: &mut Scan<'_>,
    kind: Kind,
    mut also: impl FnMut(&Chosen),
) -> rusqlite::Result<BTreeMap<String, u64>> {
    let (mut statuses, mut counts) = (Sorts::default(), Counts::default());
    let open = scan.words.number(OPEN);
    let add = |words: &mut Words<'_>, chosen: &Chosen| {
        let known =
            chosen.column(Field::Status).map(|status| words.of(status)).transpose()?.unwrap_or_default();
        let status = lookup(&known, open);
        for code in chosen.numbers(Field::Status, NULL) {
            counts.add(statuses.number(status(code)));
        }
        also(chosen);
        Ok(())
    };
    scan.each(kind, As::Themselves, &[Field::Status, Field::Duration], add)?;
    let word = |status| scan.words.text(statuses.get(status)).to_owned();
    Ok(counts.each().map(|(status, count)| (word(status), count)).collect())
}
