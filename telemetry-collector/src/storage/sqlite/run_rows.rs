//! Rows of the table `runs`.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::Tokens;

use super::ids;
use crate::rollup::Cells;
use crate::storage::StorageError;
use crate::storage::correction::Kept;
use crate::storage::run_row::RunRow;

/// The run of a row that begins with [`RunRow::COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let run = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<_>>(column)?.map(ids::run_of));
    Ok(RunRow {
        run: ids::run_of(row.get(0)?),
        process: row.get::<_, Option<_>>(1)?.map(ids::process_of),
        host: row.get(2)?,
        session_id: row.get(3)?,
        parent: run(4)?,
        continues: run(5)?,
        agent: row.get(6)?,
        platform: row.get(7)?,
        entrypoint: row.get(8)?,
        profile: row.get(9)?,
        model: row.get(10)?,
        provider: row.get(11)?,
        start: UnixNanos(row.get(12)?),
        end: row.get::<_, Option<_>>(13)?.map(UnixNanos),
        outcome: row.get(14)?,
        reason: row.get(15)?,
        turns: row.get(16)?,
        model_calls: row.get(17)?,
        failed_attempts: row.get(18)?,
        tool_calls: row.get(19)?,
        errors: row.get(20)?,
        tokens: Tokens {
            input: row.get(21)?,
            output: row.get(22)?,
            cache_read: row.get(23)?,
            cache_write: row.get(24)?,
            reasoning: row.get(25)?,
        },
        cost_nanos: row.get(26)?,
        cost_status: row.get(27)?,
        priced_part_nanos: row.get(28)?,
    })
}

fn values(row: RunRow) -> [Value; RunRow::COLUMNS.len()] {
    let id = |id: [u8; 16]| Value::Blob(id.to_vec());
    [
        id(ids::run(row.run)),
        row.process.map(ids::process).map(id).into(),
        row.host.into(),
        row.session_id.into(),
        row.parent.map(ids::run).map(id).into(),
        row.continues.map(ids::run).map(id).into(),
        row.agent.into(),
        row.platform.into(),
        row.entrypoint.into(),
        row.profile.into(),
        row.model.into(),
        row.provider.into(),
        row.start.0.into(),
        row.end.map(|end| end.0).into(),
        row.outcome.into(),
        row.reason.into(),
        row.turns.into(),
        row.model_calls.into(),
        row.failed_attempts.into(),
        row.tool_calls.into(),
        row.errors.into(),
        row.tokens.input.into(),
        row.tokens.output.into(),
        row.tokens.cache_read.into(),
        row.tokens.cache_write.into(),
        row.tokens.reasoning.into(),
        row.cost_nanos.into(),
        row.cost_status.into(),
        row.priced_part_nanos.into(),
    ]
}

/// What is kept of a run.
pub(super) fn kept(connection: &Connection, run: RunId) -> Result<Option<Kept>, StorageError> {
    let columns = RunRow::COLUMNS.join(", ");
    let found = connection
        .prepare_cached(&format!("SELECT {columns}, cells FROM runs WHERE run = ?1"))?
        .query_row([ids::run(run)], |row| Ok((read(row)?, row.get::<_, String>(RunRow::COLUMNS.len())?)))
        .optional()?;
    let damaged = |error| StorageError::Broken(format!("what run {run} added to the rollups: {error}"));
    found.map(|(row, cells)| Ok(Kept { row, cells: Cells::decode(&cells).map_err(damaged)? })).transpose()
}

/// Keeps a run in place of what was kept of it.
pub(super) fn keep(connection: &Connection, kept: Kept) -> Result<(), StorageError> {
    let columns = RunRow::COLUMNS.join(", ");
    let places = vec!["?"; RunRow::COLUMNS.len() + 1].join(", ");
    // In its place: a row that is replaced is written anew at the end, with all that leads to it.
    let updates: Vec<String> = RunRow::COLUMNS
        .iter()
        .chain(&["cells"])
        .skip(1)
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let cells = kept.cells.encode().map_err(|error| StorageError::Broken(error.to_string()))?;
    connection
        .prepare_cached(&format!(
            "INSERT INTO runs ({columns}, cells) VALUES ({places}) ON CONFLICT (run) DO UPDATE SET {}",
            updates.join(", ")
        ))?
        .execute(params_from_iter(values(kept.row).into_iter().chain([cells.into()])))?;
    Ok(())
}
