//! Budgets whose thresholds were crossed: told to the log once, by whoever sees it first.

use jiff::tz::TimeZone;
use rusqlite::{Connection, TransactionBehavior};
use telemetry_core::budget::Budget;
use telemetry_core::cost::Prices;
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;

use super::apply::Batch;
use super::names::Names;
use super::schema;
use crate::budgets::crossings;
use crate::error::StoreError;
use crate::layout::Layout;
use crate::log::LogWriter;

/// Writes to the log what was crossed and is not in the index, and puts it there. The log is written under the index's
/// lock, and the row is there when it is given back: so the next who looks finds it. One who dies in between leaves a line
/// in the log, and whoever tells it again makes the same event.
pub(super) fn note(
    layout: &Layout,
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    budgets: &[Budget],
    zone: &TimeZone,
    now: UnixNanos,
) -> Result<usize, StoreError> {
    // A look without the lock: nearly always there is nothing.
    if crossings(connection, budgets, zone, now)?.is_empty() {
        return Ok(0);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    names.check(schema::made(&transaction)?);
    let found = crossings(&transaction, budgets, zone, now)?;
    LogWriter::new(layout.clone())
        .write(&found)
        .map_err(|error| StoreError::Io { path: layout.log(), source: error.source })?;
    let mut batch = Batch::new(&transaction, names, prices);
    for event in &found {
        batch.apply(event)?;
    }
    batch.finish()?;
    transaction.commit()?;
    Ok(found.len())
}
