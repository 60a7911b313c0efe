//! `telemetry prune`: days of log older than `telemetry.retention_days` go, and what the index knows of them.

use telemetry_core::time::UnixNanos;
use telemetry_policy::Key;
use telemetry_store::retention::{self, Expired};

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::render;

pub(super) fn run(home: &Home, args: &args::Prune, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let keep_days = home.settings.retention_days();
    let today = UnixNanos::now().day();
    let gone = if args.dry_run {
        Some(retention::expired(&home.layout, keep_days, today)?)
    } else {
        let mut shown = Progress::of("indexing what stays", streams);
        retention::prune(&home.layout, keep_days, today, &mut |reading| {
            shown.is_at(reading.done, reading.total);
        })?
    };
    let Some(gone) = gone else {
        return Err(Failure::Failed("another process is pruning; nothing was done here".into()));
    };
    let rule = format!("{} = {keep_days}", Key::RetentionDays.spec().name);
    let (Some(first), Some(last)) = (gone.first(), gone.last()) else {
        writeln!(streams.out, "nothing to prune: no day is older than {rule} allows")?;
        return Ok(());
    };
    let bytes: u64 = gone.iter().map(|Expired { bytes, .. }| bytes).sum();
    let verb = if args.dry_run { "would remove" } else { "removed" };
    let days = match gone.len() {
        1 => first.day.to_string(),
        n => format!("{n} days, {} to {}", first.day, last.day),
    };
    let bytes = render::count(bytes, "byte", "bytes");
    writeln!(streams.out, "{verb} {days}, {bytes}: older than {rule} allows")?;
    Ok(())
}
