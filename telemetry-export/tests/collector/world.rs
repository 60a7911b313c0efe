//! Settings, events and answers of the tests.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::collector::{Collector, Setup, Transport};
use telemetry_export::http::Limits;
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::{Cleared, Gate, Settings};

use crate::server::{Received, Reply, Server};

pub const KEY: &str = "k3Jd82hQm1Xw7Lp0Zs9V";

/// A way to `url` with no patience, by a section with `more` in it; the variable KEY holds a key.
pub fn transport(url: &str, more: &str) -> Result<Transport, Undelivered> {
    let settings = settings(&format!("endpoint: '{url}', {more}"));
    let environment = |name: &str| (name == "KEY").then(|| KEY.to_owned());
    let setup = Setup::of(&settings, &environment)?;
    Transport::new(&Setup { limits: Limits { patience: Duration::ZERO, ..setup.limits }, ..setup })
}

/// Settings with this section `telemetry.export.collector`.
pub fn settings(collector: &str) -> Settings {
    let home = tempfile::tempdir().unwrap();
    let config = format!("telemetry: {{export: {{collector: {{{collector}}}}}}}");
    fs::write(home.path().join("config.yaml"), config).unwrap();
    let settings = Settings::load_with(home.path(), &|_| None);
    assert!(settings.warnings().is_empty(), "{:?}", settings.warnings());
    settings
}

/// What comes of sending so many events to `server`.
pub fn send(server: &Server, events: usize) -> Result<Delivered, Undelivered> {
    let mut exporter = Collector::new(transport(&server.url(), "api_key_env: KEY, host: build-7").unwrap());
    (0..events).for_each(|number| exporter.event(event(number, "")));
    exporter.deliver(UnixNanos(0))
}

/// An event of its own for each number, with a name as long as it is asked for in a field of a newer version.
pub fn event(number: usize, name: &str) -> Cleared<Event> {
    let line = format!(
        r#"{{"v":1,"event":"feedback","id":"{number:016x}","ts":17,"kind":"interrupt","more":{{"{name}":1}}}}"#
    );
    Gate::new(&Settings::default()).clear(codec::decode(line.as_bytes()).unwrap())
}

/// The ids of the lines that came.
pub fn ids(received: &Received) -> Vec<String> {
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    std::str::from_utf8(&received.body).unwrap().lines().map(id).collect()
}

/// What a collector answers that takes all lines of a request, but those whose id `refuses` says something of.
pub fn taken(received: &Received, refuses: impl Fn(&str) -> Option<&'static str>) -> Reply {
    let (mut results, mut accepted, mut rejected) = (String::new(), 0, 0);
    for (number, id) in ids(received).iter().enumerate() {
        let line = number + 1;
        let comma = if results.is_empty() { "" } else { "," };
        match refuses(id) {
            None => {
                accepted += 1;
                let _ = write!(results, r#"{comma}{{"line":{line},"id":"{id}","status":"accepted"}}"#);
            }
            Some(why) => {
                rejected += 1;
                let said = format!(r#""status":"rejected","field":"model","reason":"{why}""#);
                let _ = write!(results, r#"{comma}{{"line":{line},"id":"{id}",{said}}}"#);
            }
        }
    }
    answer(accepted, 0, rejected, &results)
}

/// An answer as a collector gives it.
pub fn answer(accepted: usize, duplicate: usize, rejected: usize, results: &str) -> Reply {
    let counts = format!(r#""accepted":{accepted},"duplicate":{duplicate},"rejected":{rejected}"#);
    let body = format!(r#"{{"schema":"telemetry.intake/1",{counts},"results":[{results}]}}"#);
    Reply::new(200, "application/json", body)
}
