//! Processes that are gone without a word.

use rusqlite::Connection;
use telemetry_core::event::ProcessEnded;
use telemetry_core::ids::ProcessId;
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ProcessEnd;

use crate::error::StoreError;
use crate::layout::Layout;
use crate::log::LogWriter;
use crate::process;

/// Silence after which a process of another machine, whose process table we cannot see, is taken for lost.
const ELSEWHERE_SILENCE_NS: i64 = 24 * 3600 * 1_000_000_000;

pub(super) fn close_lost(layout: &Layout, connection: &Connection) -> Result<usize, StoreError> {
    let mut open = connection.prepare_cached(
        "SELECT key, pid, birthplace, born, last_ns FROM process
         WHERE birthplace IS NOT NULL AND last_ns IS NOT NULL AND exit_ns IS NULL AND (lost_ns IS NULL OR lost_ns < last_ns)",
    )?;
    let now = UnixNanos::now();
    let mut gone = Vec::new();
    let mut rows = open.query([])?;
    while let Some(row) = rows.next()? {
        let key: [u8; 16] = row.get(0)?;
        let born: Option<i64> = row.get(3)?;
        let alive = process::is_alive(
            row.get(1)?,
            row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?.unwrap_or_default(),
            born.map(|born| born as u64),
        );
        let last = UnixNanos(row.get(4)?);
        if alive.unwrap_or_else(|| now.since(last) < ELSEWHERE_SILENCE_NS) {
            continue;
        }
        let process = ProcessId(u128::from_be_bytes(key));
        gone.push(ProcessEnded::event(process, ProcessEnd::Lost, last));
    }
    if !gone.is_empty() {
        LogWriter::new(layout.clone())
            .write(&gone)
            .map_err(|error| StoreError::Io { path: layout.log(), source: error.source })?;
    }
    Ok(gone.len())
}
