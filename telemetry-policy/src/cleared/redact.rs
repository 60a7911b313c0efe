//! Where the gate asks what may stay in a text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::Gate;
use crate::redact::{Redactor, Shape};

/// Takes secrets out of what was said, and personal data where the settings ask for it.
///
/// Whoever implements it owes that nothing of a secret is left, that a value keeps its shape (a text stays a text, a list
/// keeps its length, an object its keys), and that redacting twice is redacting once. It may panic: the gate then
/// withholds the whole field.
pub trait Redact: Send + Sync {
    /// Redacts a text, or every text inside a list or an object.
    fn redact(&self, said: &mut Value);
}

impl Redact for Redactor {
    fn redact(&self, said: &mut Value) {
        self.redact_json(said, Shape::Any);
    }
}

impl Gate {
    /// A piece of what was said: what the redactor leaves of it while the plane is on, else nothing.
    pub(super) fn say(&self, said: &mut Option<Value>) {
        match said {
            _ if !self.trajectories => *said = None,
            None | Some(Value::Null) => {}
            Some(value) => self.look_at(value),
        }
    }

    /// A name: structure, which stays while the plane is off, and which a redactor looks at where there is one. A host
    /// may have been given a secret in the place of one.
    pub(super) fn name(&self, name: &mut Option<String>) {
        let Some(text) = name else { return };
        if self.redactor.is_none() {
            return;
        }
        let mut value = Value::String(std::mem::take(text));
        self.look_at(&mut value);
        *text = match value {
            Value::String(redacted) => redacted,
            // No redactor of ours; a text that became something else was not vouched for.
            _ => Gate::WITHHELD.to_owned(),
        };
    }

    pub(super) fn look_at(&self, value: &mut Value) {
        let withheld = || Value::String(Gate::WITHHELD.to_owned());
        let Some(redactor) = &self.redactor else {
            *value = withheld();
            return;
        };
        // What a panic left behind may be half done, so nothing of it is kept, keys included.
        if catch_unwind(AssertUnwindSafe(|| redactor.redact(value))).is_err() {
            *value = withheld();
        }
    }
}
