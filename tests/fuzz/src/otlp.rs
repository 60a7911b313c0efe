//! A request of OTLP.

use std::collections::HashSet;

use prost::Message as _;
use telemetry_collector::otlp::mark::Signal;
use telemetry_collector::otlp::read::{Encoding, Request, read};
use telemetry_collector::otlp::reconcile::reconcile;
use telemetry_collector::otlp::take;
use telemetry_core::codec;

/// Any bytes are a request or are refused; what is made of one can be kept and read again, and is the same each time; and of events in
/// reverse the same is made as of events in order. The first byte says which signal in which encoding it is.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let Some((kind, body)) = input.split_first() else { return };
    let signal = [Signal::Span, Signal::Log, Signal::Metric][usize::from(kind % 3)];
    let encoding = if kind & 4 == 0 { Encoding::Json } else { Encoding::Protobuf };
    let Ok(request) = read(signal, encoding, body) else { return };
    let bytes = match &request {
        Request::Traces(request) => request.encode_to_vec(),
        Request::Logs(request) => request.encode_to_vec(),
        Request::Metrics(request) => request.encode_to_vec(),
    };
    let taken = take(&request, None, &|_| Ok(()));
    // What JSON says, protobuf can. (NaN is not what it is, so messages are not compared.)
    if let Ok(again) = read(signal, Encoding::Protobuf, &bytes) {
        assert_eq!(take(&again, None, &|_| Ok(())), taken, "another encoding, another meaning");
    }
    let mut events = Vec::new();
    for recorded in taken.events {
        assert!(!recorded.line.contains('\n'), "not one line");
        match codec::decode(recorded.line.as_bytes()) {
            Ok(event) => assert_eq!(event, recorded.event),
            Err(error) => panic!("{error}: {}", recorded.line),
        }
        events.push(recorded.event);
    }
    // Kept once: of two with the same time and id the second is none.
    let mut seen = HashSet::new();
    events.retain(|event| seen.insert((event.ts, event.id)));
    let mut reversed = events.clone();
    reversed.reverse();
    assert_eq!(reconcile(reversed), reconcile(events), "the order matters");
}
