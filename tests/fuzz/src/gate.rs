//! The only door out.

use serde_json::{Map, Value};
use telemetry_core::codec;
use telemetry_core::event::{Body, Event};
use telemetry_policy::{Gate, Settings};

/// What is cleared keeps its identity, its kind and its shape; every text in what this version does not know is withheld;
/// clearing twice is clearing once.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let Ok(event) = codec::decode(input) else { return };
    let gate = Gate::new(&Settings::default());
    let cleared = gate.clear(event.clone()).into_inner();
    assert_eq!((cleared.id, cleared.ts, cleared.run), (event.id, event.ts, event.run));
    assert_eq!(cleared.body.kind(), event.body.kind());
    for (before, after) in foreign(&event).into_iter().zip(foreign(&cleared)) {
        withheld(&Value::Object(before.clone()), &Value::Object(after.clone()));
    }
    assert_eq!(foreign(&cleared).len(), foreign(&event).len());
    match (&event.body, &cleared.body) {
        (Body::Unknown(_), Body::Unknown(_)) => {}
        (_, Body::Skill(skill)) => assert_eq!(skill.skill_name, None, "recorded for another plane"),
        (before, after) => assert_eq!(before, after),
    }
    assert_eq!(gate.clear(cleared.clone()).into_inner(), cleared);
}

/// What another version wrote into an event.
fn foreign(event: &Event) -> Vec<&Map<String, Value>> {
    let body = match &event.body {
        Body::Unknown(unknown) => Some(&unknown.fields),
        _ => None,
    };
    body.into_iter().chain(event.extra.fields()).collect()
}

fn withheld(before: &Value, after: &Value) {
    match (before, after) {
        (Value::String(_), Value::String(text)) => assert_eq!(text, Gate::WITHHELD),
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len());
            before.iter().zip(after).for_each(|(before, after)| withheld(before, after));
        }
        (Value::Object(before), Value::Object(after)) => {
            assert!(before.keys().eq(after.keys()));
            before.values().zip(after.values()).for_each(|(before, after)| withheld(before, after));
        }
        (before, after) => assert_eq!(before, after),
    }
}
