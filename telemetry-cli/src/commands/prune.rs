//! `telemetry prune`: days of log older than `telemetry.retention_days` go, and what the index knows of them; days of
//! content older than `telemetry.trajectories.retention_days`.

use telemetry_core::time::UnixNanos;
use telemetry_policy::{Key, Settings};
use telemetry_store::layout::Days;
use telemetry_store::retention::{self, Expired, Keep};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::render;
use crate::streams::Streams;

pub(super) fn run(home: &Home, args: &args::Prune, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let keep = keep(&home.settings);
    let today = UnixNanos::now().day();
    let gone = if args.dry_run {
        Some(retention::expired(&home.layout, keep, today)?)
    } else {
        let mut shown = Progress::of("indexing what stays", streams);
        retention::prune(&home.layout, keep, today, home.prices(), &mut |reading| {
            shown.is_at(reading);
        })?
    };
    let Some(gone) = gone else {
        return Err(Failure::Failed("another process is pruning; nothing was done here".into()));
    };
    let log_rule = format!("{} = {}", Key::RetentionDays.spec().name, keep.log);
    if gone.is_empty() {
        writeln!(streams.out, "nothing to prune: no day is older than {log_rule} allows")?;
        return Ok(());
    }
    let verb = if args.dry_run { "would remove" } else { "removed" };
    let content_rule = format!("{} = {}", Key::TrajectoriesRetentionDays.spec().name, keep.content);
    for (days, what, rule) in [(Days::Log, "", log_rule), (Days::Content, " of content", content_rule)] {
        let gone: Vec<&Expired> = gone.iter().filter(|gone| gone.days == days).collect();
        let (Some(first), Some(last)) = (gone.first(), gone.last()) else { continue };
        let bytes: u64 = gone.iter().map(|gone| gone.bytes).sum();
        let when = match gone.len() {
            1 => first.day.to_string(),
            n => format!("{n} days, {} to {}", first.day, last.day),
        };
        let bytes = render::count(bytes, "byte", "bytes");
        writeln!(streams.out, "{verb} {when}{what}, {bytes}: older than {rule} allows")?;
    }
    Ok(())
}

/// What the config says is kept.
pub(super) fn keep(settings: &Settings) -> Keep {
    Keep { log: settings.retention_days(), content: settings.content_retention_days() }
}
