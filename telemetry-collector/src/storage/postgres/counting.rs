//! Reports, counted: what commits noted of them, added to the rollups many notes at a time.
//!
//! A hundred reports of a hundred kinds are some hundred rows of rollups, and so are a hundred thousand of the same hour. One
//! collector counts at a time, because all of them would wait for each other's rows; who comes meanwhile waits, and then sees all
//! that was counted.

use sqlx::PgPool;

use super::locks;
use super::rollups::{self, KnownSeries};
use crate::rollup::Cells;
use crate::storage::StorageError;

/// Where a step stops taking notes: so many bytes of them.
const MOST_BYTES: i64 = 16 << 20;
/// ... or so many notes.
const MOST_NOTES: usize = 10_000;

/// Takes the oldest notes. How long one is, is known without reading it.
const TAKE: &str = "
    DELETE FROM uncounted WHERE seq IN (
        SELECT seq FROM (
            SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
            FROM (SELECT seq, octet_length(cells) AS bytes FROM uncounted ORDER BY seq LIMIT $2) AS oldest) AS added_up
        WHERE before < $1)
    RETURNING reports, cells";

/// What a step of counting came to.
pub(super) struct Counted {
    pub reports: u64,
    /// Whether no more was noted when it began.
    pub complete: bool,
}

/// Counts what is noted, in one transaction.
pub(super) async fn count(pool: &PgPool, series: &KnownSeries) -> Result<Counted, StorageError> {
    // What another collector is counting is there until it is done.
    let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM uncounted ORDER BY seq LIMIT 1)")
        .fetch_one(pool)
        .await?;
    if !any {
        return Ok(Counted { reports: 0, complete: true });
    }
    let mut transaction = pool.begin().await?;
    locks::take(&mut transaction, locks::COUNTING).await?;
    let notes: Vec<(i64, String)> =
        sqlx::query_as(TAKE).bind(MOST_BYTES).bind(MOST_NOTES as i64).fetch_all(&mut *transaction).await?;
    let bytes: usize = notes.iter().map(|(_, cells)| cells.len()).sum();
    let complete = notes.len() < MOST_NOTES && (bytes as i64) < MOST_BYTES;
    let reports = notes.iter().map(|(reports, _)| reports.cast_unsigned()).sum();
    let cells = tokio::task::spawn_blocking(move || added_up(&notes))
        .await
        .map_err(|error| StorageError::Broken(error.to_string()))??;
    let added = rollups::add(&mut transaction, &cells, series).await?;
    transaction.commit().await?;
    series.learn(added);
    Ok(Counted { reports, complete })
}

fn added_up(notes: &[(i64, String)]) -> Result<Cells, StorageError> {
    let mut sum = Cells::default();
    for (_, cells) in notes {
        sum.absorb(Cells::decode(cells).map_err(unreadable)?);
    }
    Ok(sum)
}

/// A note that cannot be read.
fn unreadable(error: serde_json::Error) -> StorageError {
    StorageError::Broken(format!("what reports add to the rollups: {error}"))
}
