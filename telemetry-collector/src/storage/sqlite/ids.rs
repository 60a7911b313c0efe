//! Ids as they are kept: 16 bytes, the most significant first, so that they are in the order of their digits.

use rusqlite::Row;
use telemetry_core::ids::{ProcessId, RunId};

pub(super) fn run(run: RunId) -> [u8; 16] {
    run.0.to_be_bytes()
}

pub(super) fn process(process: ProcessId) -> [u8; 16] {
    process.0.to_be_bytes()
}

pub(super) fn run_of(bytes: [u8; 16]) -> RunId {
    RunId(u128::from_be_bytes(bytes))
}

pub(super) fn process_of(bytes: [u8; 16]) -> ProcessId {
    ProcessId(u128::from_be_bytes(bytes))
}

/// The run in the first column.
pub(super) fn first_run(row: &Row<'_>) -> rusqlite::Result<RunId> {
    row.get(0).map(run_of)
}
