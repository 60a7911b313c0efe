//! `telemetry replay FILE...`: recorded hook calls through the plugin.

use std::path::{Path, PathBuf};

use telemetry_plugin::replay::{self, ReplayError, Report};
use telemetry_policy::{InstallId, Key, Settings};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::streams::Streams;
use crate::{answers, render};

pub(super) fn run(home: &Home, args: &args::Replay, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let report = feed(&home.path, &home.settings, &args.files, streams)?;
    for line in &report.unreadable {
        let file = line.file.display();
        writeln!(streams.err, "telemetry: {file}:{}: {}", line.line, render::clean(&line.problem))?;
    }
    answers::open(home, streams)?;
    let content =
        report.content.map(|n| format!(", {} of content", render::count(n, "new piece", "new pieces")));
    writeln!(
        streams.out,
        "replayed {} of {}, {}: {} new events, {} known{}",
        render::count(report.hooks, "hook call", "hook calls"),
        render::count(report.files, "file", "files"),
        render::count(report.processes, "process", "processes"),
        report.added,
        report.known,
        content.unwrap_or_default(),
    )?;
    if !report.unreadable.is_empty() {
        let n = report.unreadable.len() as u64;
        writeln!(streams.out, "{} skipped", render::count(n, "unreadable line", "unreadable lines"))?;
    }
    writeln!(streams.out, "next: telemetry runs")?;
    Ok(())
}

/// Replays `files` into `home`, unless recording is switched off there.
pub(super) fn feed(
    home: &Path,
    settings: &Settings,
    files: &[PathBuf],
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    if !settings.planes().local {
        let decided = settings.entry(Key::Local).source.to_string();
        return Err(Failure::Failed(format!("nothing is recorded: telemetry.local is false ({decided})")));
    }
    InstallId::obtain(settings, home);
    let mut progress = Progress::of("replaying", streams);
    let watch = &mut |done, total| progress.has_read(done, total);
    replay::replay(home, files, settings, watch).map_err(|error| match error {
        ReplayError::Recording(path, error) => Failure::File(path, error),
        ReplayError::Log(error) => Failure::Failed(error.to_string()),
    })
}
