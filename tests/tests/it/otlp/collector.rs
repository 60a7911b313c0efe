//! What a collector makes of our own export: of each recording the runs that its log comes to, under every profile.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost::Message as _;
use telemetry_collector::otlp::mark::Signal;
use telemetry_collector::otlp::read::{Encoding, read};
use telemetry_collector::otlp::take;
use telemetry_collector::settle::{Derive as _, Deriver};
use telemetry_collector::storage::Unit;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_export::otlp::Request;

use super::{PROFILES, recordings};

/// One for all: an index costs more to make than to use.
static DERIVER: LazyLock<Deriver> = LazyLock::new(Deriver::default);

/// What a run comes to, as far as spans tell all of it.
fn runs(events: &[Event]) -> BTreeMap<RunId, String> {
    let mut processes = BTreeMap::<RunId, ProcessId>::new();
    for event in events {
        if let (Some(run), Body::RunStarted(started)) = (event.run, &event.body) {
            processes.insert(run, started.process);
        }
    }
    let of = |(run, process): (&RunId, &ProcessId)| {
        let belongs = |event: &&Event| match &event.body {
            Body::ProcessStarted(started) => started.process == *process,
            Body::ProcessEnded(ended) => ended.process == *process,
            Body::SubagentStarted(started) => started.child == *run || event.run == Some(*run),
            _ => event.run == Some(*run),
        };
        let mut of_run: Vec<Event> = events.iter().filter(belongs).cloned().collect();
        of_run.sort_by_key(|event| (event.ts, event.id));
        let derived =
            DERIVER.derive(&[Unit { run: *run, host: "box".into(), events: of_run }]).unwrap().pop()?;
        let run_of = derived.summary;
        let said = format!(
            "{:?} {:?} {} {:?}: turns {}, calls {}, failed {}, errors {}, tools {}, {:?}, {:?}",
            run_of.session_id,
            run_of.parent_run_id,
            run_of.outcome,
            run_of.reason,
            run_of.turns,
            run_of.model_calls,
            run_of.failed_attempts,
            run_of.errors,
            run_of.tool_calls,
            run_of.tokens,
            run_of.cost,
        );
        Some((*run, said))
    };
    processes.iter().filter_map(of).collect()
}

#[test]
fn our_export_comes_to_what_its_log_comes_to() {
    for recording in recordings() {
        let expected = runs(&recording.events);
        assert!(!expected.is_empty(), "{}", recording.name);
        for profile in PROFILES {
            let mut events = Vec::<Event>::new();
            for request in recording.requests(profile) {
                let (signal, bytes) = match request {
                    Request::Traces(request) => (Signal::Span, request.encode_to_vec()),
                    Request::Logs(request) => (Signal::Log, request.encode_to_vec()),
                    Request::Metrics(request) => (Signal::Metric, request.encode_to_vec()),
                };
                let request = read(signal, Encoding::Protobuf, &bytes).unwrap();
                let taken = take(&request, Some("box"), &|_| Ok(()));
                assert_eq!(taken.rejected.items, 0);
                events.extend(taken.events.into_iter().map(|recorded| recorded.event));
            }
            let name = format!("{} as {}", recording.name, profile.as_str());
            assert_eq!(runs(&events), expected, "{name}");
            // The same session by its log too: nothing twice.
            events.reverse();
            events.extend(recording.events.iter().cloned());
            assert_eq!(runs(&events), expected, "{name}, with its log");
        }
    }
}
