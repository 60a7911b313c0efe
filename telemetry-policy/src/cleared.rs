//! The only door out.

use std::ops::Deref;

use serde_json::{Map, Value};
use telemetry_core::event::{Body, Event, Extra};

use crate::settings::Settings;

/// A value that may leave this machine.
///
/// There is no way to make one but [`Gate::clear`], and no way to change what is in it, so a function that takes
/// a `Cleared<Event>` cannot be handed an event that did not pass the gate. Whatever writes to a file, a
/// terminal or a network on behalf of somebody else takes this and nothing else.
///
/// ```
/// use telemetry_core::{codec, event::Event};
/// use telemetry_policy::{Cleared, Gate, Settings};
///
/// fn export(event: &Cleared<Event>) -> String {
///     event.body.kind().to_owned()
/// }
///
/// let line = br#"{"v":1,"event":"feedback","id":"00000000000000aa","ts":17,"kind":"interrupt"}"#;
/// let event = codec::decode(line).unwrap();
/// let gate = Gate::new(&Settings::default());
/// assert_eq!(export(&gate.clear(event)), "feedback");
/// ```
///
/// An event as it was recorded does not get through:
///
/// ```compile_fail,E0308
/// # use telemetry_core::{codec, event::Event};
/// # use telemetry_policy::{Cleared, Gate, Settings};
/// # fn export(event: &Cleared<Event>) -> String {
/// #     event.body.kind().to_owned()
/// # }
/// # let line = br#"{"v":1,"event":"feedback","id":"00000000000000aa","ts":17,"kind":"interrupt"}"#;
/// let event = codec::decode(line).unwrap();
/// export(&event);
/// ```
///
/// and cannot be passed off as cleared, by hand or by teaching the gate a type that it waves through:
///
/// ```compile_fail,E0423
/// # use telemetry_core::{codec, event::Event};
/// # use telemetry_policy::{Cleared, Gate, Settings};
/// # let line = br#"{"v":1,"event":"feedback","id":"00000000000000aa","ts":17,"kind":"interrupt"}"#;
/// let event = codec::decode(line).unwrap();
/// let cleared: Cleared<Event> = Cleared(event);
/// ```
///
/// ```compile_fail,E0277
/// struct Prompt(String);
/// impl telemetry_policy::Clearable for Prompt {}
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared<T>(T);

impl<T> Cleared<T> {
    /// The value, out of its wrapper: for the last step, which owns what it sends.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Cleared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What the gate knows how to clear. Sealed: a type is added here, beside the rules for it.
pub trait Clearable: sealed::Clear {}

impl Clearable for Event {}

mod sealed {
    /// Takes out what may not leave; never changes identity, order or kind.
    pub trait Clear {
        fn clear(&mut self, gate: &super::Gate);
    }
}

/// Clears values for leaving, by the settings it was made from.
///
/// # What it does today
/// The events of this version hold no content by construction, so they pass as they are, but for a skill's
/// name, which was recorded under the trajectories plane and leaves under it. What a *newer* version wrote, an
/// unknown kind or field, may hold anything: it keeps its shape, its numbers and its switches, and every text in
/// it becomes [`Gate::WITHHELD`].
#[derive(Clone, Debug)]
pub struct Gate {
    trajectories: bool,
}

impl Gate {
    /// What stands in place of a text that could not be vouched for.
    pub const WITHHELD: &'static str = "[redaction-unavailable]";

    /// A gate that clears what `settings` allow.
    pub fn new(settings: &Settings) -> Self {
        Self { trajectories: settings.planes().trajectories }
    }

    /// Clears a value: the same value with the same identity, kind and order, less what may not leave. Never
    /// refuses one, so counts stay true.
    pub fn clear<T: Clearable>(&self, mut value: T) -> Cleared<T> {
        value.clear(self);
        Cleared(value)
    }
}

impl sealed::Clear for Event {
    fn clear(&mut self, gate: &Gate) {
        match &mut self.body {
            Body::Unknown(unknown) => withhold_fields(&mut unknown.fields),
            Body::Skill(skill) if !gate.trajectories => skill.skill_name = None,
            _ => {}
        }
        if let Some(fields) = self.extra.fields() {
            let mut fields = fields.clone();
            withhold_fields(&mut fields);
            self.extra = Extra::new(fields);
        }
    }
}

fn withhold_fields(fields: &mut Map<String, Value>) {
    fields.values_mut().for_each(withhold);
}

fn withhold(value: &mut Value) {
    match value {
        Value::String(text) => Gate::WITHHELD.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(withhold),
        Value::Object(fields) => withhold_fields(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
