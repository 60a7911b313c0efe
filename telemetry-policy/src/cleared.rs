//! The only door out.

mod conversation;
mod event;
mod redact;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use telemetry_core::content::Content;
use telemetry_core::conversation::{Message, Session};
use telemetry_core::event::Event;

use crate::settings::Settings;
pub use redact::Redact;

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
/// nor does something that was said:
///
/// ```compile_fail,E0308
/// # use telemetry_core::{content::Content, conversation::{Message, Origin}, time::UnixNanos};
/// # use telemetry_policy::Cleared;
/// # fn export(message: &Cleared<Message>) -> usize {
/// #     message.tool_calls.len()
/// # }
/// let message = Message::new(Origin::Content, UnixNanos(17), "user");
/// export(&message);
/// ```
///
/// ```compile_fail,E0308
/// # use telemetry_core::content::Content;
/// # use telemetry_policy::Cleared;
/// # fn export(content: &Cleared<Content>) -> usize {
/// #     content.body.get().len()
/// # }
/// let line = br#"{"v":1,"content":"user_message","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","span":"00000000000000bb","body":"hi"}"#;
/// export(&Content::decode(line).unwrap());
/// ```
///
/// Neither can be changed once it has passed:
///
/// ```compile_fail,E0594
/// # use telemetry_core::{conversation::{Message, Origin}, time::UnixNanos};
/// # use telemetry_policy::{Gate, Settings};
/// let mut message = Gate::new(&Settings::default()).clear(Message::new(Origin::Content, UnixNanos(17), "user"));
/// message.content = Some("what was never looked at".into());
/// ```
///
/// None of them can be passed off as cleared, by hand or by teaching the gate a type that it waves through:
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
impl Clearable for Content {}
impl Clearable for Session {}
impl Clearable for Message {}

mod sealed {
    /// Takes out what may not leave; never changes identity, order, counts or kind.
    pub trait Clear {
        fn clear(&mut self, gate: &super::Gate);
    }
}

/// Clears values for leaving, by the settings it was made from.
///
/// # What passes
/// - **Events** of this version hold no content by construction. Their words pass as the redactor leaves them, where
///   there is one: a host may have put a secret in the place of a name. A skill's name was recorded under the
///   trajectories plane and leaves under it. What a *newer* version wrote, an unknown kind or field, may hold
///   anything: it keeps its shape, its numbers and its switches, and every text in it becomes [`Gate::WITHHELD`].
/// - **What was said** ([`Content`], [`Message`], a [`Session`]'s title) leaves only while the trajectories plane is on,
///   and only as the redactor gives it back. While the plane is off the texts are taken out and their sizes stay.
///
/// # Failing closed
/// A gate without a redactor, or one whose redactor panics, puts [`Gate::WITHHELD`] in place of the field it was about:
/// never the text as it was, and never nothing, so that who counts or joins records sees them all. Of an event whose
/// redactor panics, its identity and kind are left.
#[derive(Clone)]
pub struct Gate {
    trajectories: bool,
    redactor: Option<Arc<dyn Redact>>,
}

impl Gate {
    /// What stands in place of a text that could not be vouched for.
    pub const WITHHELD: &'static str = "[redaction-unavailable]";

    /// A gate that clears what `settings` allow, and withholds every text of a conversation.
    pub fn new(settings: &Settings) -> Self {
        Self { trajectories: settings.planes().trajectories, redactor: None }
    }

    /// The same gate with somebody to look at texts.
    #[must_use]
    pub fn with_redactor(self, redactor: Arc<dyn Redact>) -> Self {
        Self { redactor: Some(redactor), ..self }
    }

    /// Clears a value: the same value with the same identity, kind and order, less what may not leave. Never
    /// refuses one, so counts stay true.
    pub fn clear<T: Clearable>(&self, mut value: T) -> Cleared<T> {
        value.clear(self);
        Cleared(value)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redactor = self.redactor.as_ref().map(|_| "a redactor");
        f.debug_struct("Gate").field("trajectories", &self.trajectories).field("redactor", &redactor).finish()
    }
}
