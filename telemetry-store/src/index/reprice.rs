//! Calls that are in the index already, priced with today's rates: those an older version left without a price, and all of
//! them when the owner asks.
//!
//! In steps of some thousand calls, each in one transaction with the sums of the runs it touches, so that whoever is
//! stopped in the middle leaves an index that adds up.

mod step;
mod tally;

use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use telemetry_core::cost::Prices;

use self::step::{Step, Which};
use self::tally::Tally;
pub use self::tally::{Known, ModelChange, Repriced, StatusChange};
use super::catch_up::{Reading, Watch, Work};
use super::names::Names;
use super::{price, schema};
use crate::error::StoreError;

/// Calls in one step for who has all the time.
const CALLS_AT_ONCE: usize = 8_192;
/// Calls in one step for who has a budget: about two milliseconds.
const CALLS_IN_BUDGET: usize = 256;

/// Prices what an older version left without a price. Whether there is nothing left of it.
pub(super) fn complete(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    until: Option<Instant>,
    mut watch: Option<Watch<'_>>,
) -> Result<bool, StoreError> {
    let most = if until.is_some() { CALLS_IN_BUDGET } else { CALLS_AT_ONCE };
    // A look without a lock, at a partial index: there hardly ever are any.
    let unpriced = |connection: &Connection| -> rusqlite::Result<i64> {
        connection
            .prepare_cached("SELECT count(*) FROM model_call WHERE pricing IS NULL")?
            .query_row([], |row| row.get(0))
    };
    let (total, mut done) = (unpriced(connection)? as u64, 0);
    while done < total || unpriced(connection)? > 0 {
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        names.check(schema::made(&transaction)?);
        let mut tally = Tally::default();
        let step = Step::new(&transaction, names, prices, &mut tally).take(Which::Unpriced, most);
        let Ok(step) = step else {
            names.clear();
            return step.map(|_| false).map_err(StoreError::from);
        };
        price::note(&transaction, prices.fingerprint(), step.calls)?;
        transaction.commit()?;
        if step.calls == 0 {
            // Somebody else was at it too.
            done = total;
        }
        done += step.calls;
        if let Some(watch) = &mut watch {
            watch(Reading { work: Work::Prices, done, total });
        }
    }
    Ok(true)
}

/// Prices all calls anew, or only says what would change. One that was stopped goes on where it was, if the rates are still
/// the same.
pub(super) fn reprice(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    keep: bool,
    watch: Watch<'_>,
) -> Result<Repriced, StoreError> {
    let rates = prices.fingerprint();
    let total: i64 = connection.query_row("SELECT count(*) FROM model_call", [], |row| row.get(0))?;
    let mut after = match keep {
        true => begin(connection, rates)?,
        false => Some((i64::MIN, i64::MIN, i64::MIN)),
    };
    let mut tally = Tally::default();
    while let Some((run, at, span)) = after {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        names.check(schema::made(&transaction)?);
        let step = Step::new(&transaction, names, prices, &mut tally)
            .take(Which::After(run, at, span), CALLS_AT_ONCE);
        if step.is_err() || !keep {
            names.clear();
        }
        let step = step?;
        after = step.last;
        tally.days.extend(step.days);
        if keep {
            go_on(&transaction, rates, after)?;
            transaction.commit()?;
        } else {
            // The same steps, and nothing of them stays.
            transaction.rollback()?;
        }
        watch(Reading { work: Work::Prices, done: tally.calls, total: total as u64 });
    }
    Ok(tally.repriced())
}

/// The last call that was looked at by one that was stopped, else the beginning.
fn begin(connection: &mut Connection, rates: u64) -> Result<Option<(i64, i64, i64)>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stopped = transaction
        .query_row("SELECT run, ts_ns, span FROM repricing WHERE rates = ?1", [rates as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if stopped.is_none() {
        transaction.execute_batch("DELETE FROM repricing; UPDATE price_book SET before = calls")?;
        transaction.execute(
            "INSERT INTO repricing (rates, run, ts_ns, span) VALUES (?1, ?2, ?2, ?2)",
            (rates as i64, i64::MIN),
        )?;
    }
    transaction.commit()?;
    Ok(Some(stopped.unwrap_or((i64::MIN, i64::MIN, i64::MIN))))
}

/// Notes how far it is. At the end all calls there were when it began have today's rates; those that came since have the
/// rates of whoever indexed them.
fn go_on(transaction: &Transaction<'_>, rates: u64, after: Option<(i64, i64, i64)>) -> rusqlite::Result<()> {
    let rates = rates as i64;
    match after {
        Some((run, at, span)) => {
            transaction.execute("UPDATE repricing SET run = ?1, ts_ns = ?2, span = ?3", (run, at, span))?;
        }
        None => {
            transaction.execute(
                "INSERT INTO price_book (rates, calls) SELECT ?1, coalesce(sum(before), 0) FROM price_book WHERE rates <> ?1
                 ON CONFLICT (rates) DO UPDATE SET calls = calls + excluded.calls",
                [rates],
            )?;
            transaction.execute("UPDATE price_book SET calls = calls - before WHERE rates <> ?1", [rates])?;
            transaction.execute_batch(
                "DELETE FROM price_book WHERE calls <= 0; UPDATE price_book SET before = 0; DELETE FROM repricing",
            )?;
        }
    }
    Ok(())
}
