//! Bodies that the real programs sent, and what they come to.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use telemetry_collector::otlp::mark::Signal;
use telemetry_collector::otlp::read::{Encoding, read};
use telemetry_collector::otlp::reported::{self, Reported};
use telemetry_collector::otlp::take;
use telemetry_collector::settle::{Derive as _, Deriver};
use telemetry_collector::storage::{Derived, Unit};
use telemetry_core::codec;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::RunId;

/// One for all tests: an index costs more to make than to use.
static DERIVER: LazyLock<Deriver> = LazyLock::new(Deriver::default);

/// The bodies of a scenario, in the order they were sent.
pub(super) fn bodies(scenario: &str) -> Vec<(Signal, Vec<u8>)> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/recordings/otlp").join(scenario);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let signal = |path: &Path| match path.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap().1 {
        "traces" => Signal::Span,
        "logs" => Signal::Log,
        _ => Signal::Metric,
    };
    files.iter().map(|path| (signal(path), fs::read(path).unwrap())).collect()
}

/// The events that are made of bodies, through their lines, each once, as they are kept.
pub(super) fn kept(bodies: &[(Signal, Vec<u8>)]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (signal, body) in bodies {
        let request = read(*signal, Encoding::Json, body).unwrap();
        let taken = take(&request, Some("box"), &|_| Ok(()));
        assert_eq!(taken.rejected.items, 0, "{:?}", taken.rejected);
        for recorded in taken.events {
            let event = codec::decode(recorded.line.as_bytes()).unwrap();
            assert_eq!(event, recorded.event);
            if !events.iter().any(|known| (known.ts, known.id) == (event.ts, event.id)) {
                events.push(event);
            }
        }
    }
    events
}

/// What the runs of kept events come to, and what their metrics do, in the order of the runs.
pub(super) fn derived(events: &[Event]) -> Vec<(Derived, Vec<Reported>)> {
    let mut runs: Vec<RunId> = events.iter().filter_map(|event| event.run).collect();
    runs.sort_unstable();
    runs.dedup();
    let of = |run: RunId| {
        let about = |event: &&Event| match &event.body {
            Body::SubagentStarted(started) => started.child == run,
            Body::SubagentEnded(ended) => ended.child == run,
            _ => false,
        };
        let process = |event: &&Event| matches!(&event.body, Body::ProcessStarted(_) | Body::ProcessEnded(_));
        let mut of_run: Vec<Event> = events
            .iter()
            .filter(|event| event.run == Some(run) || about(event) || process(event))
            .cloned()
            .collect();
        of_run.sort_by_key(|event| (event.ts, event.id));
        let reported = reported::sums(&of_run);
        let units = [Unit { run, host: "box".into(), events: of_run }];
        let derived = DERIVER.derive(&units).unwrap().pop()?;
        Some((derived, reported))
    };
    runs.into_iter().filter_map(of).collect()
}

/// A run in a line that people can check against the recording.
pub(super) fn outline((derived, reported): &(Derived, Vec<Reported>)) -> String {
    let run = &derived.summary;
    let tokens = &run.tokens;
    let reason = run.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let mut line = format!(
        "{} {}{reason}: turns {}, calls {}, failed {}, errors {}, tools {}, input {}, output {}, read {}, written {}, reasoning {}",
        run.host.as_deref().unwrap_or("?"),
        run.outcome,
        run.turns,
        run.model_calls,
        run.failed_attempts,
        run.errors,
        run.tool_calls,
        tokens.input,
        tokens.output,
        tokens.cache_read,
        tokens.cache_write,
        tokens.reasoning,
    );
    for Reported { model, usage, .. } in reported {
        let model = model.as_deref().unwrap_or("?");
        line += &format!(
            "; {model} reported {} {} {} {} {}",
            usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning
        );
    }
    line
}

pub(super) fn outlines(bodies: &[(Signal, Vec<u8>)]) -> Vec<String> {
    derived(&kept(bodies)).iter().map(outline).collect()
}
