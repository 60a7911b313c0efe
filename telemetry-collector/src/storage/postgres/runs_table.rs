//! Rows of the table `runs`, read and written.

use std::sync::LazyLock;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Result, Row};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::Tokens;

use super::types::{Uuid, text, texts};
use crate::storage::run_row::RunRow;

/// The columns of a [`RunRow`], as SQL.
pub(super) static COLUMNS: LazyLock<String> = LazyLock::new(|| RunRow::COLUMNS.join(", "));

/// A row of [`COLUMNS`].
pub(super) fn read(row: &PgRow) -> Result<RunRow> {
    let run = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<Uuid>, _>(column)?.map(|run| RunId(run.0)));
    Ok(RunRow {
        run: RunId(row.try_get::<Uuid, _>("run")?.0),
        process: row.try_get::<Option<Uuid>, _>("process")?.map(|process| ProcessId(process.0)),
        host: row.try_get("host")?,
        session_id: row.try_get("session_id")?,
        parent: run("parent")?,
        continues: run("continues")?,
        agent: row.try_get("agent")?,
        platform: row.try_get("platform")?,
        entrypoint: row.try_get("entrypoint")?,
        profile: row.try_get("profile")?,
        model: row.try_get("model")?,
        provider: row.try_get("provider")?,
        start: UnixNanos(row.try_get("start_ns")?),
        end: row.try_get::<Option<i64>, _>("end_ns")?.map(UnixNanos),
        outcome: row.try_get("outcome")?,
        reason: row.try_get("reason")?,
        turns: row.try_get("turns")?,
        model_calls: row.try_get("model_calls")?,
        failed_attempts: row.try_get("failed_attempts")?,
        tool_calls: row.try_get("tool_calls")?,
        errors: row.try_get("errors")?,
        tokens: Tokens {
            input: row.try_get("input_tokens")?,
            output: row.try_get("output_tokens")?,
            cache_read: row.try_get("cache_read_tokens")?,
            cache_write: row.try_get("cache_write_tokens")?,
            reasoning: row.try_get("reasoning_tokens")?,
        },
        cost_nanos: row.try_get("cost_nanos")?,
        cost_status: row.try_get("cost_status")?,
        priced_part_nanos: row.try_get("priced_part_nanos")?,
    })
}

/// The types of [`RunRow::COLUMNS`], and that of `cells`.
const TYPES: &str = "uuid uuid text text uuid uuid text text text text text text bigint bigint text text bigint bigint bigint \
                     bigint bigint bigint bigint bigint bigint bigint bigint text bigint text";

static WRITE: LazyLock<String> = LazyLock::new(|| {
    let arrays: Vec<String> =
        TYPES.split(' ').enumerate().map(|(at, word)| format!("${}::{word}[]", at + 1)).collect();
    let anew: Vec<String> =
        RunRow::COLUMNS.iter().skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO runs ({}, cells) SELECT * FROM unnest({})
         ON CONFLICT (run) DO UPDATE SET {}, cells = excluded.cells",
        *COLUMNS,
        arrays.join(", "),
        anew.join(", ")
    )
});

/// Writes rows, each with its cells, in place of what was there.
pub(super) async fn write(connection: &mut PgConnection, rows: &[(RunRow, String)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let uuids = |of: fn(&RunRow) -> Option<Uuid>| rows.iter().map(|(row, _)| of(row)).collect::<Vec<_>>();
    let words = |of: fn(&RunRow) -> &str| rows.iter().map(|(row, _)| text(of(row))).collect::<Vec<_>>();
    let maybe = |of: fn(&RunRow) -> &Option<String>| {
        rows.iter().map(|(row, _)| texts(of(row).as_deref())).collect::<Vec<_>>()
    };
    let numbers = |of: fn(&RunRow) -> i64| rows.iter().map(|(row, _)| of(row)).collect::<Vec<_>>();
    let amounts = |of: fn(&RunRow) -> Option<i64>| rows.iter().map(|(row, _)| of(row)).collect::<Vec<_>>();
    sqlx::query(AssertSqlSafe(WRITE.as_str()))
        .bind(uuids(|row| Some(row.run.into())))
        .bind(uuids(|row| row.process.map(Uuid::from)))
        .bind(words(|row| &row.host))
        .bind(maybe(|row| &row.session_id))
        .bind(uuids(|row| row.parent.map(Uuid::from)))
        .bind(uuids(|row| row.continues.map(Uuid::from)))
        .bind(maybe(|row| &row.agent))
        .bind(maybe(|row| &row.platform))
        .bind(maybe(|row| &row.entrypoint))
        .bind(maybe(|row| &row.profile))
        .bind(maybe(|row| &row.model))
        .bind(maybe(|row| &row.provider))
        .bind(numbers(|row| row.start.0))
        .bind(amounts(|row| row.end.map(|end| end.0)))
        .bind(words(|row| &row.outcome))
        .bind(maybe(|row| &row.reason))
        .bind(numbers(|row| row.turns))
        .bind(numbers(|row| row.model_calls))
        .bind(numbers(|row| row.failed_attempts))
        .bind(numbers(|row| row.tool_calls))
        .bind(numbers(|row| row.errors))
        .bind(numbers(|row| row.tokens.input))
        .bind(numbers(|row| row.tokens.output))
        .bind(numbers(|row| row.tokens.cache_read))
        .bind(numbers(|row| row.tokens.cache_write))
        .bind(numbers(|row| row.tokens.reasoning))
        .bind(amounts(|row| row.cost_nanos))
        .bind(words(|row| &row.cost_status))
        .bind(amounts(|row| row.priced_part_nanos))
        .bind(rows.iter().map(|(_, cells)| text(cells)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
