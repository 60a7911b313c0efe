//! A small session with one of everything, as events, and what becomes of it.

use serde_json::{Value, json};
use telemetry_core::codec;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::otlp::{Config, Courier, Otlp, Request, Resource};
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::otlp::Profile;
use telemetry_policy::{Gate, Settings};

/// Keeps what it is given.
#[derive(Default)]
pub struct Kept(pub Vec<Request>);

impl Courier<Request> for &mut Kept {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        let items = request.items();
        self.0.push(request);
        Ok(Delivered { items, ..Delivered::default() })
    }
}

/// Two attempts of one call, two tool calls, one of which was asked for and failed and one of which delegated, a call that
/// never was answered, a chain of two runs, and moments.
pub fn events() -> Vec<Event> {
    let lines = include_bytes!("session.jsonl").split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| codec::decode(line).unwrap()).collect()
}

pub fn prices() -> Prices {
    let rates = json!([{
        "provider": "anthropic", "model": "claude-house-*",
        "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "cache_write_1h": 6
    }]);
    Prices::new(Overrides::read(&rates).unwrap())
}

pub fn config(profile: Profile) -> Config {
    Config { profile, resource: Resource::default(), ..Config::default() }
}

/// Feeds events to an exporter.
pub fn feed<C: Courier<Request>>(exporter: &mut Otlp<C>, events: &[Event]) {
    let gate = Gate::new(&Settings::default());
    events.iter().for_each(|event| exporter.event(gate.clear(event.clone())));
}

/// What the session becomes, all at once.
pub fn requests(config: Config) -> Vec<Request> {
    let mut kept = Kept::default();
    let mut exporter = Otlp::new(config, prices(), &mut kept);
    feed(&mut exporter, &events());
    exporter.finish();
    exporter.deliver(UnixNanos(0)).unwrap();
    kept.0
}

/// A request as OTLP's JSON.
pub fn json(request: &Request) -> Value {
    match request {
        Request::Traces(request) => serde_json::to_value(request),
        Request::Metrics(request) => serde_json::to_value(request),
        Request::Logs(request) => serde_json::to_value(request),
    }
    .unwrap()
}
