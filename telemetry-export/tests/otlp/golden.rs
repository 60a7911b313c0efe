//! What the small session becomes, whole, under each profile: `golden/*.json`.
//!
//!     UPDATE_GOLDEN=1 cargo test -p telemetry-export --features otlp --test otlp golden

use std::fs;
use std::path::Path;

use serde_json::Value;
use telemetry_export::otlp::{Request, Signal};
use telemetry_policy::otlp::Profile;

use crate::session::{config, json, requests};

/// Numbers as texts, empty fields and enumerations are OTLP's business: this is for people to read in a diff.
fn document(request: &Request) -> String {
    let mut value = json(request);
    short(&mut value);
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    text.push('\n');
    text
}

/// Attributes as an object, and nothing that is empty.
fn short(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(short),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::Array(attributes) if name == "attributes" => {
                        let pairs = attributes.iter().map(|attribute| {
                            let said = attribute["value"].as_object().unwrap().iter().next().unwrap();
                            (attribute["key"].as_str().unwrap().to_owned(), said.1.clone())
                        });
                        let pairs: Vec<_> = pairs.collect();
                        let object: serde_json::Map<_, _> = pairs.iter().cloned().collect();
                        assert_eq!(object.len(), pairs.len(), "an attribute is there twice: {pairs:?}");
                        *field = Value::Object(object);
                    }
                    _ => short(field),
                }
            }
            let empty = |value: &Value| match value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                Value::Number(number) => number.as_u64() == Some(0),
                Value::Bool(_) => false,
            };
            fields.retain(|name, value| name == "attributes" || !empty(value));
        }
        _ => {}
    }
}

fn assert_golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/otlp/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not what it was; look at the difference after UPDATE_GOLDEN=1");
}

fn of(requests: &[Request], signal: Signal) -> &Request {
    let mut of_signal = requests.iter().filter(|request| request.signal() == signal);
    let request = of_signal.next().unwrap();
    assert_eq!(of_signal.next(), None, "a small session is one request of each signal");
    request
}

#[test]
fn spans_of_each_profile() {
    for profile in [Profile::GenAi, Profile::OpenInference, Profile::Langfuse, Profile::All] {
        let requests = requests(config(profile));
        let name = format!("traces-{}.json", profile.as_str());
        assert_golden(&name, &document(of(&requests, Signal::Traces)));
    }
}

/// Of every profile, but for the resource: only OpenTelemetry has metrics and log records.
#[test]
fn metrics_and_log_records() {
    let requests = requests(config(Profile::GenAi));
    assert_golden("metrics.json", &document(of(&requests, Signal::Metrics)));
    assert_golden("logs.json", &document(of(&requests, Signal::Logs)));
}
