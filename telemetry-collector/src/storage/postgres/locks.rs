//! Advisory locks: what may be done by one collector at a time, and is no row.

use sqlx::{PgConnection, Result};

/// Making the tables.
pub(super) const MIGRATION: i64 = 0x7465_6c65_6d00_0001;
/// Making and dropping partitions.
pub(super) const PARTITIONS: i64 = 0x7465_6c65_6d00_0002;

/// Counting reports.
pub(super) const COUNTING: i64 = 0x7465_6c65_6d00_0003;

/// Waits for a lock, which goes with the transaction.
pub(super) async fn take(connection: &mut PgConnection, lock: i64) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock).execute(connection).await?;
    Ok(())
}
