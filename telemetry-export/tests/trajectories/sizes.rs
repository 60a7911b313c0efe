//! What long sessions come to: the size of their documents, and of what is remembered.

#[path = "../../benches/support/session.rs"]
mod session;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::time::UnixNanos;
use telemetry_export::Exporter;
use telemetry_export::atif::{self, Atif, Subagents};
use telemetry_export::atof::{self, Atof, Filename, Mode};
use telemetry_policy::{Gate, Redact, Settings};

use session::Session;

struct Passes;

impl Redact for Passes {
    fn redact(&self, _: &mut Value) {}
}

fn gate(home: &Path) -> Gate {
    fs::write(home.join("config.yaml"), "telemetry: {trajectories: {enabled: true}}\n").unwrap();
    Gate::new(&Settings::load(home)).with_redactor(Arc::new(Passes))
}

/// Feeds a session and delivers each turn; how large the state was after each.
fn sizes_of_state(exporter: &mut dyn Exporter, gate: &Gate, session: &Session) -> Vec<usize> {
    session.begin.iter().for_each(|event| exporter.event(gate.clear(event.clone())));
    let mut sizes = Vec::new();
    for (said, events) in &session.turns {
        said.iter().for_each(|said| exporter.content(gate.clear(said.clone())));
        events.iter().for_each(|event| exporter.event(gate.clear(event.clone())));
        exporter.deliver(UnixNanos(0)).unwrap();
        sizes.push(exporter.state().to_string().len());
    }
    sizes
}

fn prices() -> Prices {
    Prices::new(Overrides::default())
}

#[test]
fn a_document_of_500_calls_is_less_than_a_megabyte_and_a_half() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("documents");
    let config = atif::Config::plain(directory.clone(), Subagents::Embedded);
    let mut exporter = Atif::resume(config, prices(), Value::Null).unwrap();
    sizes_of_state(&mut exporter, &gate(home.path()), &Session::of(50, 10));
    let text = fs::read_to_string(directory.join("session.json")).unwrap();
    assert!(text.len() < 1_500_000, "{} bytes", text.len());
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["steps"].as_array().unwrap().len(), 1 + 50 + 500);
    assert_eq!(document["agent"]["tool_definitions"].as_array().unwrap().len(), 28);
    assert_eq!(document["final_metrics"]["total_prompt_tokens"], 500 * 6_000);
    assert_eq!(text.matches("\"tool_27\"").count(), 1, "tools are told once");
}

/// What is remembered is what is open: as much after the last turn as after any.
#[test]
fn what_is_remembered_does_not_grow_with_a_session() {
    let home = tempfile::tempdir().unwrap();
    let gate = gate(home.path());
    let session = Session::of(120, 3);
    let directory = home.path().join("files");
    let config = atif::Config::plain(directory.clone(), Subagents::Embedded);
    let mut documents = Atif::resume(config, prices(), Value::Null).unwrap();
    let filename = Filename::fixed("stream.jsonl").unwrap();
    let config = atof::Config { directory, filename, mode: Mode::Append };
    let mut stream = Atof::resume(config, prices(), Value::Null).unwrap();
    for exporter in [&mut documents as &mut dyn Exporter, &mut stream] {
        let sizes = sizes_of_state(exporter, &gate, &session);
        // Some turns are remembered by their ids, for what comes late.
        let (early, late) = (sizes[59], sizes[119]);
        assert!(late < early + 100 && late < 10_000, "{early} and {late} bytes");
    }
}
