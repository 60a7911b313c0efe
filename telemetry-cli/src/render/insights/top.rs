//! The runs that cost most, then took longest.

use std::io;

use crate::render::Page;
use crate::render::Sheet;
use crate::render::ink::Words;
use crate::render::runs::{cost, ending};
use crate::render::table::{Column, Side, Table};
use crate::render::text::{duration, grouped, local, short};

pub(super) fn top(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    if page.found.top_runs.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("top runs", Side::Left(8), 0),
        Column::new("started", Side::Left(19), 1),
        Column::new("from", Side::Left(12), 4),
        Column::new("model", Side::Left(24), 5),
        Column::new("cost", Side::Right, 0),
        Column::new("took", Side::Right, 0),
        Column::new("calls", Side::Right, 2),
        Column::new("tools", Side::Right, 3),
        Column::new("tokens", Side::Right, 2),
        Column::new("outcome", Side::Left(32), 0),
    ]);
    for run in &page.found.top_runs {
        table.row([
            Words::from(short(&run.run_id)),
            local(&run.started_at, page.zone).into(),
            run.entrypoint.as_deref().unwrap_or("-").into(),
            run.model.as_deref().unwrap_or("-").into(),
            cost(run).into(),
            duration(run.duration_ms).into(),
            grouped(run.model_calls).into(),
            grouped(run.tool_calls).into(),
            grouped(run.tokens.total()).into(),
            ending(run),
        ]);
    }
    sheet.gap()?;
    table.print_on(sheet)?;
    Ok(())
}
