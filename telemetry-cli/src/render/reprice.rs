//! What other rates change.

use std::io::{self, Write};

use telemetry_store::index::Known;

use super::table::{Side, Table};
use super::text::{clean, count, grouped};
use crate::documents::reprice::Reprice;

pub(crate) fn reprice(out: &mut dyn Write, document: &Reprice) -> io::Result<()> {
    let (repriced, rates) = (&document.repriced, &document.rates);
    let overrides = match rates.overrides.len() as u64 {
        0 => String::new(),
        n => format!(" and {}", count(n, "override", "overrides")),
    };
    writeln!(out, "rates {} ({}){overrides}", rates.table, rates.origin)?;
    let calls = count(repriced.calls, "model call", "model calls");
    if repriced.changed == 0 {
        return writeln!(out, "nothing to change: {calls} priced with them");
    }
    let verb = if document.dry_run { "would change" } else { "changed" };
    writeln!(out, "{verb} {} of {calls}", grouped(repriced.changed as i64))?;
    if !repriced.models.is_empty() {
        writeln!(out)?;
    }
    let mut table = Table::new([
        ("model", Side::Left(32)),
        ("calls", Side::Right),
        ("changed", Side::Right),
        ("before", Side::Right),
        ("after", Side::Right),
    ]);
    for model in &repriced.models {
        table.row([
            clean(model.model.as_deref().unwrap_or("(unknown)")).into_owned(),
            grouped(model.calls as i64),
            grouped(model.changed as i64),
            known(&model.before),
            known(&model.after),
        ]);
    }
    table.print(out)?;
    if !repriced.statuses.is_empty() {
        writeln!(out)?;
    }
    for status in &repriced.statuses {
        writeln!(out, "{} to {}: {}", status.from, status.to, count(status.calls, "call", "calls"))?;
    }
    Ok(())
}

/// `$0.1775`, `$0.1775 + 3 unknown`, `unknown`.
fn known(known: &Known) -> String {
    match (known.nanos, known.unknown_calls) {
        (None, _) => "unknown".to_owned(),
        (Some(nanos), 0) => format!("${nanos}"),
        (Some(nanos), unknown) => format!("${nanos} + {} unknown", grouped(unknown as i64)),
    }
}
