//! `telemetry doctor`: can what is recorded be trusted, and what to do where it cannot.

mod disk;

use telemetry_core::time::{Day, UnixNanos};
use telemetry_policy::Key;
use telemetry_store::insights::{Health, Loss, Volumes, health, volumes};
use telemetry_store::layout::{Days, Layout};
use telemetry_store::retention;

use super::prune;
use crate::answers;
use crate::args;
use crate::documents::doctor::{Check, Doctor, State};
use crate::failure::Failure;
use crate::home::Home;
use crate::render;
use crate::streams::Streams;

pub(super) fn run(home: &Home, args: &args::Json, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let index = answers::open(home, streams)?;
    let now = UnixNanos::now();
    let volumes = volumes(&home.layout, index.connection())?;
    let health = health(index.connection(), now.0)?;
    let doctor = Doctor {
        checks: vec![
            config(home),
            disk::permissions(&home.layout),
            integrity(&health),
            lag(&volumes),
            unreadable(&home.layout, &health),
            dropped(&volumes),
            content(home, &volumes),
            coverage(&health),
            cost(&health, index.outdated_calls()?),
            drift(&health),
            unknown(&volumes),
            retention(home, now.day())?,
            disk::disk(home, &volumes, now.day())?,
        ],
    };
    if args.json {
        streams.json("telemetry.doctor/1", &doctor)?;
    } else {
        render::doctor(streams.out, &doctor)?;
    }
    match doctor.checks.iter().filter(|check| check.state == State::Problem).count() {
        0 => Ok(()),
        n => Err(Failure::Failed(format!("{} found", render::count(n as u64, "problem", "problems")))),
    }
}

fn config(home: &Home) -> Check {
    let warnings = home.settings.warnings();
    match warnings {
        [] if !home.settings.planes().local => {
            let decided = home.settings.entry(Key::Local).source.to_string();
            Check::note(
                "config",
                format!("nothing is recorded: telemetry.local is false ({decided})"),
                "set it to true",
            )
        }
        [] => Check::ok("config", "understood"),
        _ => {
            let all: Vec<String> = warnings.iter().map(|warning| warning.to_string()).collect();
            Check::problem(
                "config",
                all.join("; "),
                "mend the file; `telemetry status` shows what is in force",
            )
        }
    }
}

fn integrity(health: &Health) -> Check {
    match health.damage.first() {
        None => Check::ok("index", "no damage found"),
        Some(first) => Check::problem("index", format!("damaged: {first}"), "telemetry reindex"),
    }
}

fn lag(volumes: &Volumes) -> Check {
    match volumes.index_lag_bytes {
        0 => Check::ok("cursor", "the index has read the whole log"),
        n => Check::note(
            "cursor",
            format!("{} of the log are not in the index", render::count(n, "byte", "bytes")),
            "a line that is being written is one; if it stays, telemetry reindex",
        ),
    }
}

fn unreadable(layout: &Layout, health: &Health) -> Check {
    let files: Vec<String> = health
        .unreadable
        .iter()
        .map(|(day, lines)| format!("{} ({lines})", layout.log_of(Day(*day)).display()))
        .collect();
    match files.is_empty() {
        true => Check::ok("log", "every line is an event"),
        false => Check::problem(
            "log",
            format!("lines that are no events: {}", files.join(", ")),
            "a crash or a full disk tore them; the other lines are whole",
        ),
    }
}

fn dropped(volumes: &Volumes) -> Check {
    match volumes.dropped.is_empty() {
        true => Check::ok("events", "none was lost on the way to the log"),
        false => Check::problem(
            "events",
            format!("lost on the way to the log: {}", by_reason(&volumes.dropped)),
            "queue_full: the disk was full or stalled; no_writer: no thread could be started",
        ),
    }
}

fn by_reason(losses: &[Loss]) -> String {
    let reasons = losses.iter().map(|loss| format!("{} {}", render::clean(&loss.reason), loss.events));
    reasons.collect::<Vec<_>>().join(", ")
}

fn content(home: &Home, volumes: &Volumes) -> Check {
    let on = home.settings.planes().trajectories;
    let kept = format!(
        "{} of content in {}",
        render::size(volumes.content_bytes),
        render::count(volumes.content_files, "file", "files")
    );
    let folder = home.layout.folder(Days::Content);
    match (volumes.dropped_content.as_slice(), on, volumes.content_files) {
        ([], true, _) => Check::ok("content", kept),
        ([], false, 0) => Check::ok("content", "none is recorded, and none is there"),
        ([], false, _) => Check::note(
            "content",
            format!("{kept}, though none is recorded any more"),
            format!(
                "it goes after {}; to be rid of it now, delete {}",
                render::count(home.settings.content_retention_days().into(), "day", "days"),
                folder.display()
            ),
        ),
        (lost, _, _) => Check::problem(
            "content",
            format!("{kept}; lost on the way there: {}", by_reason(lost)),
            "content_queue_full: the disk was full or stalled; content_no_writer: no thread could be started",
        ),
    }
}

fn coverage(health: &Health) -> Check {
    if health.calls == 0 {
        return Check::ok("coverage", "no model call yet");
    }
    let share = |with: u64| format!("{:.0} %", with as f64 / health.calls as f64 * 100.0);
    let says = format!(
        "{} of model calls have token usage, {} a first-token time",
        share(health.with_usage),
        share(health.with_ttft)
    );
    match health.with_usage == health.calls {
        true => Check::ok("coverage", says),
        false => Check::note("coverage", says, "a provider that does not report usage cannot be counted"),
    }
}

/// `outdated`: calls that were priced with other rates than today's.
fn cost(health: &Health, outdated: u64) -> Check {
    let unknown = health.calls.saturating_sub(health.with_cost);
    let calls = |n: u64| render::count(n, "model call", "model calls");
    if outdated > 0 {
        let says = format!("{} priced with other rates than today's", calls(outdated));
        return Check::note("cost", says, "telemetry reprice --dry-run says what today's would change");
    }
    match unknown {
        0 => Check::ok("cost", "no model call without a known cost"),
        n => Check::note(
            "cost",
            format!("unknown for {n} of {}", calls(health.calls)),
            "sums leave these calls out and say so; telemetry.pricing.overrides may have rates",
        ),
    }
}

fn drift(health: &Health) -> Check {
    let fields: Vec<String> = health
        .drift
        .iter()
        .map(|drift| format!("{} ({:.0} % to {:.0} %)", drift.field, drift.before * 100.0, drift.now * 100.0))
        .collect();
    match fields.is_empty() {
        true => Check::ok("host", "still sends what it used to"),
        false => Check::problem(
            "host",
            format!("stopped sending in the last week: {}", fields.join(", ")),
            "a new version of the host may have renamed them; a newer telemetry may know",
        ),
    }
}

fn unknown(volumes: &Volumes) -> Check {
    let kinds: Vec<String> =
        volumes.unknown_events.iter().map(|(kind, n)| format!("{} {n}", render::clean(kind))).collect();
    match kinds.is_empty() {
        true => Check::ok("vocabulary", "every hook and event is known"),
        false => Check::note(
            "vocabulary",
            format!("not known: {}", kinds.join(", ")),
            "kept; a newer telemetry may know",
        ),
    }
}

fn retention(home: &Home, today: Day) -> Result<Check, Failure> {
    let keep = prune::keep(&home.settings);
    let expired = retention::expired(&home.layout, keep, today)?;
    let older = [(Days::Log, "", keep.log), (Days::Content, " of content", keep.content)];
    let found: Vec<String> = older
        .into_iter()
        .filter_map(|(days, what, keep_days)| {
            let n = expired.iter().filter(|expired| expired.days == days).count() as u64;
            let are = render::count(n, &format!("day{what} is"), &format!("days{what} are"));
            (n > 0).then(|| format!("{are} older than {keep_days} days"))
        })
        .collect();
    Ok(match found.is_empty() {
        true => Check::ok("retention", format!("no day is older than {} days", keep.log)),
        false => Check::note(
            "retention",
            found.join(", "),
            "telemetry prune; a host that is idle does it once a day",
        ),
    })
}
