//! Events of the batch wire, and transcripts.

use rusqlite::{Connection, params};

use super::{counting, schema, settle};
use crate::intake::{Report, Transcript};
use crate::rollup::Hour;
use crate::storage::StorageError;

/// Keeps reports, and notes what those that are new add to the rollups. Says of each whether it is.
pub(super) fn keep(connection: &Connection, reports: &[Report]) -> Result<Vec<bool>, StorageError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO reports (at, id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir,
             latency_ms, tier, model, error_count, success, extra)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING",
    )?;
    let mut are_new = Vec::with_capacity(reports.len());
    for report in reports {
        let is_new = insert.execute(params![
            report.at.0,
            report.id as i64,
            report.host,
            report.session,
            report.kind,
            report.agent,
            report.hook,
            report.decision,
            report.decision_reason,
            report.tool,
            report.working_dir,
            report.latency_ms,
            report.tier,
            report.model,
            report.error_count,
            report.success,
            report.extra,
        ])? == 1;
        are_new.push(is_new);
    }
    let new = || reports.iter().zip(&are_new).filter_map(|(report, is_new)| is_new.then_some(report));
    // Of days that are forgotten nobody can tell any more what was counted.
    let forgotten = settle::forgotten(connection)?;
    counting::note(connection, new().filter(|report| Hour::of(report.at) >= forgotten))?;
    schema::add(connection, "reports", new().count() as i64)?;
    Ok(are_new)
}

/// Keeps a transcript in place of the one of its host and session.
pub(super) fn keep_transcript(connection: &Connection, transcript: &Transcript) -> Result<(), StorageError> {
    let Transcript { session, host, at, body } = transcript;
    connection
        .prepare_cached(
            "INSERT INTO transcripts (host, session, at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (host, session) DO UPDATE SET at = excluded.at, body = excluded.body",
        )?
        .execute((host, session, at.0, body))?;
    Ok(())
}
