//! How long things took.

use std::io;

use telemetry_store::insights::{Distribution, Insights};

use crate::render::Sheet;
use crate::render::table::{Column, Side, Table};
use crate::render::text::{duration, grouped};

pub(super) fn latency(sheet: &mut Sheet<'_>, found: &Insights) -> io::Result<()> {
    let mut table = Table::new([
        Column::new("took", Side::Left(24), 0),
        Column::new("n", Side::Right, 0),
        Column::new("avg", Side::Right, 2),
        Column::new("p50", Side::Right, 0),
        Column::new("p95", Side::Right, 0),
        Column::new("p99", Side::Right, 1),
        Column::new("max", Side::Right, 1),
    ]);
    let calls = &found.model_calls;
    let mut any = false;
    let mut row = |name: &str, of: &Distribution| {
        if of.n > 0 {
            any = true;
            let cells = [of.avg, of.p50, of.p95, of.p99, of.max].map(duration);
            table.row([name.to_owned(), grouped(of.n as i64)].into_iter().chain(cells));
        }
    };
    row("run", &found.runs.duration_ms);
    row("turn", &found.turns.ended.duration_ms);
    row("model call with retries", &calls.latency_ms);
    row("  its last attempt", &calls.attempt_ms);
    row("  a failed attempt", &calls.failed_attempt_ms);
    row("  first token", &calls.ttft_ms);
    row("tool call", &found.tool_calls.ends.duration_ms);
    row("wait for approval", &found.approvals.wait_ms);
    row("idle between turns", &found.turns.idle_ms);
    if any {
        sheet.gap()?;
        table.print_on(sheet)?;
    }
    Ok(())
}
