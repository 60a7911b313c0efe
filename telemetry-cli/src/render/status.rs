//! What is on and what is recorded; what would be shared.

#[cfg(feature = "export")]
mod delivery;

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::Loss;

use super::table::{Side, Table};
use super::text::{clean, count, duration, grouped, local, size};
use crate::documents::preview::Preview;
use crate::documents::status::{Posture, Status, Variable};
use crate::span::zone_name;

pub(crate) fn status(out: &mut dyn Write, status: &Status, zone: &TimeZone) -> io::Result<()> {
    let on = |on: bool| if on { "on" } else { "off" };
    writeln!(out, "telemetry {}, home {}\n", status.versions.telemetry, status.home.display())?;
    writeln!(out, "local         {}: recorded on this machine, never leaves it", on(status.planes.local))?;
    writeln!(
        out,
        "aggregate     {}: consent {}; nothing here could send it",
        on(status.planes.aggregate),
        status.consent
    )?;
    let content = match status.planes.trajectories {
        true => format!(
            "recorded on this machine, kept {}",
            count(status.keeps_content_days.into(), "day", "days")
        ),
        false => "not recorded".to_owned(),
    };
    writeln!(out, "trajectories  {}: content of conversations is {content}", on(status.planes.trajectories))?;
    let hosts: Vec<_> = [&status.export.otlp, &status.export.collector]
        .into_iter()
        .filter_map(Posture::goes_to)
        .map(clean)
        .collect();
    let network = if hosts.is_empty() { "nothing".to_owned() } else { hosts.join(" and ") };
    writeln!(out, "export        to files you write; to {network} over the network")?;
    for (name, posture) in [("otlp", &status.export.otlp), ("collector", &status.export.collector)] {
        destination(out, name, posture)?;
        #[cfg(feature = "export")]
        if let Some(found) = &posture.delivery {
            delivery::delivery(out, found, zone)?;
        }
    }
    #[cfg(feature = "export")]
    for files in &status.export.trajectories {
        writeln!(out, "  {:<11} on: {}", clean(&files.name), clean(&files.directory))?;
        delivery::delivery(out, &files.delivery, zone)?;
    }

    let volumes = &status.volumes;
    writeln!(
        out,
        "\nrecorded      {}, {}, {}, {}",
        count(volumes.runs as u64, "run", "runs"),
        count(volumes.turns as u64, "turn", "turns"),
        count(volumes.model_calls as u64, "model call", "model calls"),
        count(volumes.tool_calls as u64, "tool call", "tool calls")
    )?;
    if let (Some(first), Some(last)) = (&volumes.first_event_at, &volumes.last_event_at) {
        let zone_name = zone_name(zone);
        writeln!(out, "events        {} to {} ({zone_name})", local(first, zone), local(last, zone))?;
    }
    writeln!(
        out,
        "on disk       {} of log in {}, {} of index",
        size(volumes.log_bytes),
        count(volumes.log_files, "file", "files"),
        size(volumes.index_bytes)
    )?;
    if volumes.content_files > 0 {
        let files = count(volumes.content_files, "file", "files");
        writeln!(out, "content       {} in {files}", size(volumes.content_bytes))?;
    }
    let mut lost = lost(&volumes.dropped, "event", "events");
    if !volumes.dropped_content.is_empty() {
        lost += ", ";
        lost += &self::lost(&volumes.dropped_content, "piece of content", "pieces of content");
    }
    let unreadable = count(volumes.unreadable_lines as u64, "unreadable line", "unreadable lines");
    writeln!(out, "lost          {lost}, {unreadable}")?;
    if status.outdated_prices > 0 {
        let calls = count(status.outdated_prices, "model call", "model calls");
        writeln!(
            out,
            "prices        {calls} priced with other rates than today's; see telemetry reprice --dry-run"
        )?;
    }
    if !volumes.unknown_events.is_empty() {
        let kinds: Vec<String> = volumes
            .unknown_events
            .iter()
            .map(|(kind, n)| format!("{} {}", clean(kind), grouped(*n)))
            .collect();
        writeln!(out, "not known     {}", kinds.join(", "))?;
    }

    writeln!(out)?;
    let mut table =
        Table::new([("key", Side::Left(40)), ("value", Side::Left(24)), ("decided by", Side::Left(80))]);
    for setting in &status.settings {
        let value = match setting.shown.is_empty() {
            true => "\"\"".to_owned(),
            false => clean(&setting.shown).into_owned(),
        };
        let file =
            setting.file.as_ref().map_or_else(|| "default".to_owned(), |file| file.display().to_string());
        let lock = if setting.locked { " (managed, locked)" } else { "" };
        table.row([setting.key.clone(), value, format!("{file}{lock}")]);
    }
    table.print(out)?;
    for warning in &status.warnings {
        writeln!(out, "\nwarning: {}", clean(warning))?;
    }
    Ok(())
}

/// What the config says of a destination; nothing of one that it does not speak of.
fn destination(out: &mut dyn Write, name: &str, posture: &Posture) -> io::Result<()> {
    if !posture.enabled && posture.host.is_none() && posture.environment.is_empty() {
        return Ok(());
    }
    let state = match (posture.enabled, posture.built) {
        (false, _) => "off",
        (true, true) => "on",
        (true, false) => "asked for, and not built into this program",
    };
    let host = posture.host.as_deref().unwrap_or("no endpoint");
    write!(out, "  {name:<12}{state}: {}", clean(host))?;
    for Variable { header, variable, set } in &posture.environment {
        let header = header.as_ref().map(|header| format!("{} from ", clean(header))).unwrap_or_default();
        write!(out, ", {header}{} ({})", clean(variable), if *set { "set" } else { "not set" })?;
    }
    writeln!(out)
}

/// How many were lost, and why.
fn lost(losses: &[Loss], one: &str, many: &str) -> String {
    let all = count(losses.iter().map(|loss| loss.events as u64).sum(), one, many);
    let reasons = losses.iter().map(|loss| format!("{} {}", clean(&loss.reason), grouped(loss.events)));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    if reasons.is_empty() { all } else { format!("{all} ({reasons})") }
}

pub(crate) fn preview(out: &mut dyn Write, preview: &Preview) -> io::Result<()> {
    let allowed =
        if preview.allowed { "allowed by consent and policy" } else { "not allowed by consent or policy" };
    writeln!(out, "Nothing is sent: there is no uploader. This is all that one could send.")?;
    writeln!(out, "Sharing is {allowed}.\n")?;
    writeln!(
        out,
        "heartbeat  install {}, version {}, {}\n",
        preview.heartbeat.install_id.as_deref().unwrap_or("(none yet)"),
        preview.heartbeat.version,
        preview.heartbeat.os
    )?;
    if preview.runs.is_empty() {
        return writeln!(out, "no runs in this window");
    }
    let mut table = Table::new([
        ("day", Side::Left(10)),
        ("from", Side::Left(10)),
        ("outcome", Side::Left(12)),
        ("took", Side::Right),
        ("tokens", Side::Right),
        ("models", Side::Left(24)),
        ("tools", Side::Left(24)),
    ]);
    for run in &preview.runs {
        let names = |of: &std::collections::BTreeMap<String, u64>| {
            of.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
        };
        table.row([
            run.day.clone(),
            run.entrypoint.clone().unwrap_or_else(|| "-".into()),
            run.outcome.clone(),
            duration(run.duration_ms),
            grouped(run.tokens.total()),
            names(&run.models),
            names(&run.tools),
        ]);
    }
    table.print(out)
}
