//! A recorded session, exported through whatever can happen on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;
use telemetry_core::codec;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::Exporter;
use telemetry_export::otlp::{Config, Otlp, Transport};
use telemetry_policy::{Gate, Settings};

use crate::server::{Received, Reply, Server};
use crate::world::transport;

fn events() -> Vec<Event> {
    let lines = include_bytes!("../otlp/session.jsonl").split(|byte| *byte == b'\n');
    lines.filter(|line| !line.is_empty()).map(|line| codec::decode(line).unwrap()).collect()
}

/// How often something went wrong, and what was taken: spans by trace and id, and records by what they are.
type Came = (usize, BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>, BTreeSet<Vec<u8>>);

/// Exports the session a few events at a time, as a cursor would: what is undelivered is fed again, to an exporter that is made
/// anew from the state of the last delivery. Every fifth request gets `trouble`, which it may have had from a receiver that took
/// it all the same.
fn export(trouble: Option<(Reply, bool)>) -> Came {
    let taken = Arc::new(Mutex::new(Vec::<Received>::new()));
    let (takes, mut asked) = (Arc::clone(&taken), 0);
    let server = Server::new(move |request| {
        asked += 1;
        let trouble = trouble.clone().filter(|_| asked % 5 == 1);
        if trouble.as_ref().is_none_or(|(_, takes_it)| *takes_it) {
            takes.lock().unwrap().push(request.clone());
        }
        trouble.map_or_else(Reply::ok, |(reply, _)| reply)
    });
    let prices = || Prices::new(Overrides::NONE);
    let gate = Gate::new(&Settings::default());
    let made_anew = |state: &Value| -> Otlp<Transport> {
        let courier = transport(&server.url(), "", &[]).unwrap();
        Otlp::resume(Config::default(), prices(), courier, state.clone()).unwrap()
    };
    let events = events();
    let chunks: Vec<_> = events.chunks(5).collect();
    let mut state =
        Otlp::new(Config::default(), prices(), transport(&server.url(), "", &[]).unwrap()).state();
    let (mut at, mut troubles) = (0, 0);
    let mut exporter = made_anew(&state);
    while at < chunks.len() {
        chunks[at].iter().for_each(|event| exporter.event(gate.clear(event.clone())));
        if at + 1 == chunks.len() {
            exporter.finish();
        }
        match exporter.deliver(UnixNanos(0)) {
            Ok(delivered) => {
                assert_eq!((delivered.refused, delivered.notes.len()), (0, 0));
                (state, at) = (exporter.state(), at + 1);
            }
            Err(why) => {
                troubles += 1;
                assert!(troubles < 100, "{why}");
                exporter = made_anew(&state);
            }
        }
    }
    let (mut spans, mut records) = (BTreeMap::<_, BTreeSet<_>>::new(), BTreeSet::new());
    for request in taken.lock().unwrap().iter() {
        match request.path.as_str() {
            "/v1/traces" => {
                let request = ExportTraceServiceRequest::decode(&request.body[..]).unwrap();
                let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
                for span in scopes.flat_map(|scope| &scope.spans) {
                    let id = [&span.trace_id[..], &span.span_id].concat();
                    spans.entry(id).or_default().insert(span.encode_to_vec());
                }
            }
            "/v1/logs" => {
                let request = ExportLogsServiceRequest::decode(&request.body[..]).unwrap();
                let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
                records.extend(scopes.flat_map(|scope| &scope.log_records).map(Message::encode_to_vec));
            }
            _ => {}
        }
    }
    (troubles, spans, records)
}

#[test]
fn whatever_happens_exactly_what_was_recorded_arrives() {
    let (troubles, spans, records) = export(None);
    assert!(troubles == 0 && spans.len() > 10 && records.len() > 2, "{} {}", spans.len(), records.len());
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n\r\n\n";
    for (reply, takes_it) in [
        (Reply::raw("").closing(), false),
        (Reply::raw("").closing(), true),
        (Reply::raw(half).closing(), true),
        (Reply::raw("what is this"), false),
        (Reply::new(200, "text/html", "<title>Sign in</title>"), false),
        (Reply::with(308, &[("location", "http://elsewhere.example/")], ""), false),
        (Reply::new(401, "", ""), false),
        (Reply::new(429, "", ""), false),
        (Reply::new(500, "", ""), false),
        (Reply::new(500, "", ""), true),
        (Reply::new(503, "", ""), false),
        (Reply::new(504, "", ""), true),
    ] {
        let came = export(Some((reply.clone(), takes_it)));
        assert!(came.0 > 2, "{reply:?} was no trouble");
        assert!(
            came.1 == spans && came.2 == records,
            "{reply:?}: other spans or records than without trouble"
        );
    }
}
