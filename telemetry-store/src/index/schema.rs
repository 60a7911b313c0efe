//! Migrations, decided under the write lock.
//!
//! The version is read inside `BEGIN IMMEDIATE`: processes that start together then agree, which they do not when the
//! version is read before. Steps are only added; a database of a newer version is left as it is.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use crate::error::StoreError;

const STEPS: [&str; 5] = [
    include_str!("../../migrations/0001_index.sql"),
    include_str!("../../migrations/0002_views.sql"),
    include_str!("../../migrations/0003_prices.sql"),
    include_str!("../../migrations/0005_columns.sql"),
    include_str!("../../migrations/0006_budgets.sql"),
];

/// The version this build makes.
pub const SCHEMA_VERSION: usize = STEPS.len();

const COMPONENT: &str = "index";

pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if version(connection)? >= SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS tel_schema (
             component TEXT PRIMARY KEY, version INTEGER NOT NULL, applied_at TEXT NOT NULL,
             -- Drawn when the tables are made: another value, other row ids.
             made INTEGER NOT NULL DEFAULT (random())
         ) STRICT",
    )?;
    let from = version(&transaction)?;
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    if from < SCHEMA_VERSION {
        transaction.execute(
            "INSERT INTO tel_schema (component, version, applied_at) VALUES (?1, ?2, datetime('now'))
             ON CONFLICT (component) DO UPDATE SET version = ?2, applied_at = datetime('now')",
            (COMPONENT, SCHEMA_VERSION as i64),
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// When the tables were made, as a random number: a rebuilt index has another.
pub(super) fn made(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT made FROM tel_schema WHERE component = ?1")?
        .query_row([COMPONENT], |row| row.get(0))
}

/// The version of the database; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> Result<usize, StoreError> {
    let known = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'tel_schema'", [], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        return Ok(0);
    }
    let version = connection
        .query_row("SELECT version FROM tel_schema WHERE component = ?1", [COMPONENT], |row| {
            row.get::<_, i64>(0)
        })
        .optional()?;
    Ok(version.and_then(|version| usize::try_from(version).ok()).unwrap_or(0))
}
